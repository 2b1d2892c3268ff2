// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Foundation
import FuzzTargets
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

/// A running server is sent mutated questions. It answers each as it has to, and lives.
///
/// `CALLSIGN_MUTATIONS` says how many; `make test-mutations` sends a million.
@Suite("Mutated packets against a running server", .timeLimit(.minutes(30)))
struct MutatedPacketTests {
  static let count = ProcessInfo.processInfo.environment["CALLSIGN_MUTATIONS"].flatMap { Int($0) } ?? 20_000
  /// Of all packets, one in so many goes over TCP.
  static let streamShare = 10
  /// Datagrams that are on their way at one time: few enough for the socket's queue.
  static let batchSize = 64
  static let messagesPerConnection = 100
  static let seed: UInt64 = 20
  /// The id of the good question behind each batch. Its answer shows that the batch has been worked through.
  static let lastID: UInt16 = 0xFFFF

  @Test func datagrams() async throws {
    try await withServer { server in
      try await Self.sendDatagrams(to: server, count: Self.count - Self.count / Self.streamShare)
    }
  }

  @Test func streams() async throws {
    try await withServer { server in
      var mutator = Mutator(seed: Self.seed)
      for _ in 0..<max(Self.count / Self.streamShare / Self.messagesPerConnection, 1) {
        let requests = Self.requests(Self.messagesPerConnection, &mutator) + [Self.good]
        let replies = try await Self.conversation(server, requests.flatMap(Self.frame))
        try Self.check(requests, replies, overTCP: true)
      }
    }
  }

  @Test("Streams whose lengths are mutated too end, and what they were told are messages")
  func brokenStreams() async throws {
    try await withServer { server in
      var mutator = Mutator(seed: Self.seed + 1)
      for _ in 0..<max(Self.count / 400, 1) {
        let whole = Self.requests(20, &mutator).flatMap(Self.frame)
        let broken = mutator.mutated([whole])
        for reply in try await Self.conversation(server, broken) {
          #expect(try Message(parsing: reply).header.flags.contains(.response))
        }
      }
      let replies = try await Self.conversation(server, Self.frame(Self.good))
      try Self.check([Self.good], replies, overTCP: true)
    }
  }

  /// A question that has an answer.
  static let good: [UInt8] = {
    let name = Name(uncheckedWire: Array("\u{3}web\u{7}default\u{3}svc\u{7}cluster\u{5}local\u{0}".utf8))
    return Message(id: lastID, question: Question(name: name, type: .a), edns: nil).encoded
  }()

  /// Mutated questions with the ids 0, 1, 2…
  private static func requests(_ count: Int, _ mutator: inout Mutator) -> [[UInt8]] {
    (0..<count).map { id in
      var request = mutator.mutated(SeedMessages.requests, keeping: 2)
      request[0] = UInt8(id >> 8)
      request[1] = UInt8(id & 255)
      return request
    }
  }

  /// Every request has the reply that it has to have, and there is no other.
  private static func check(_ requests: [[UInt8]], _ replies: [[UInt8]], overTCP: Bool) throws {
    var byID: [UInt16: [UInt8]] = [:]
    for reply in replies {
      let id = try #require(reply.count >= 2 ? UInt16(reply[0]) << 8 | UInt16(reply[1]) : nil)
      #expect(byID.updateValue(reply, forKey: id) == nil, "two replies to \(id)")
    }
    for request in requests {
      let reply = byID.removeValue(forKey: UInt16(request[0]) << 8 | UInt16(request[1]))
      do { try ReplyCheck.check(request: request, reply: reply, overTCP: overTCP) } catch {
        Issue.record("\(error)\n\(HexText.text(request))")
        throw error
      }
    }
    #expect(byID.isEmpty, "replies to nothing")
  }

  private static func sendDatagrams(to server: Upstream, count: Int) async throws {
    typealias Datagram = AddressedEnvelope<ByteBuffer>
    let place = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8192))
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<Datagram, Datagram>(wrappingChannelSynchronously: channel)
        }
      }
    try await channel.executeThenClose { inbound, outbound in
      var mutator = Mutator(seed: seed)
      var answers = inbound.makeAsyncIterator()
      for start in stride(from: 0, to: count, by: batchSize) {
        let requests = requests(min(batchSize, count - start), &mutator) + [good]
        // An empty one among them: it has no answer, and stops nothing.
        for request in [[]] + requests {
          try await outbound.write(Datagram(remoteAddress: place, data: ByteBuffer(bytes: request)))
        }
        var replies: [[UInt8]] = []
        repeat {
          replies.append(Array(try #require(try await answers.next()).data.readableBytesView))
        } while replies.last?.prefix(2) != [0xFF, 0xFF]
        try check(requests, replies, overTCP: false)
      }
    }
  }

  private static func frame(_ message: [UInt8]) -> [UInt8] {
    [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
  }

  /// Sends octets and ends; gives the messages that come until the server ends too.
  private static func conversation(_ server: Upstream, _ octets: [UInt8]) async throws -> [[UInt8]] {
    let place = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(to: place) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: octets))
      outbound.finish()
      var received = ByteBuffer()
      for try await piece in inbound { received.writeImmutableBuffer(piece) }
      var messages: [[UInt8]] = []
      while let frame = received.readLengthPrefixedSlice(as: UInt16.self) {
        messages.append(Array(frame.readableBytesView))
      }
      #expect(received.readableBytes == 0, "the last reply is not whole")
      return messages
    }
  }

  /// Runs a server with one thread for UDP, which takes datagrams in their order.
  private func withServer(_ body: (Upstream) async throws -> Void) async throws {
    let address = HostAddress(ipv4: 0x7F00_0001)
    let sockets = try DNSSockets.open(address, port: 0)
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 60
    let logger = Logger(label: "test")
    let server = DNSServer(index: FuzzCluster.insecure, sockets: [sockets], settings: settings, logger: logger)
    let lifecycle = ServiceGroup(services: [server], logger: logger)
    async let running: Void = lifecycle.run()
    let result = await Swift.Result { try await body(Upstream(address, port: try #require(sockets.port))) }
    await lifecycle.triggerGracefulShutdown()
    try await running
    try result.get()
  }
}

extension Swift.Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
