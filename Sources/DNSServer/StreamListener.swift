// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Logging
import NIOCore
import NIOPosix
import Naming
import Synchronization

/// Serves TCP on bound sockets.
final class StreamListener: Sendable {
  private struct State {
    var servers: [any Channel] = []
    var connections: [ObjectIdentifier: any Channel] = [:]
    var isStopping = false
  }

  private let state = Mutex(State())
  private let index: NameIndex
  private let responder: Responder
  private let forwarder: Forwarder
  private let settings: DNSServerSettings
  private let group = MultiThreadedEventLoopGroup.singleton

  init(index: NameIndex, responder: Responder, forwarder: Forwarder, settings: DNSServerSettings) {
    self.index = index
    self.responder = responder
    self.forwarder = forwarder
    self.settings = settings
  }

  /// Begins to accept on `socket`, of which it uses a copy.
  func start(_ socket: Descriptor) async throws {
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 128)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard self.admit(channel) else { throw ChannelError.inappropriateOperationForState }
          try channel.pipeline.syncOperations.addHandler(
            StreamConnection(
              index: self.index, responder: self.responder, forwarder: self.forwarder, settings: self.settings))
        }
      }
      .withBoundSocket(socket.duplicated()).get()
    state.withLock { $0.servers.append(channel) }
  }

  /// Counts a connection, unless there are too many.
  private func admit(_ channel: any Channel) -> Bool {
    let isAdmitted = state.withLock { state in
      guard !state.isStopping, state.connections.count < settings.maximumConnections else { return false }
      state.connections[ObjectIdentifier(channel)] = channel
      return true
    }
    if isAdmitted {
      channel.closeFuture.whenComplete { _ in
        _ = self.state.withLock { $0.connections.removeValue(forKey: ObjectIdentifier(channel)) }
      }
    }
    return isAdmitted
  }

  /// Accepts no more, lets each connection give the answers that it owes, and returns when all are closed.
  func stop() async {
    let (servers, connections) = state.withLock { state in
      state.isStopping = true
      return (state.servers, Array(state.connections.values))
    }
    for server in servers { try? await server.close() }
    for connection in connections {
      connection.eventLoop.execute { connection.pipeline.fireUserInboundEventTriggered(StreamConnection.Quiesce()) }
    }
    for connection in connections { try? await connection.closeFuture.get() }
  }
}
