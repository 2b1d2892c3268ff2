// SPDX-License-Identifier: Apache-2.0
import ChannelHandlers
import HummingbirdCore
import HummingbirdHTTP2
import LinuxSystem
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Serves DNS over HTTPS on bound sockets: HTTP/2 and HTTP/1.1 over TLS, and HTTP/1.1 in the clear for a proxy that
/// ends TLS in front of it.
final class HTTPSListener: Sendable {
  /// Octets of a request's header fields; a question in a GET is among them.
  static let headerLimit = 96 * 1024
  static let headerCountLimit = 100

  /// Serves one connection until it closes.
  private typealias Connection = @Sendable () async -> Void

  private struct State {
    /// What accepts connections, and the socket that it was given.
    var servers: [(socket: Descriptor, channel: any Channel)] = []
    var settings: DNSServerSettings
    /// What a connection over TLS is served with; `nil` without a certificate.
    var secure: HTTP2UpgradeChannel?
  }

  private let state: Mutex<State>
  private let responder: HTTPSResponder
  private let connections: ConnectionTable
  private let logger: Logger
  private let group = MultiThreadedEventLoopGroup.singleton
  private let accepted: AsyncStream<Connection>
  /// Bounded by the limit on connections.
  private let queue: AsyncStream<Connection>.Continuation

  init(responder: HTTPSResponder, connections: ConnectionTable, settings: DNSServerSettings, logger: Logger) {
    self.responder = responder
    self.connections = connections
    self.logger = logger
    state = Mutex(State(settings: settings))
    (accepted, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
  }

  /// Settings and certificate of connections to come.
  func update(_ settings: DNSServerSettings, tls: TLSConfiguration?) throws {
    let secure = try tls.map { tls in
      try HTTP2UpgradeChannel(
        tlsConfiguration: tls,
        configuration: HTTP2ChannelConfiguration(
          idleTimeout: .seconds(settings.connectionIdleSeconds),
          gracefulCloseTimeout: .seconds(settings.connectionIdleSeconds),
          streamConfiguration: Self.configuration(settings)),
        responder: respond)
    }
    state.withLock {
      $0.settings = settings
      $0.secure = secure
    }
  }

  /// Begins to accept on `socket`, of which it uses a copy.
  func start(_ socket: Descriptor, isSecure: Bool) async throws {
    if state.withLock({ $0.servers.contains { $0.socket === socket } }) { return }
    responder.metrics.listens(on: socket)
    let channel = try await ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        // The channel has made the queue of the bound socket short.
        channel.eventLoop.makeCompletedFuture { try InternetSocket.listen(socket) }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        guard self.connections.admit(channel) else {
          return channel.eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState)
        }
        return isSecure ? self.acceptSecure(channel) : self.acceptPlain(channel)
      }
      .withBoundSocket(socket.duplicated()).get()
    state.withLock { $0.servers.append((socket, channel)) }
  }

  private func acceptSecure(_ channel: any Channel) -> EventLoopFuture<Void> {
    let (settings, secure) = state.withLock { ($0.settings, $0.secure) }
    guard let secure else { return channel.eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState) }
    return accept(channel, secure).flatMapThrowing {
      // Behind TLS, which tells what follows it that the handshake is done.
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(
        HandshakeDeadline(.seconds(settings.connectionIdleSeconds)),
        position: .after(pipeline.handler(type: NIOSSLServerHandler.self)))
    }
  }

  private func acceptPlain(_ channel: any Channel) -> EventLoopFuture<Void> {
    let settings = state.withLock { $0.settings }
    return accept(channel, HTTP1Channel(responder: respond, configuration: Self.configuration(settings)))
  }

  private func accept<Child: ServerChildChannel>(_ channel: any Channel, _ child: Child) -> EventLoopFuture<Void> {
    let logger = logger
    return child.setup(channel: channel, logger: logger).map { value in
      let serve: @Sendable () async -> Void = { await child.handle(value: value, logger: logger) }
      if case .enqueued = self.queue.yield(serve) { return }
      // Nobody serves any more: it is closed, and its parts learn of that.
      channel.close(promise: nil)
      Task { await serve() }
    }
  }

  private static func configuration(_ settings: DNSServerSettings) -> HTTP1Channel.Configuration {
    let time = TimeAmount.seconds(settings.connectionIdleSeconds)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [RequestDeadline(time)],
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: headerLimit, maxHeaderListSize: headerLimit, maxHeaderFieldCount: headerCountLimit))
  }

  private var respond: HTTPChannelHandler.Responder {
    { [responder] request, writer, channel in
      let reply = await responder.respond(to: request, on: channel)
      try await writer.write(response: reply.head, body: reply.body)
    }
  }

  /// Serves connections until ``finish()``, and until those that were accepted have closed.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await connection in accepted { group.addTask { await connection() } }
    }
  }

  /// Accepts no more over a socket.
  func stop(_ socket: Descriptor) async {
    let server = state.withLock { state in
      let index = state.servers.firstIndex { $0.socket === socket }
      return index.map { state.servers.remove(at: $0).channel }
    }
    try? await server?.close()
  }

  /// Accepts no more.
  func stop() async {
    let servers = state.withLock { $0.servers }
    for server in servers { try? await server.channel.close() }
  }

  /// Lets `run` return. To be called when all connections have closed: each that was set up has to be served.
  func finish() { queue.finish() }
}
