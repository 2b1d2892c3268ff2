// SPDX-License-Identifier: Apache-2.0
import ChannelHandlers
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import NIOSSL

/// TLS connections: HTTP/2 where the client speaks it, else HTTP/1.1.
///
/// Each stream of HTTP/2 is served as a connection of HTTP/1.1 is, by the same channel of Hummingbird's. Hummingbird's
/// channel for HTTP/2 ends connections whose clients send a PING more often than every 30 seconds; the API server of
/// Kubernetes does not, and clients choose how soon they want to notice a dead peer.
struct SecureChannel: ServerChildChannel {
  typealias Stream = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
  typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>

  struct Value: ServerChildChannelValue {
    let negotiated: EventLoopFuture<NIONegotiatedHTTPVersion<Stream, Streams>>
    let channel: any Channel
  }

  /// What the server offers in the handshake, the preferred one first (RFC 7301).
  static let protocols = NIOHTTP2SupportedALPNProtocols

  /// Octets of a request's header fields; selectors and tokens are among them.
  private static let headerLimit = 64 << 10
  /// PING and SETTINGS frames in 30 seconds, after which a connection is closed: a flood of them, each to be answered.
  private static let controlFrames = 3000
  /// Octets that one stream keeps for a client that does not take them, before its writer has to wait.
  private static let streamBuffer = 256 << 10

  private let http1: HTTP1Channel
  private let tls: NIOSSLContext
  private let limits: APIServerLimits

  /// - Parameters:
  ///   - http1: serves connections, and streams of HTTP/2.
  ///   - tls: with ``protocols``.
  init(_ http1: HTTP1Channel, tls: TLSConfiguration, limits: APIServerLimits) throws {
    self.http1 = http1
    self.tls = try NIOSSLContext(configuration: tls)
    self.limits = limits
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandlers([
        NIOSSLServerHandler(context: tls), HandshakeDeadline(limits.handshakeTimeout),
      ])
    }.flatMap {
      channel.configureHTTP2AsyncSecureUpgrade { channel in
        http1.setup(channel: channel, logger: logger)
      } http2ConnectionInitializer: { channel in
        channel.eventLoop.makeCompletedFuture { try addStreams(to: channel, logger: logger) }
      }
    }.map { Value(negotiated: $0, channel: channel) }
  }

  private func addStreams(to channel: any Channel, logger: Logger) throws -> Streams {
    let manager = NIOHTTP2ServerConnectionManagementHandler(
      eventLoop: channel.eventLoop,
      configuration: .init(
        maxIdleTime: limits.idleTimeout, maxAge: nil, maxGraceTime: limits.shutdownGrace,
        keepalive: .init(pingInterval: limits.pingInterval, ackTimeout: limits.pingTimeout)))
    let streams = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
      mode: .server, streamDelegate: manager.http2StreamDelegate, configuration: configuration
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandlers([
          HTTP2FramePayloadToHTTPServerCodec(),
          HTTPConnectionStateHandler(idleTimeout: .init(limits.idleTimeout), logger: logger),
        ])
        return try Stream(wrappingChannelSynchronously: stream)
      }
    }
    try channel.pipeline.syncOperations.addHandler(manager)
    return streams
  }

  private var configuration: NIOHTTP2Handler.Configuration {
    var configuration = NIOHTTP2Handler.Configuration()
    configuration.connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
      HTTP2Setting(parameter: .maxHeaderListSize, value: Self.headerLimit),
    ]
    configuration.connection.controlFrameRateLimit.maximumCount = Self.controlFrames
    configuration.stream.outboundBufferSizeHighWatermark = Self.streamBuffer
    configuration.stream.outboundBufferSizeLowWatermark = Self.streamBuffer / 4
    return configuration
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.negotiated.get() {
      case .http1_1(let connection): await http1.handle(value: connection, logger: logger)
      case .http2(let streams):
        try await withThrowingDiscardingTaskGroup { group in
          for try await stream in streams.inbound {
            group.addTask { await http1.handle(value: stream, logger: logger) }
          }
        }
      }
    } catch {
      logger.debug("a connection ended", metadata: ["error": "\(error)"])
    }
  }
}
