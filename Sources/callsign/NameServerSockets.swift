// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import DNSWire
import LinuxSystem

/// Opens the sockets of `callsign dns`.
enum NameServerSockets {
  /// Every place of the settings. A machine without IPv6 has no addresses of it.
  static func open(_ settings: DNSConfiguration) throws -> [DNSSockets] {
    var opened: [DNSSockets] = []
    for listen in settings.listen {
      var port = listen.port
      try eachAddress(of: listen) { address throws(DNSListenError) in
        let sockets = try DNSSockets.open(address, port: port, workers: settings.workers)
        port = sockets.port ?? port
        opened.append(sockets)
      }
    }
    var streams = DNSSockets()
    for listen in settings.listenTLS {
      try eachAddress(of: listen) { address throws(DNSListenError) in
        streams.tls.append(try DNSSockets.openStream(address, port: listen.port))
      }
    }
    for listen in settings.listenHTTPS {
      try eachAddress(of: listen) { address throws(DNSListenError) in
        streams.https.append(try DNSSockets.openStream(address, port: listen.port))
      }
    }
    for listen in settings.listenHTTP {
      try eachAddress(of: listen) { address throws(DNSListenError) in
        streams.http.append(try DNSSockets.openStream(address, port: listen.port))
      }
    }
    return opened + [streams]
  }

  private static func eachAddress(
    of listen: ListenAddress, _ open: (HostAddress) throws(DNSListenError) -> Void
  ) throws(DNSListenError) {
    for address in listen.addresses {
      let isOptional = listen.address == nil && address.family == .ipv6
      do {
        try open(address)
      } catch {
        guard isOptional, error.isAddressMissing else { throw error }
      }
    }
  }

  /// One line for each place, as it is shown at the start.
  static func lines(_ sockets: [DNSSockets]) -> [String] {
    let kinds: [(String, (DNSSockets) -> [Descriptor])] = [
      ("DNS  ", \.streams), ("DNS over TLS  ", \.tls), ("DNS over HTTPS  ", \.https), ("DNS over HTTP  ", \.http),
    ]
    return kinds.flatMap { kind, descriptors in
      let places = DNSSockets(streams: sockets.flatMap(descriptors)).places
      return places.map { kind + $0.description }.sorted()
    }
  }
}
