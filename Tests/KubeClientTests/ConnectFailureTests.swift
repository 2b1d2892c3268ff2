// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

@testable import KubeClient

/// Each way in which a connection does not come about, and what the operator is told.
@Suite("No connection", .timeLimit(.minutes(1))) struct ConnectFailureTests {
  private static func error(_ transport: TestTransport) async throws -> APITransportError {
    try await transport.run { transport in
      try #require(
        await #expect(throws: APITransportError.self) { try await transport.get(APIRequest(path: "/version")) })
    }
  }

  /// The error against a server with this certificate.
  private static func error(
    _ pair: TestAuthority.Pair, clients: TestAuthority? = nil, trust: ServerTrust,
    change: (inout TestTransport) throws -> Void = { _ in }
  ) async throws -> APITransportError {
    try await withPeer(tls: TestAuthority.serverTLS(pair, clients: clients), answer: { $0.answer() }) { peer in
      var transport = try TestTransport(peer.url, trust: trust)
      try change(&transport)
      return try await error(transport)
    }
  }

  /// Why a server does not take a client: it says so in an alert, which a reset of the connection may overtake.
  private static func refusal(_ transport: TestTransport) async throws -> String {
    for _ in 0..<20 {
      let cause = try await error(transport).cause
      if cause != "the server closed the connection" { return cause }
    }
    return "the server always closed the connection"
  }

  @Test("Nothing listens") func refused() async throws {
    let peer = try await TestPeer()
    await peer.close()
    let error = try await Self.error(TestTransport(peer.url))
    #expect(error.what == "cannot connect to \(peer.url)")
    #expect(error.cause.hasPrefix("connection refused: nothing listens there"))
  }

  @Test("A name that is not found") func noName() async throws {
    // Too long for a label: no resolver is asked.
    let host = String(repeating: "a", count: 64) + ".test"
    let error = try await Self.error(TestTransport("https://\(host):6443"))
    #expect(error.cause.hasPrefix("the name \(host) is not found: check its spelling"))
  }

  @Test("A certificate of another authority") func untrusted() async throws {
    let pair = try TestAuthority(name: "other").issue("api", addresses: [[127, 0, 0, 1]])
    let error = try await Self.error(pair, trust: TestAuthority().trust)
    #expect(error.cause.hasPrefix("the server's certificate, issued by CN=other, comes from none of the authorities"))
  }

  @Test("A certificate that has ended, and one that has not begun") func dates() async throws {
    let authority = try TestAuthority()
    let old = try authority.issue("api", addresses: [[127, 0, 0, 1]], days: -3 ... -1)
    #expect(try await Self.error(old, trust: authority.trust).cause.hasPrefix("the server's certificate ended on 2"))
    let new = try authority.issue("api", addresses: [[127, 0, 0, 1]], days: 1...3)
    #expect(try await Self.error(new, trust: authority.trust).cause.hasPrefix("the server's certificate begins on 2"))
  }

  @Test("A certificate for others") func wrongName() async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api", names: ["api.test"], addresses: [[10, 96, 0, 1]])
    let expected = "the server's certificate is for api.test, 10.96.0.1, not for "
    #expect(try await Self.error(pair, trust: authority.trust).cause.hasPrefix(expected + "127.0.0.1:"))
    let byName = try await Self.error(pair, trust: authority.trust) { $0.configuration.serverName = "other.test" }
    #expect(byName.cause.hasPrefix(expected + "other.test:"))
  }

  @Test(
    "An address in the certificate stands for no name",
    arguments: [([], "localhost"), (["localhost"], "api.test")] as [([String], String)])
  func addressForName(names: [String], expected: String) async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api", names: names, addresses: [[127, 0, 0, 1]])
    let answer: @Sendable (TestPeer.Request) -> Void = {
      Issue.record("was asked for \($0.head.uri)")
      $0.answer()
    }
    try await withPeer(tls: TestAuthority.serverTLS(pair), answer: answer) { peer in
      var transport = try TestTransport("https://localhost:\(peer.port)", trust: authority.trust)
      transport.configuration.credentials = FixedCredentials(Credentials(token: "secret"))
      if expected != "localhost" { transport.configuration.serverName = expected }
      let has = (names + ["127.0.0.1"]).joined(separator: ", ")
      #expect(
        try await Self.error(transport).cause
          == "the server's certificate is for \(has), not for \(expected): use one of these as server, or give it as"
          + " tls-server-name")
    }
  }

  @Test("A certificate without a name or an address is for nobody") func noNameInCertificate() async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api.test")
    for host in ["api.test", "127.0.0.1"] {
      let error = try await Self.error(pair, trust: authority.trust) { $0.configuration.serverName = host }
      #expect(error.cause.hasPrefix("the server's certificate is for no name or address at all, not for \(host):"))
    }
  }

  @Test(
    "Names of certificates (RFC 9525 §6.3)",
    arguments: [
      ("api.test", "api.test", true), ("API.test", "api.TEST", true), ("api.test.", "api.test", true),
      ("api.test", "*.test", true), ("a.api.test", "*.test", false), ("api.test", "*.api.test", false),
      ("test", "*", false), ("api.test", "a*.test", false), ("api.test", "*i.test", false),
      ("a.api.test", "a.*.test", false), ("api.test", "", false), ("", "", false), (".test", "*.test", false),
      ("api.test", "api.test.other", false), ("k.test", "\u{212A}.test", false),
    ])
  func matches(host: String, pattern: String, isMatch: Bool) {
    #expect(PeerCertificate.matches(host, pattern) == isMatch)
  }

  @Test("The name or address that is expected can be another than the server's", arguments: ["api.test", "10.96.0.1"])
  func serverName(name: String) async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api", names: ["api.test"], addresses: [[10, 96, 0, 1]])
    try await withPeer(tls: TestAuthority.serverTLS(pair), answer: { $0.answer() }) { peer in
      var transport = try TestTransport(peer.url, trust: authority.trust)
      transport.configuration.serverName = name
      try await transport.run { transport in
        let status = try await transport.status("/")
        #expect(status == 200)
      }
    }
  }

  @Test("insecure-skip-tls-verify takes any certificate") func insecure() async throws {
    let pair = try TestAuthority().issue("api", names: ["else.test"], days: -3 ... -1)
    try await withPeer(tls: TestAuthority.serverTLS(pair), answer: { $0.answer() }) { peer in
      try await TestTransport(peer.url, trust: .anything).run { transport in
        let status = try await transport.status("/")
        #expect(status == 200)
      }
    }
  }

  @Test("A client certificate is shown, and one of a stranger is not taken") func clientCertificate() async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api", addresses: [[127, 0, 0, 1]])
    let tls = try TestAuthority.serverTLS(pair, clients: authority)
    try await withPeer(tls: tls, answer: { $0.answer() }) { peer in
      var transport = try TestTransport(peer.url, trust: authority.trust)
      transport.configuration.credentials = FixedCredentials(Credentials(identity: try authority.issue("me").identity))
      try await transport.run { transport in
        let status = try await transport.status("/")
        #expect(status == 200)
      }
      let stranger = try TestAuthority(name: "stranger").issue("me").identity
      transport.configuration.credentials = FixedCredentials(Credentials(identity: stranger))
      #expect(try await Self.refusal(transport).hasPrefix("the server does not take the client certificate"))
      transport.configuration.credentials = FixedCredentials()
      #expect(try await Self.refusal(transport).hasPrefix("the server does not take the client certificate"))
    }
  }

  @Test("A key that is not the certificate's") func foreignKey() async throws {
    let authority = try TestAuthority()
    let (one, other) = (try authority.issue("one").identity, try authority.issue("other").identity)
    let identity = ClientIdentity(certificates: one.certificates, key: other.key)
    let pair = try authority.issue("api", addresses: [[127, 0, 0, 1]])
    let error = try await Self.error(pair, trust: authority.trust) {
      $0.configuration.credentials = FixedCredentials(Credentials(identity: identity))
    }
    #expect(error.cause.hasPrefix("client certificate and client key do not belong together"))
  }

  @Test("https to a server without TLS") func noTLS() async throws {
    try await withPeer(answer: { $0.answer() }) { peer in
      let error = try await Self.error(TestTransport("https://127.0.0.1:\(peer.port)", trust: TestAuthority().trust))
      #expect(error.cause == "it speaks no TLS on this port: is it http://?")
    }
  }

  @Test("http to a server with TLS") func noPlain() async throws {
    try await withPeer(tls: try TestIdentity().tls, answer: { $0.answer() }) { peer in
      let error = try await Self.error(TestTransport("http://127.0.0.1:\(peer.port)"))
      #expect(error.cause.hasSuffix(": is it https://?"), "\(error)")
    }
  }

  @Test("A server that takes the connection and says nothing") func handshakeTimeout() async throws {
    let identity = try TestIdentity()
    try await withPeer(tls: identity.tls, answer: { $0.answer() }) { peer in
      let relay = try await TestRelay(to: peer.port)
      relay.fallSilent()
      var transport = try TestTransport("https://127.0.0.1:\(relay.port)", trust: identity.authority.trust)
      transport.settings.connectTimeout = .milliseconds(200)
      #expect(try await Self.error(transport).cause.hasPrefix("no connection within 0.2 seconds: check the address"))
      await relay.close()
    }
  }

  @Test("Authorities in a file are read anew for each connection") func replacedAuthority() async throws {
    let folder = "/tmp/callsign-ca-\(UInt32.random(in: 0 ... .max))"
    try Files.makeDirectory(folder)
    defer { try? Files.removeTree(folder) }
    let identity = try TestIdentity()
    try await withPeer(tls: identity.tls, answer: { $0.answer() }) { peer in
      let transport = try TestTransport(peer.url, trust: .file("\(folder)/ca.crt"))
      try await transport.run { transport in
        let request = APIRequest(path: "/")
        let missing = await #expect(throws: APITransportError.self) { try await transport.get(request) }
        #expect(missing?.cause.hasPrefix("the authorities' file cannot be read: ") == true)
        try Files.replace("\(folder)/ca.crt", with: Array("nothing".utf8))
        let empty = await #expect(throws: APITransportError.self) { try await transport.get(request) }
        #expect(empty?.cause.contains("no certificate in") == true)
        try Files.replace("\(folder)/ca.crt", with: Array(TestAuthority(name: "old").pem.utf8))
        await #expect(throws: APITransportError.self) { try await transport.get(request) }
        try Files.replace("\(folder)/ca.crt", with: Array(identity.authority.pem.utf8))
        #expect(try await transport.get(request).status == 200)
      }
    }
  }
}
