// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import KubeClient

@Suite("Through a proxy", .timeLimit(.minutes(1))) struct ProxyTests {
  /// A request to `api.test`, a name that only the proxy knows.
  private static func ask(_ proxy: TestProxy, _ url: String, isTLS: Bool = true) async throws -> (String, Int) {
    let identity = try TestIdentity()
    return try await withPeer(tls: isTLS ? identity.tls : nil, answer: { $0.answer(200, [], $0.head.uri) }) { peer in
      var transport = try TestTransport(
        "\(isTLS ? "https" : "http")://api.test:\(peer.port)", trust: identity.authority.trust)
      transport.configuration.proxy = .proxy(try Proxy(url))
      return try await transport.run { (try await $0.get(APIRequest(path: "/version")).text, peer.port) }
    }
  }

  private static func with<Value>(
    _ proxy: TestProxy, _ body: (TestProxy) async throws -> Value
  ) async throws -> Value {
    do {
      let value = try await body(proxy)
      await proxy.close()
      return value
    } catch {
      await proxy.close()
      throw error
    }
  }

  @Test("CONNECT, with and without user and password", arguments: [nil, "bWU6cEBzcw=="] as [String?])
  func connect(login: String?) async throws {
    try await Self.with(TestProxy(.http, login: login)) { proxy in
      let (text, port) = try await Self.ask(proxy, "http://\(login == nil ? "" : "me:p%40ss@")127.0.0.1:\(proxy.port)")
      #expect(text == "/version")
      #expect(proxy.asked == ["api.test:\(port)"])
    }
  }

  @Test("Plain HTTP is handed to an HTTP proxy as it is") func forwarded() async throws {
    try await Self.with(TestProxy(.http)) { proxy in
      let (text, port) = try await Self.ask(proxy, "http://127.0.0.1:\(proxy.port)", isTLS: false)
      #expect(text == "http://api.test:\(port)/version")
    }
  }

  @Test("SOCKS 5, with and without user and password", arguments: [nil, "me:secret"] as [String?])
  func socks(login: String?) async throws {
    for isTLS in [true, false] {
      try await Self.with(TestProxy(.socks, login: login)) { proxy in
        let url = "socks5://\(login.map { "\($0)@" } ?? "")127.0.0.1:\(proxy.port)"
        let (text, port) = try await Self.ask(proxy, url, isTLS: isTLS)
        #expect(text == "/version")
        #expect(proxy.asked == ["api.test:\(port)"])
      }
    }
  }

  @Test("The server's certificate is checked for its address, not the proxy's") func address() async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("api", addresses: [[10, 96, 0, 1]])
    try await withPeer(tls: TestAuthority.serverTLS(pair), answer: { $0.answer() }) { peer in
      try await Self.with(TestProxy(.socks)) { proxy in
        for (host, isRight) in [("10.96.0.1", true), ("10.96.0.2", false)] {
          var transport = try TestTransport("https://\(host):\(peer.port)", trust: authority.trust)
          transport.configuration.proxy = .proxy(try Proxy("socks5://127.0.0.1:\(proxy.port)"))
          try await transport.run { transport in
            if isRight {
              let status = try await transport.status()
              #expect(status == 200)
            } else {
              let error = await #expect(throws: APITransportError.self) {
                try await transport.get(APIRequest(path: "/"))
              }
              #expect(error?.cause.hasPrefix("the server's certificate is for 10.96.0.1, not for 10.96.0.2") == true)
            }
          }
        }
      }
    }
  }

  @Test(
    "TLS with the proxy: nothing is said to one whose certificate is for others",
    arguments: [
      (["localhost"], "localhost", nil), ([], "127.0.0.1", nil), ([], "localhost", "127.0.0.1"),
      (["other.test"], "localhost", "other.test, 127.0.0.1"),
    ] as [([String], String, String?)])
  func certificate(names: [String], host: String, others: String?) async throws {
    let authority = try TestAuthority()
    let pair = try authority.issue("proxy", names: names, addresses: [[127, 0, 0, 1]])
    let identity = try TestIdentity()
    try await withPeer(tls: identity.tls, answer: { $0.answer() }) { peer in
      try await Self.with(TestProxy(.http, tls: TestAuthority.serverTLS(pair, protocols: []))) { proxy in
        let connector = Connector(
          server: try ServerURL("https://api.test:\(peer.port)"), serverName: nil, trust: try identity.authority.trust,
          proxy: try Proxy("https://me:secret@\(host):\(proxy.port)"), proxyTrust: try authority.trust,
          settings: TransportSettings(), group: MultiThreadedEventLoopGroup.singleton)
        guard let others else {
          let connection = try await connector.connect(identity: nil).get()
          connection.close()
          return #expect(proxy.asked == ["api.test:\(peer.port)"])
        }
        let error = await #expect(throws: ProxyRefusal.self) { try await connector.connect(identity: nil).get() }
        #expect(
          error?.message
            == "the proxy's certificate is for \(others), not for \(host): use one of these in the proxy's URL")
        #expect(proxy.asked.isEmpty)
      }
    }
  }

  @Test(
    "A proxy that refuses",
    arguments: [
      ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "give user and password in the proxy's URL"),
      ("HTTP/1.1 403 Forbidden\r\n\r\n", "it does not let this program through (\"HTTP/1.1 403 Forbidden\")"),
      ("SSH-2.0-x\r\n\r\n", "it answered \"SSH-2.0-x\", which is no HTTP: is it an HTTP proxy?"),
      (String(repeating: "x", count: 17_000), "its answer has no end after 16 KiB: is it an HTTP proxy?"),
    ])
  func refused(answer: String, message: String) async throws {
    try await Self.with(TestProxy(.http, refusal: answer)) { proxy in
      let error = await #expect(throws: APITransportError.self) {
        try await Self.ask(proxy, "http://127.0.0.1:\(proxy.port)")
      }
      #expect(error?.what.hasSuffix(" through the proxy http://127.0.0.1:\(proxy.port)") == true)
      #expect(error?.cause.hasPrefix("the proxy opens no way to it: ") == true)
      #expect(error?.cause.contains(message) == true, "\(error?.cause ?? "")")
    }
  }

  @Test("A SOCKS proxy that wants to know who asks, or does not believe it") func socksRefused() async throws {
    try await Self.with(TestProxy(.socks, login: "me:secret")) { proxy in
      for (login, message) in [
        ("", "it wants to know who asks: give user and password in the proxy's URL"),
        ("me:wrong@", "it does not take this user and password"),
      ] {
        let error = await #expect(throws: APITransportError.self) {
          try await Self.ask(proxy, "socks5://\(login)127.0.0.1:\(proxy.port)")
        }
        #expect(error?.cause == "the proxy opens no way to it: \(message)")
      }
    }
  }
}
