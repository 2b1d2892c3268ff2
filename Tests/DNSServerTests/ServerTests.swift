// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import LinuxSystem
import Logging
import NIOCore
import NIOPosix
import Naming
import ServiceLifecycle
import Testing

@testable import DNSServer

@Suite("The server on real sockets", .timeLimit(.minutes(1)))
struct ServerTests {
  static func question(_ name: String, _ type: RecordType = .a) throws -> Question {
    Question(name: try Name(name), type: type)
  }

  @Test("UDP, TCP, and TCP where UDP was cut", arguments: ["127.0.0.1", "::1"])
  func transports(address: String) async throws {
    try await withServer(address: address) { server in
      let client = DNSClient()
      let small = try await client.query(try Self.question("mysql.default.svc.cluster.local"), at: server)
      #expect(Set(small.answers.map(\.dataText)) == ["10.244.0.7", "10.244.0.8", "10.244.0.9"])
      let stream = try await client.query(
        try Self.question("mysql.default.svc.cluster.local"), at: server, overTCP: true)
      #expect(stream.answers.count == 3)
      let big = try await client.query(try Self.question("big.default.svc.cluster.local"), at: server)
      #expect(big.answers.count == 300)
    }
  }

  @Test("On every local address the answer comes from the one that was asked")
  func anyAddress() async throws {
    let sockets = try DNSSockets.open(HostAddress("0.0.0.0")!, port: 0)
    let server = DNSServer(
      index: TestObjects.index(), sockets: [sockets], settings: DNSServerSettings(), logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    // The client's socket is connected: an answer from another address would not reach it.
    for address in ["127.0.0.1", "127.0.0.2", "127.1.2.3"] {
      let answer = try await DNSClient().query(
        try Self.question("web.default.svc.cluster.local"), at: Upstream(HostAddress(address)!, port: sockets.port!))
      #expect(answer.answers.map(\.dataText) == ["10.96.0.20"])
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
  }

  @Test("A change is answered at once")
  func change() async throws {
    let index = TestObjects.index()
    try await withServer(index) { server in
      for number in 1...20 {
        index.apply([.updated(TestObjects.slice("mysql", [("10.244.9.\(number)", "mysql-0")]))])
        let answer = try await DNSClient().query(
          try Self.question("mysql-0.mysql.default.svc.cluster.local"), at: server)
        #expect(answer.answers.map(\.dataText) == ["10.244.9.\(number)"])
      }
    }
  }

  @Test("Many clients at once")
  func many() async throws {
    try await withServer { server in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<200 {
          group.addTask {
            let name = "mysql-\(number % 3).mysql.default.svc.cluster.local"
            let answer = try await DNSClient().query(
              try Self.question(name), at: server, timeoutMilliseconds: 10_000, overTCP: number % 5 == 0)
            return answer.answers.count
          }
        }
        for try await count in group { #expect(count == 1) }
      }
    }
  }

  /// Sends octets over one connection and gives everything that comes back until the server closes it.
  static func conversation(
    _ server: Upstream, _ parts: [[UInt8]], closesOutput: Bool
  ) async throws -> [Message] {
    let address = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(to: address) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      for part in parts { try await outbound.write(ByteBuffer(bytes: part)) }
      if closesOutput { outbound.finish() }
      var received = ByteBuffer()
      for try await piece in inbound { received.writeImmutableBuffer(piece) }
      var messages: [Message] = []
      while let frame = received.readLengthPrefixedSlice(as: UInt16.self) {
        messages.append(try Message(parsing: Array(frame.readableBytesView)))
      }
      return messages
    }
  }

  static func frame(_ id: UInt16, _ name: String) throws -> [UInt8] {
    let octets = Message(id: id, question: try question(name)).encoded
    return [UInt8(octets.count >> 8), UInt8(octets.count & 255)] + octets
  }

  @Test("Pipelined questions on one connection, in pieces, half-closed (RFC 7766 §6.2.1, §8)")
  func pipelining() async throws {
    try await withServer { server in
      let stream = try (0..<20).flatMap { try Self.frame(UInt16($0), "big.default.svc.cluster.local") }
      let pieces = stride(from: 0, to: stream.count, by: 7).map { Array(stream[$0..<min($0 + 7, stream.count)]) }
      let answers = try await Self.conversation(server, pieces, closesOutput: true)
      #expect(answers.map(\.header.id) == (0..<20).map { UInt16($0) })
      #expect(answers.allSatisfy { $0.answers.count == 300 })
    }
  }

  @Test("A connection above the limit gets no answer")
  func tooManyConnections() async throws {
    var settings = DNSServerSettings()
    settings.maximumConnections = 0
    try await withServer(settings) { server in
      let answers = try? await Self.conversation(
        server, [try Self.frame(1, "web.default.svc.cluster.local")], closesOutput: false)
      #expect(answers ?? [] == [])  // Closed, with or without an error.
    }
  }

  @Test("A client that asks and asks, and takes no answers, is cut off")
  func slowReader() async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withServer(settings) { server in
      let address = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.autoRead, value: false).connect(to: address).get()
      let many = try (0..<200).flatMap { try Self.frame(UInt16($0), "big.default.svc.cluster.local") }
      // Ends when a write fails: the server has closed the connection.
      await #expect(throws: (any Error).self) {
        while true { try await channel.writeAndFlush(ByteBuffer(bytes: many)) }
      }
      try? await channel.close()
    }
  }

  @Test("An idle connection is closed")
  func idleConnection() async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withServer(settings) { server in
      let answered = try await Self.conversation(
        server, [try Self.frame(1, "web.default.svc.cluster.local")], closesOutput: false)
      #expect(answered.count == 1)  // Returned, so the server closed it.
    }
  }

  @Test("Without a question there is an end too: shutdown does not wait for an open connection")
  func shutdown() async throws {
    try await withServer { server in
      let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(server.port))
      _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address).get()
    }
  }

  @Test("A port in use is one clear line")
  func portInUse() throws {
    let address = HostAddress("127.0.0.1")!
    let first = try DNSSockets.open(address, port: 0)
    let port = try #require(first.port)
    let error = #expect(throws: DNSListenError.self) { try DNSSockets.open(address, port: port) }
    #expect(error?.cause.isBusy == true)
    #expect(error?.description.contains("127.0.0.1:\(port)") == true)
    // UDP alone is enough to be in the way, also for shared sockets.
    let onlyDatagrams = DNSSockets(datagrams: first.datagrams, streams: [])
    #expect(throws: DNSListenError.self) { try DNSSockets.open(address, port: onlyDatagrams.port!, workers: 2) }
  }

  @Test("Every address of both families on one port")
  func bothFamilies() throws {
    let sockets = try DNSSockets.open(HostAddress(ipv4: 0), port: 0)
    let port = try #require(sockets.port)
    let every = HostAddress(ipv6High: 0, low: 0)
    do {
      #expect(try DNSSockets.open(every, port: port).port == port)
      let stream = try DNSSockets.openStream(HostAddress(ipv4: 0), port: 0)
      _ = try DNSSockets.openStream(every, port: try #require(DNSSockets.port(of: stream)))
    } catch {
      // A machine without IPv6.
      #expect((error as? DNSListenError)?.isAddressMissing == true)
    }
  }

  @Test("Connections to every address are counted in one place")
  func countedTogether() throws {
    let metrics = ServerMetrics()
    let socket = try DNSSockets.openStream(HostAddress(ipv4: 0), port: 0)
    let port = try #require(DNSSockets.port(of: socket))
    metrics.listens(on: socket)
    for last in UInt32(1)...3 {
      let place = metrics.place(Upstream(HostAddress(ipv4: 0x7F00_0000 + last), port: port), transport: .https)
      #expect(place.server == "https://:\(port)")
    }
    let other = metrics.place(Upstream(HostAddress(ipv4: 0x7F00_0001), port: port ^ 1), transport: .https)
    #expect(other.server == "https://127.0.0.1:\(port ^ 1)")
  }

  private func withServer(
    _ settings: DNSServerSettings, _ body: (Upstream) async throws -> Void
  ) async throws {
    try await DNSServerTests.withServer(TestObjects.index(), settings, body)
  }

  private func withServer(
    _ index: NameIndex = TestObjects.index(), address: String = "127.0.0.1", _ body: (Upstream) async throws -> Void
  ) async throws {
    try await DNSServerTests.withServer(index, address: address, body)
  }
}
