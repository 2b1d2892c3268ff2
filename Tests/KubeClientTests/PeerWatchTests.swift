// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import KubeClient

@Suite("A peer that falls silent", .timeLimit(.minutes(1))) struct PeerWatchTests {
  /// A channel whose time the test turns, with what watches its peer.
  private static func channel() throws -> (EmbeddedChannel, PeerActivity) {
    let channel = EmbeddedChannel()
    let activity = PeerActivity(channel.eventLoop.now)
    try channel.pipeline.syncOperations.addHandlers(
      ActivityHandler(activity), PeerWatch(activity, interval: .seconds(30), timeout: .seconds(15)))
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    return (channel, activity)
  }

  private static func isPing(_ frame: HTTP2Frame?) -> Bool {
    if case .ping(_, ack: false) = frame?.payload { frame?.streamID == .rootStream } else { false }
  }

  @Test("It is asked after the interval, and given up after the time for an answer") func silent() throws {
    let (channel, _) = try Self.channel()
    channel.embeddedEventLoop.advanceTime(by: .seconds(29))
    #expect(try channel.readOutbound(as: HTTP2Frame.self) == nil)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(Self.isPing(try channel.readOutbound()))
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
    #expect(throws: SilentPeer(time: .seconds(45))) { try channel.throwIfErrorCaught() }
  }

  @Test("What comes puts off the question") func busy() throws {
    let (channel, activity) = try Self.channel()
    for _ in 0..<10 {
      channel.embeddedEventLoop.advanceTime(by: .seconds(20))
      activity.last = channel.eventLoop.now
    }
    #expect(try channel.readOutbound(as: HTTP2Frame.self) == nil)
    channel.embeddedEventLoop.advanceTime(by: .seconds(30))
    #expect(Self.isPing(try channel.readOutbound()))
    _ = try? channel.finish()
  }

  @Test("Anything that comes is an answer, and the question is asked again later") func answers() throws {
    let (channel, activity) = try Self.channel()
    for _ in 0..<3 {
      channel.embeddedEventLoop.advanceTime(by: .seconds(30))
      #expect(Self.isPing(try channel.readOutbound()))
      channel.embeddedEventLoop.advanceTime(by: .seconds(10))
      activity.last = channel.eventLoop.now
      channel.embeddedEventLoop.advanceTime(by: .seconds(5))
      #expect(channel.isActive)
      channel.embeddedEventLoop.advanceTime(by: .seconds(25))
      #expect(Self.isPing(try channel.readOutbound()))
      activity.last = channel.eventLoop.now + .nanoseconds(1)
      channel.embeddedEventLoop.advanceTime(by: .seconds(15))
      #expect(channel.isActive)
      activity.last = channel.eventLoop.now
      channel.embeddedEventLoop.advanceTime(by: .seconds(14))
      #expect(try channel.readOutbound(as: HTTP2Frame.self) == nil)
      channel.embeddedEventLoop.advanceTime(by: .seconds(1))
      activity.last = channel.eventLoop.now
      while try channel.readOutbound(as: HTTP2Frame.self) != nil {}
    }
    _ = try? channel.finish()
  }

  @Test("A watch of a server that vanished ends, and the next request finds the server again")
  func vanished() async throws {
    let identity = try TestIdentity()
    try await withPeer(tls: identity.tls) { peer in
      let relay = try await TestRelay(to: peer.port)
      var transport = try TestTransport("https://127.0.0.1:\(relay.port)", trust: identity.authority.trust)
      transport.settings.pingInterval = .milliseconds(100)
      transport.settings.pingTimeout = .milliseconds(500)
      try await transport.run { transport in
        let (watch, response) = try await peer.begun("/watch", by: transport)
        watch.body("event".utf8)
        var body = try Pieces(response)
        let piece1 = try await body.next()
        #expect(piece1 != nil)
        // Nothing but pings and their answers: the connection lives.
        var pings = try await peer.pings(0).makeAsyncIterator()
        for _ in 0..<3 { #expect(await pings.next() != nil) }
        watch.body("event".utf8)
        let piece2 = try await body.next()
        #expect(piece2 != nil)
        relay.fallSilent()
        let start = ContinuousClock.now
        let error = await body.failure() as? APITransportError
        #expect(error?.cause.hasPrefix("the server has gone: nothing came") == true)
        // TLS does not wait for a farewell from a peer that is gone: that would be five seconds more.
        #expect(ContinuousClock.now - start < .seconds(5))
        relay.speakAgain()
        async let next = transport.get(APIRequest(path: "/list"))
        var requests = peer.requests.makeAsyncIterator()
        try #require(await requests.next()).answer(200, [], "back")
        #expect(try await next.text == "back")
      }
      await relay.close()
    }
  }
}
