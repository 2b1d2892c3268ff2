// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOSSL
import Testing

@testable import KubeClient

/// A transport to a peer of a test.
struct TestTransport {
  var configuration: ClientConfiguration
  var settings = TransportSettings()

  init(_ configuration: ClientConfiguration) { self.configuration = configuration }

  /// - Parameter url: of the peer, or of what stands before it.
  init(_ url: String, trust: ServerTrust = .system, credentials: any CredentialSource = FixedCredentials()) throws {
    configuration = ClientConfiguration(
      server: try ServerURL(url), trust: trust, proxy: .none, credentials: credentials, origin: "test")
    settings.userAgent = "callsign/test"
  }

  /// Runs `body` with the transport, and closes it.
  func run<Value>(_ body: (HTTPTransport) async throws -> Value) async throws -> Value {
    let transport = try HTTPTransport(configuration, settings: settings)
    do {
      let value = try await body(transport)
      await transport.close()
      return value
    } catch {
      await transport.close()
      throw error
    }
  }
}

extension HTTPTransport {
  /// The status of an answer.
  func status(_ path: String = "/") async throws -> Int { try await get(APIRequest(path: path)).status }
}

/// Reads the body of an answer piece by piece.
struct Pieces {
  private var iterator: ResponseBody.Iterator

  init(_ response: APIResponse) throws {
    iterator = try #require(response.body as? ResponseBody).makeAsyncIterator()
  }

  mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> ByteBuffer? {
    try await iterator.next(isolation: actor)
  }

  /// Reads on; how it breaks off, `nil` where it ends well.
  mutating func failure(isolation actor: isolated (any Actor)? = #isolation) async -> (any Error)? {
    do {
      while try await next(isolation: actor) != nil {}
      return nil
    } catch {
      return error
    }
  }
}

extension TestPeer {
  /// A GET as it came in here, and its answer, whose head was sent.
  func begun(
    _ path: String, by transport: HTTPTransport
  ) async throws -> (request: TestPeer.Request, response: APIResponse) {
    var requests = requests.makeAsyncIterator()
    async let answer = transport.get(APIRequest(path: path))
    let request = try #require(await requests.next())
    request.head()
    return (request, try await answer)
  }
}

extension APIResponse {
  /// The whole body.
  var text: String {
    get async throws {
      var octets: [UInt8] = []
      for try await piece in body { octets += piece.readableBytesView }
      return String(decoding: octets, as: UTF8.self)
    }
  }
}

/// A certificate authority, and a server's certificate for `api.test` and 127.0.0.1.
struct TestIdentity {
  let authority: TestAuthority
  let tls: TLSConfiguration

  init(protocols: [String] = ["h2", "http/1.1"]) throws {
    authority = try TestAuthority()
    let pair = try authority.issue("api", names: ["api.test"], addresses: [[127, 0, 0, 1]])
    tls = try TestAuthority.serverTLS(pair, protocols: protocols)
  }
}

/// Which HTTP the peer speaks.
enum PeerForm: CaseIterable {
  case plain, tls, http2

  func peer<Value>(
    answer: (@Sendable (TestPeer.Request) -> Void)? = nil, _ body: (TestPeer, TestTransport) async throws -> Value
  ) async throws -> Value {
    let identity = try TestIdentity(protocols: self == .http2 ? ["h2", "http/1.1"] : ["http/1.1"])
    return try await withPeer(tls: self == .plain ? nil : identity.tls, answer: answer) { peer in
      try await body(peer, TestTransport(peer.url, trust: identity.authority.trust))
    }
  }
}
