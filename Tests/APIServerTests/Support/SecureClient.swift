// SPDX-License-Identifier: Apache-2.0
import APIServer
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOPosix
import NIOSSL

/// A client over TCP: one connection of HTTP/2 for all requests, or of HTTP/1.1 for each.
struct SecureClient: Sendable {
  enum Version {
    case http2
    /// Over TLS, without ALPN.
    case http1
    /// Without TLS.
    case plain
  }

  typealias Stream = NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>
  private typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<Void>

  let server: TestServer
  private let version: Version
  private let tls: NIOSSLContext
  /// Nil for HTTP/1.1.
  private let streams: Streams?

  /// Runs `body` with a client, then closes its connection.
  static func run(
    _ server: TestServer, _ version: Version = .http2, _ body: @Sendable (SecureClient) async throws -> Void
  ) async throws {
    let tls = try context(server, protocols: version == .http2 ? ["h2"] : [])
    guard version == .http2 else {
      return try await body(SecureClient(server: server, version: version, tls: tls, streams: nil))
    }
    let (channel, streams) = try await bootstrap.connect(host: "127.0.0.1", port: server.port) { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
        let pipeline = channel.pipeline.syncOperations
        let streams = try pipeline.configureAsyncHTTP2Pipeline(mode: .client) { $0.eventLoop.makeSucceededVoidFuture() }
        return (channel, streams)
      }
    }
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(
        try await body(SecureClient(server: server, version: version, tls: tls, streams: streams)))
    } catch {
      outcome = .failure(error)
    }
    try? await channel.close()
    try outcome.get()
  }

  /// Trusts the test server alone.
  static func context(_ server: TestServer, protocols: [String]) throws -> NIOSSLContext {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(server.authorityCertificate.utf8)))
    tls.applicationProtocols = protocols
    return try NIOSSLContext(configuration: tls)
  }

  private static var bootstrap: ClientBootstrap { ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton) }

  /// Sends a GET, and hands over what comes back, piece by piece, until there is no more or `read` has enough.
  func get<State: Sendable>(
    _ path: String, accept: String = "application/json", token: String? = nil, into start: State,
    _ read: @Sendable (inout State, ByteBuffer) async throws -> Bool
  ) async throws -> (status: Int, state: State) {
    let stream = try await open()
    let head = HTTPRequest(
      method: .get, scheme: version == .plain ? "http" : "https", authority: "127.0.0.1", path: path,
      headerFields: [.accept: accept, .authorization: "Bearer \(token ?? server.token.text)"])
    return try await stream.executeThenClose { inbound, outbound in
      try await outbound.write(.head(head))
      try await outbound.write(.end(nil))
      var state = start
      var status = 0
      for try await part in inbound {
        switch part {
        case .head(let head): status = head.status.code
        case .body(let piece): if try await !read(&state, piece) { return (status, state) }
        case .end: return (status, state)
        }
      }
      throw ChannelError.eof
    }
  }

  /// The answer as a whole.
  func get(_ path: String, accept: String = "application/json", token: String? = nil) async throws -> (Int, [UInt8]) {
    try await get(path, accept: accept, token: token, into: []) { bytes, piece in
      bytes += piece.readableBytesView
      return true
    }
  }

  private func open() async throws -> Stream {
    if let streams {
      return try await streams.openStream { stream in
        stream.eventLoop.makeCompletedFuture {
          try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPClientCodec())
          return try Stream(wrappingChannelSynchronously: stream)
        }
      }
    }
    let port = version == .plain ? server.plainPort : server.port
    return try await Self.bootstrap.connect(host: "127.0.0.1", port: port) { [version, tls] channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        if version == .http1 { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil)) }
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(HTTP1ToHTTPClientCodec())
        return try Stream(wrappingChannelSynchronously: channel)
      }
    }
  }
}
