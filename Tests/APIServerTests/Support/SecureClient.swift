// SPDX-License-Identifier: Apache-2.0
import APIServer
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// A client over TCP, as programs have it: HTTP/2 by ALPN, many requests on one connection.
struct SecureClient: Sendable {
  private static let patience: TimeAmount = .seconds(30)

  let server: TestServer
  private let client: AsyncHTTPClient.HTTPClient

  /// Runs `body` with a client, then closes its connections.
  static func run(
    _ server: TestServer, version: AsyncHTTPClient.HTTPClient.Configuration.HTTPVersion = .automatic,
    _ body: @Sendable (SecureClient) async throws -> Void
  ) async throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(server.authorityCertificate.utf8)))
    var configuration = AsyncHTTPClient.HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.httpVersion = version
    let client = AsyncHTTPClient.HTTPClient(configuration: configuration)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(SecureClient(server: server, client: client)))
    } catch {
      outcome = .failure(error)
    }
    try await client.shutdown()
    try outcome.get()
  }

  /// - Parameter plain: whether the listener without TLS is asked.
  func get(
    _ path: String, accept: String = "application/json", plain: Bool = false, token: String? = nil
  ) async throws -> HTTPClientResponse {
    let root = plain ? "http://127.0.0.1:\(server.plainPort)" : "https://127.0.0.1:\(server.port)"
    var request = HTTPClientRequest(url: root + path)
    request.headers.add(name: "Accept", value: accept)
    request.headers.add(name: "Authorization", value: "Bearer \(token ?? server.token.text)")
    return try await client.execute(request, timeout: Self.patience)
  }
}
