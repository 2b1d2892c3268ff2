// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NIOCore
import NIOPosix
import NIOSSL
import Naming
import Synchronization

/// Serves DNS over TCP and over TLS on bound sockets.
final class StreamListener: Sendable {
  /// The protocol that a client of DNS over TLS may ask for by ALPN (RFC 7858 §8.1 leaves it to do so).
  static let protocolName = "dot"

  private struct State {
    /// What accepts connections, and the socket that it was given.
    var servers: [(socket: Descriptor, channel: any Channel)] = []
    var settings: DNSServerSettings
    var tls: NIOSSLContext?
  }

  private let state: Mutex<State>
  private let index: NameIndex
  private let responder: LiveResponder
  private let forwarder: Forwarder
  private let connections: ConnectionTable
  private let metrics: ServerMetrics
  private let group = MultiThreadedEventLoopGroup.singleton

  init(
    index: NameIndex, responder: LiveResponder, forwarder: Forwarder, connections: ConnectionTable,
    settings: DNSServerSettings, metrics: ServerMetrics
  ) {
    self.metrics = metrics
    self.index = index
    self.responder = responder
    self.forwarder = forwarder
    self.connections = connections
    state = Mutex(State(settings: settings))
  }

  /// Settings and certificate of connections to come.
  func update(_ settings: DNSServerSettings, tls: NIOSSLContext?) {
    state.withLock {
      $0.settings = settings
      $0.tls = tls
    }
  }

  /// Begins to accept on `socket`, of which it uses a copy.
  /// - Parameter transport: TCP or TLS.
  func start(_ socket: Descriptor, _ transport: Client.Transport) async throws {
    if state.withLock({ $0.servers.contains { $0.socket === socket } }) { return }
    let counters = metrics.counters(for: socket, transport)
    let channel = try await ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        // The channel has made the queue of the bound socket short.
        channel.eventLoop.makeCompletedFuture { try InternetSocket.listen(socket) }
      }
      .childChannelOption(.autoRead, value: false)
      // The end of a TLS stream is an alert, not a half-closed connection.
      .childChannelOption(.allowRemoteHalfClosure, value: transport == .tcp)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.initialize(channel, transport, counters) }
      }
      .withBoundSocket(socket.duplicated()).get()
    state.withLock { $0.servers.append((socket, channel)) }
  }

  private func initialize(
    _ channel: any Channel, _ transport: Client.Transport, _ counters: QuestionCounters
  ) throws {
    let (settings, tls) = state.withLock { ($0.settings, $0.tls) }
    guard connections.admit(channel) else { throw ChannelError.inappropriateOperationForState }
    if transport == .tls {
      guard let tls else { throw ChannelError.inappropriateOperationForState }
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
    }
    try channel.pipeline.syncOperations.addHandler(
      StreamConnection(
        index: index, responder: responder, forwarder: forwarder, settings: settings, transport: transport,
        counters: counters))
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
}
