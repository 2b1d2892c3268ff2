// SPDX-License-Identifier: Apache-2.0
import ChannelHandlers
import HummingbirdCore
import LinuxSystem
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Accepts connections on one socket and hands them to a child channel of Hummingbird's.
///
/// Hummingbird's own server binds addresses itself; this one serves sockets that are open already.
struct Listener<Child: ServerChildChannel>: Service {
  let socket: ListeningSocket
  let child: Child
  let limits: APIServerLimits
  let eventLoopGroup: any EventLoopGroup
  let logger: Logger
  /// Called when connections are accepted.
  let onListening: @Sendable () -> Void

  /// Serves until graceful shutdown or cancellation. Connections get ``APIServerLimits/shutdownGrace`` to end.
  func run() async throws {
    let connections = Connections()
    let server = try await bind(connections)
    onListening()
    let grace = limits.shutdownGrace
    try await withGracefulShutdownHandler {
      try await serve(server)
    } onGracefulShutdown: {
      server.channel.close(promise: nil)
      connections.end(grace: grace)
    }
  }

  private func serve(_ server: NIOAsyncChannel<Child.Value, Never>) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running = 0
      try await server.executeThenClose { inbound in
        for try await connection in inbound {
          // At the limit the next connection waits, unaccepted, for one to end.
          if running == limits.connections {
            try await group.next()
            running -= 1
          }
          running += 1
          // A connection is served on the thread of its event loop: what it writes needs no other thread to be woken.
          group.addTask(executorPreference: EventLoopExecutor(connection.channel.eventLoop)) {
            await child.handle(value: connection, logger: logger)
          }
        }
      }
    }
  }

  private func bind(_ connections: Connections) async throws -> NIOAsyncChannel<Child.Value, Never> {
    let bootstrap = ServerBootstrap(group: eventLoopGroup)
      .serverChannelOption(.backlog, value: limits.backlog)
      .serverChannelInitializer { [logger] channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([AcceptBackoffHandler(), AcceptErrorHandler(logger: logger)])
        }
      }
      // The end of a TLS stream is an alert, not a half-closed connection: where one is half-closed, all is over, and
      // waiting for the alert would hold up shutdown.
      .childChannelOption(.allowRemoteHalfClosure, value: !socket.isTLS)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
    let setUp: @Sendable (any Channel) -> EventLoopFuture<Child.Value> = { [child, logger] channel in
      connections.add(channel)
      return child.setup(channel: channel, logger: logger)
    }
    // One connection at a time is taken from the kernel, so that the limit holds. The low mark is 1 and not 0, because
    // reading goes on when fewer than that wait.
    let strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(lowWatermark: 1, highWatermark: 1)
    switch socket {
    case .tls(let descriptor), .plain(let descriptor):
      return try await bootstrap.bind(
        descriptor, cleanupExistingSocketFile: false, serverBackPressureStrategy: strategy,
        childChannelInitializer: setUp)
    case .trusted(let path):
      try Files.makeDirectory(Files.parent(of: path), mode: 0o700)
      let channel = try await bootstrap.bind(
        unixDomainSocketPath: path, cleanupExistingSocketFile: true, serverBackPressureStrategy: strategy,
        childChannelInitializer: setUp)
      try Files.setMode(path, 0o600)
      return channel
    }
  }
}
