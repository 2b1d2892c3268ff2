// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Observability

extension Setting {
  static let transports: [Setting] = [
    number(
      "udp.payloadSize", "OCTETS", \.server.payloadSize, in: DNSServerSettings.payloadSizes,
      "The largest answer over UDP, where the client takes it."),
    number(
      "tcp.maxConnections", "N", \.server.maximumConnections, in: DNSServerSettings.connectionCounts,
      "Connections over TCP, TLS and HTTPS at one time."),
    number(
      "tcp.maxConnectionsPerClient", "N", \.server.maximumConnectionsPerClient, in: DNSServerSettings.connectionCounts,
      "Of these, how many one client address may have; 0 for as many as there may be."),
    number(
      "tcp.idleTime", "SECONDS", \.server.connectionIdleSeconds, in: DNSServerSettings.idleTimes,
      "After this time without a whole question, or without the client taking its answers, a connection is closed."),
    number(
      "tcp.maxPending", "N", \.server.maximumPendingPerConnection, in: DNSServerSettings.pendingCounts,
      "Questions of one connection that may wait for an upstream."),
    listeners("tls.listen", \.listenTLS, port: 853, "Where DNS over TLS is served; needs tls.certificate."),
    Setting(
      "tls.certificate", "PATH", default: [],
      "The server's certificate and those above it, PEM; read again when the file changes."
    ) { value, settings throws(ValueMistake) in settings.certificate = try value.single() },
    Setting("tls.key", "PATH", default: [], "The certificate's private key, PEM; read again when the file changes.") {
      value, settings throws(ValueMistake) in settings.key = try value.single()
    },
    listeners(
      "https.listen", \.listenHTTPS, port: 443,
      "Where DNS over HTTPS is served, at /dns-query; needs tls.certificate."),
    listeners(
      "http.listen", \.listenHTTP, port: 80,
      "Where DNS over HTTP without TLS is served, for a proxy in front that has the certificate."),
  ]

  static let protection: [Setting] = [
    boolean("cookies.enabled", \.server.cookies.isOn, "Whether DNS cookies (RFC 7873) are answered."),
    boolean(
      "cookies.required", \.server.cookies.isRequired,
      "Whether a client that sends a cookie over UDP without a valid server part is sent a fresh one instead of an "
        + "answer. Needs cookies.enabled."),
    secret(
      "cookies.secret", \.server.cookies.secret,
      "What server cookies are made with: 32 hexadecimal digits, the same for all replicas; none for a random one."),
    secret("cookies.previousSecret", \.server.cookies.previousSecret, "The secret before, which is accepted too."),
    number(
      "rateLimit.responses", "N", \.server.rateLimit.responsesPerSecond, in: RateLimitSettings.rates,
      "Answers over UDP that one network gets a second; 0 for no limit."),
    number(
      "rateLimit.burst", "N", \.server.rateLimit.burst, in: RateLimitSettings.rates,
      "Answers that it may have at once after a pause; 0 for those of one second."),
    number(
      "rateLimit.slip", "N", \.server.rateLimit.slip, in: RateLimitSettings.slips,
      "Of the answers withheld, every N-th leaves empty with TC, so that a real client asks over TCP; 0 for none."),
    number(
      "rateLimit.ipv4PrefixLength", "BITS", \.server.rateLimit.ipv4PrefixLength,
      in: RateLimitSettings.ipv4PrefixLengths, "What addresses of one network share."),
    number(
      "rateLimit.ipv6PrefixLength", "BITS", \.server.rateLimit.ipv6PrefixLength,
      in: RateLimitSettings.ipv6PrefixLengths, "What addresses of one network share."),
    number(
      "rateLimit.maxNetworks", "N", \.server.rateLimit.maximumNetworks, in: RateLimitSettings.networkCounts,
      "Networks that are remembered."),
    ranges("rateLimit.exempt", \.server.rateLimit.exempt, "Clients without a limit."),
    text(
      "identity", "TEXT", \.server.identity, most: AnswerOPT.maximumIdentityLength,
      "What clients that ask are told of which server this is (NSID, id.server)."),
    text(
      "version", "TEXT", \.server.version, most: DNSServerSettings.versionLengths.upperBound,
      "What clients that ask are told of the server's version (version.server)."),
  ]

  private static func secret(_ key: String, _ place: Place<CookieSecret?>, _ help: String) -> Setting {
    Setting(key, "HEX", default: [], secret: true, help) { value, settings throws(ValueMistake) in
      // What was found stays out of messages, which end in logs.
      guard let secret = CookieSecret(hex: try value.single()) else {
        throw ValueMistake("allowed: 32 hexadecimal digits")
      }
      settings[keyPath: place] = secret
    }
  }

  /// Where one of the paths for machines is served.
  static func observed(_ key: String, _ endpoint: ObservabilitySettings.Endpoint, _ help: String) -> Setting {
    let standard = DNSConfiguration().observability.places[endpoint]
    return Setting(
      key, "ADDRESS:PORT", default: standard.map { ["\($0)"] } ?? ["off"], live: false, help
    ) { value, settings throws(ValueMistake) in
      let text = try value.single()
      if text == "off" || text == "false" {
        settings.observability.places[endpoint] = nil
        return
      }
      let place = try listenAddress(
        text, port: standard?.port ?? 0, allowed: "ADDRESS:PORT, ADDRESS, :PORT or off")
      settings.observability.places[endpoint] = ObservabilitySettings.Place(
        place.address?.description, port: place.port)
    }
  }
}
