// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Synchronization

/// Carries octets between clients and a server on 127.0.0.1, until it is told to carry no more.
final class TestRelay: Sendable {
  private struct State {
    var isSilent = false
    var pairs: [(client: any Channel, server: any Channel)] = []
  }

  let port: Int
  private let listener: any Channel
  private let shared: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  init(to target: Int) async throws {
    let shared = Shared()
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { client in
        // The client is not read before its server is there.
        ClientBootstrap(group: client.eventLoop)
          .channelInitializer { server in
            server.eventLoop.makeCompletedFuture {
              try server.pipeline.syncOperations.addHandler(RelayHandler(client) { shared.state.withLock(\.isSilent) })
            }
          }
          .connect(host: "127.0.0.1", port: target).flatMapThrowing { server in
            try client.pipeline.syncOperations.addHandler(RelayHandler(server) { shared.state.withLock(\.isSilent) })
            shared.state.withLock { $0.pairs.append((client, server)) }
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = listener.localAddress?.port ?? 0
    self.shared = shared
  }

  /// From now on what comes is swallowed: neither side hears of the other, and no connection is closed.
  func fallSilent() { shared.state.withLock { $0.isSilent = true } }

  /// Connections that come from now on are carried; those that were silent stay so for what was swallowed.
  func speakAgain() { shared.state.withLock { $0.isSilent = false } }

  /// Ends all connections at once.
  func cut() {
    let pairs = shared.state.withLock { state in
      defer { state.pairs = [] }
      return state.pairs
    }
    for pair in pairs {
      pair.client.close(promise: nil)
      pair.server.close(promise: nil)
    }
  }

  func close() async {
    try? await listener.close()
    cut()
  }
}

private final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let other: any Channel
  private let isSilent: @Sendable () -> Bool

  init(_ other: any Channel, isSilent: @escaping @Sendable () -> Bool) {
    self.other = other
    self.isSilent = isSilent
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isSilent() { other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !isSilent() { other.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
