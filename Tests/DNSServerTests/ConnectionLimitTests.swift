// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import NIOCore
import NIOPosix
import Naming
import OrderedCollections
import Testing

@testable import DNSServer

@Suite("What one client gets of the server over TCP", .timeLimit(.minutes(1)))
struct ConnectionLimitTests {
  static func connect(_ server: Upstream, from source: String = "127.0.0.1") async throws -> any Channel {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(to: SocketAddress(ipAddress: source, port: 0))
      .connect(to: SocketAddress(ipAddress: server.address.description, port: Int(server.port))).get()
  }

  @Test("One client's connections are limited, and another client still gets in")
  func perClient() async throws {
    var settings = DNSServerSettings()
    settings.maximumConnectionsPerClient = 2
    try await withServer(TestObjects.index(), settings) { server in
      var open: [any Channel] = []
      let closed = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
      for _ in 0..<3 {
        let channel = try await Self.connect(server)
        // Which one is too many is not said: each is let in on an event loop of its own.
        channel.closeFuture.whenComplete { _ in closed.succeed() }
        open.append(channel)
      }
      try await closed.futureResult.get()
      open.removeAll { !$0.isActive }
      try #require(open.count == 2)
      let (first, second) = (open[0], open[1])
      let other = try await Self.connect(server, from: "127.0.0.2")
      let question = Question(name: try Name("web.default.svc.cluster.local"), type: .a)
      try await other.writeAndFlush(ByteBuffer(bytes: try ServerTests.frame(1, "web.default.svc.cluster.local")))
      #expect(other.isActive)
      // One that has closed makes room.
      try await first.close()
      var answers = 0
      while answers == 0 {
        answers = (try? await DNSClient().query(question, at: server, overTCP: true))?.answers.count ?? 0
      }
      try await second.close()
      try await other.close()
    }
  }

  @Test("Half a question that dribbles in is cut off after the idle time, octet or no octet")
  func dribble() async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withServer(TestObjects.index(), settings) { server in
      let channel = try await Self.connect(server)
      try await channel.writeAndFlush(ByteBuffer(bytes: [1, 0]))  // 256 octets are announced.
      let dribbling = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { _ in
        channel.writeAndFlush(ByteBuffer(bytes: [0]), promise: nil)
      }
      try await channel.closeFuture.get()
      dribbling.cancel()
    }
  }

  /// One Service of `count` endpoints.
  static func index(endpoints count: Int) -> NameIndex {
    let index = NameIndex(TestObjects.settings)
    index.apply(
      [
        .updated(KubeObject(["kind": "Namespace", "metadata": ["name": "default"]], of: .namespaces)),
        .updated(TestObjects.service("big", ["clusterIP": "None"])),
        .updated(TestObjects.slice("big", (0..<count).map { ("10.248.\($0 >> 8).\($0 & 255)", "b-\($0)") })),
        .synced,
      ])
    return index
  }

  @Test("64 KiB over TCP: 4,090 addresses fit, and one more is a truncation, not a broken record", arguments: [
    (4090, false), (4091, false), (4100, true),
  ])
  func largest(count: Int, isTruncated: Bool) async throws {
    try await withServer(Self.index(endpoints: count)) { server in
      let answers = try await ServerTests.conversation(
        server, [try ServerTests.frame(1, "big.default.svc.cluster.local")], closesOutput: true)
      let answer = try #require(answers.first)
      #expect(answer.header.flags.contains(.truncated) == isTruncated)
      #expect(answer.answers.count >= 4090)
      #expect(Set(answer.answers.map(\.data)).count == answer.answers.count)
    }
  }

  @Test("UDP: what is cut begins with another record each time, so that all of them are seen")
  func rotation() async throws {
    try await withServer(Self.index(endpoints: 200)) { server in
      var seen: Set<[UInt8]> = []
      var tries = 0
      while seen.count < 200, tries < 2000 {
        tries += 1
        let question = Question(name: try Name("big.default.svc.cluster.local"), type: .a)
        let message = try await Self.ask(server, Message(id: 1, question: question).encoded)
        #expect(message.header.flags.contains(.truncated))
        seen.formUnion(message.answers.map(\.data))
      }
      #expect(seen.count == 200)
    }
  }

  /// One question over UDP, without going on over TCP.
  static func ask(_ server: Upstream, _ octets: [UInt8]) async throws -> Message {
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>(
            wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(
        AddressedEnvelope(
          remoteAddress: SocketAddress(ipAddress: "127.0.0.1", port: Int(server.port)),
          data: ByteBuffer(bytes: octets)))
      for try await answer in inbound { return try Message(parsing: Array(answer.data.readableBytesView)) }
      throw ProgramError(text: "no answer")
    }
  }
}
