// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL
import OrderedCollections
import Testing

@testable import APIServer
@testable import KubeStore

@Suite struct HTTP2Tests {
  private static let path = "/api/v1/namespaces/default/configmaps"

  private static func create(_ name: String, in server: TestServer, octets: Int = 1) async throws {
    _ = try await server.store.create(
      [
        "metadata": ["name": .string(name), "namespace": "default"],
        "data": ["k": .string(String(repeating: "x", count: octets))],
      ], in: .configMaps)
  }

  /// More watches than HTTP/2's usual 100 streams, all under way on one connection, each told the same change.
  @Test func manyWatchesOnOneConnection() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      try await SecureClient.run(server) { client in
        let watches = 120
        let (begun, beginning) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<watches {
            group.addTask {
              let (_, text) = try await client.get(Self.path + "?watch=1", into: "") { text, piece in
                if text.isEmpty { beginning.yield() }
                text += String(buffer: piece)
                return !text.contains("\"name\":\"b\"")
              }
              #expect(text.split(separator: "\n").count == 2, "\(text)")
            }
          }
          var count = 0
          for await _ in begun {
            count += 1
            if count == watches { break }
          }
          try await Self.create("b", in: server)
          try await group.waitForAll()
        }
      }
    }
  }

  @Test(arguments: ["application/json", "application/vnd.kubernetes.protobuf"])
  func largeLists(accept: String) async throws {
    try await TestServer.run { server in
      for index in 0..<200 { try await Self.create("m-\(index)", in: server, octets: 20_000) }
      try await SecureClient.run(server) { client in
        let (status, overHTTP2) = try await client.get(Self.path, accept: accept)
        let overUnixSocket = try await server.client.get(Self.path, accept: accept)
        #expect(status == 200)
        let isSame = overHTTP2 == overUnixSocket.body
        #expect(isSame && overHTTP2.count > 200 * 20_000)
      }
    }
  }

  @Test func olderClientsSpeakHTTP1() async throws {
    try await TestServer.run { server in
      try await SecureClient.run(server, .http1) { client in
        let (status, _) = try await client.get("/api/v1/namespaces/default")
        #expect(status == 200)
      }
    }
  }

  /// Shutdown ends a watch with the end of its answer, not with a broken connection.
  @Test func shutdownEndsWatches() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      try await SecureClient.run(server) { client in
        let (_, pieces) = try await client.get(Self.path + "?watch=1", into: 0) { pieces, _ in
          pieces += 1
          await server.shutdown()
          return true
        }
        #expect(pieces == 1)
      }
    }
  }

  /// A client that gives up a watch, and keeps its connection, takes the watch out of the store.
  @Test func aStreamThatIsResetIsForgotten() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      try await SecureClient.run(server) { client in
        for _ in 0..<20 { _ = try await client.get(Self.path + "?watch=1", into: ()) { _, _ in false } }
        let deadline = ContinuousClock.now + .seconds(10)
        while server.watchers > 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(server.watchers == 0)
        let (status, _) = try await client.get("/livez")
        #expect(status == 200)
      }
    }
  }

  /// Clients choose how often they ask whether the server is there.
  @Test func everyPingIsAnswered() async throws {
    try await TestServer.run { server in
      let pings = 50
      let context = try SecureClient.context(server, protocols: ["h2"])
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let answered = loop.makePromise(of: Void.self)
      let channel = try await ClientBootstrap(group: loop).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            try NIOSSLClientHandler(context: context, serverHostname: nil), NIOHTTP2Handler(mode: .client),
            Pinger(count: pings, answered: answered),
          ])
        }
      }.connect(host: "127.0.0.1", port: server.port).get()
      try await answered.futureResult.get()
      try await channel.close()
    }
  }

  @Test func aHandshakeThatDoesNotComeIsGivenUp() async throws {
    var limits = APIServerLimits()
    limits.handshakeTimeout = .milliseconds(200)
    try await TestServer.run(limits: limits) { server in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: server.port).get()
      try await channel.closeFuture.get()
    }
  }

  /// Without TLS, strangers are refused as with it.
  @Test func withoutTLS() async throws {
    try await TestServer.run { server in
      try await SecureClient.run(server, .plain) { client in
        let (status, _) = try await client.get("/api/v1/pods")
        let (refusal, _) = try await client.get("/api/v1/pods", token: "guess")
        #expect(status == 200 && refusal == 401)
      }
    }
  }
}

/// Sends pings one after the other without a pause.
private final class Pinger: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private struct ToldToGo: Error {}

  private let answered: EventLoopPromise<Void>
  private var left: Int

  init(count: Int, answered: EventLoopPromise<Void>) {
    left = count
    self.answered = answered
  }

  func channelActive(context: ChannelHandlerContext) {
    ping(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data).payload {
    case .ping(_, ack: true):
      left -= 1
      if left == 0 { answered.succeed() } else { ping(context) }
    case .goAway: answered.fail(ToldToGo())
    default: break
    }
  }

  func channelInactive(context: ChannelHandlerContext) { answered.fail(ChannelError.eof) }

  private func ping(_ context: ChannelHandlerContext) {
    let data = HTTP2PingData(withInteger: UInt64(left))
    let frame = HTTP2Frame(streamID: .rootStream, payload: .ping(data, ack: false))
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }
}
