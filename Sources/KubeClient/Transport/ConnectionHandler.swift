// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL

/// The end of an HTTP/2 connection's pipeline: sees how much the server takes, its wish to end, and why it ended.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data).payload {
    // GOAWAY (RFC 9113 §6.8): requests under way are still answered, new ones take a new connection.
    case .goAway: connection.retire()
    case .settings(.settings(let settings)):
      if let limit = settings.last(where: { $0.parameter == .maxConcurrentStreams }) {
        connection.limitExchanges(to: limit.value)
      }
    default: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Of one stream alone, which has been told.
    if error is NIOHTTP2Errors.StreamError { return }
    connection.noteError(error)
    connection.retire()
    let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
    if error is SilentPeer, let tls {
      // From before TLS, which would wait for the peer's farewell for seconds.
      tls.close(promise: nil)
    } else {
      context.close(promise: nil)
    }
  }
}

/// Stands behind HTTP/1.1's decoder and keeps the reason for which the connection ended.
final class HTTP1ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    connection.noteError(error)
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }
}

extension Connection {
  /// Makes a channel ready for requests; on its event loop, before anything more is read.
  static func start(_ channel: any Channel, isHTTP2: Bool, settings: TransportSettings) throws -> Connection {
    let sync = channel.pipeline.syncOperations
    guard isHTTP2 else {
      let connection = Connection(channel, .http1, idleTimeout: TimeAmount(settings.idleTimeout))
      try sync.addHandlers(
        HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
        HTTP1ConnectionHandler(connection))
      return connection
    }
    let activity = PeerActivity(channel.eventLoop.now)
    try sync.addHandler(ActivityHandler(activity))
    var connectionSettings = NIOHTTP2Handler.ConnectionConfiguration()
    connectionSettings.initialSettings = [
      HTTP2Setting(parameter: .enablePush, value: 0),
      HTTP2Setting(parameter: .initialWindowSize, value: settings.window),
      HTTP2Setting(parameter: .maxHeaderListSize, value: TransportSettings.maximumHead),
    ]
    // Pieces are handed on to their stream at once, so that this one holds back nothing; each stream's own does.
    connectionSettings.targetWindowSize = 8 * settings.window
    var streamSettings = NIOHTTP2Handler.StreamConfiguration()
    streamSettings.targetWindowSize = settings.window
    let multiplexer = try sync.configureHTTP2Pipeline(
      mode: .client, connectionConfiguration: connectionSettings, streamConfiguration: streamSettings
    ) { stream in
      // A server pushes nothing: ENABLE_PUSH is 0.
      stream.close()
    }
    let connection = Connection(channel, .http2(multiplexer), idleTimeout: TimeAmount(settings.idleTimeout))
    try sync.addHandlers(
      PeerWatch(
        activity, interval: TimeAmount(settings.pingInterval), timeout: TimeAmount(settings.pingTimeout)),
      HTTP2ConnectionHandler(connection))
    return connection
  }
}
