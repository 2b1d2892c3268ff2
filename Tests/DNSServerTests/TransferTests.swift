// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Logging
import NIOCore
import NIOEmbedded
import Naming
import Observability
import OrderedCollections
import Synchronization
import Testing

@testable import DNSServer

@Suite("Zone transfers", .timeLimit(.minutes(1)))
struct TransferTests {
  static let everybody = [AddressRange("0.0.0.0/0")!, AddressRange("::/0")!]

  static func settings(_ peers: [AddressRange] = everybody) -> DNSServerSettings {
    var settings = DNSServerSettings()
    settings.transfer.allowedPeers = peers
    return settings
  }

  static let records = [
    "cluster.local. SOA", "cluster.local. NS", "ns.dns.cluster.local. A", "dns-version.cluster.local. TXT",
    "web.default.svc.cluster.local. A", "_http._tcp.web.default.svc.cluster.local. SRV",
    "mysql-1.mysql.default.svc.cluster.local. A", "_p._tcp.mysql.default.svc.cluster.local. SRV",
    "away.default.svc.cluster.local. CNAME",
  ]

  @Test("dig and kdig take the zone, over IPv4 and IPv6", arguments: ["dig", "kdig"], ["127.0.0.1", "::1"])
  func tools(program: String, address: String) async throws {
    try await withServer(TestObjects.index(), Self.settings(), address: address) { server in
      for type in ["AXFR", "IXFR=0"] {
        let text = try await output(
          of: program, ["@\(server.address)", "-p", "\(server.port)", "+tcp", "cluster.local", type])
        let found = text.split(separator: "\n").filter { !$0.hasPrefix(";") }.map { line in
          let fields = line.split(whereSeparator: \.isWhitespace)
          return "\(fields[0]) \(fields[3])"
        }
        for record in Self.records { #expect(found.contains(record), "\(record) in \(text)") }
        // 300 + 3 of headless Services twice, web, ns.dns.
        #expect(found.count { $0.hasSuffix(" A") } == 608)
        #expect(found.first?.hasSuffix(" SOA") == true && found.last?.hasSuffix(" SOA") == true)
      }
    }
  }

  @Test("Who is not allowed is refused, in every way (RFC 5936 §2.2.1)", arguments: [
    (["+tcp", "AXFR", "cluster.local"], "REFUSED", [AddressRange("10.0.0.0/8")!]),
    (["+tcp", "IXFR=1", "cluster.local"], "REFUSED", []),
    (["+notcp", "IXFR=1", "cluster.local"], "REFUSED", []),
    (["+notcp", "AXFR", "cluster.local"], "REFUSED", everybody),
    (["+tcp", "AXFR", "svc.cluster.local"], "NOTAUTH", everybody),
    (["+tcp", "AXFR", "example.com"], "NOTAUTH", everybody),
  ])
  func refused(words: [String], code: String, peers: [AddressRange]) async throws {
    try await withServer(TestObjects.index(), Self.settings(peers)) { server in
      if words[0] == "+tcp" {  // dig asks for AXFR over TCP whatever it is told.
        let text = try await output(of: "dig", ["@\(server.address)", "-p", "\(server.port)", "+retry=0"] + words)
        #expect(text.contains("Transfer failed") && !text.contains("\tSOA\t"), "\(text)")
      }
      let question = Question(
        name: try Name(words[2]), type: words[1].hasPrefix("IXFR") ? .ixfr : .axfr)
      let answer = try await DNSClient().query(question, at: server, overTCP: words[0] == "+tcp")
      #expect("\(answer.responseCode)" == code)
      #expect(answer.answers.isEmpty)
    }
  }

  /// Asks the responder; the answer's octets, or nil where it is a session.
  static func ixfr(
    serial: UInt32?, transport: Client.Transport, index: NameIndex = TestObjects.index()
  ) throws -> Message? {
    var buffer = MessageBuffer(capacity: 65_535)
    var request = Message(id: 1, question: Question(name: index.settings.zone, type: .ixfr), edns: nil).encoded
    if let serial {
      request[9] = 1
      request += index.settings.zone.wire + [0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0]
      for number in [serial, 1, 1, 1, 1] {
        request += (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
      }
    }
    buffer.append(request)
    let responder = Responder(settings(), forwards: false)
    let client = Client(transport: transport, address: HostAddress(ipv4: 0x7F00_0001), port: 1)
    switch responder.respond(to: &buffer, from: index.snapshot, client: client, random: 0) {
    case .reply: return try Message(parsing: buffer.octets)
    case .transfer: return nil
    default:
      Issue.record("neither an answer nor a transfer")
      return nil
    }
  }

  @Test("IXFR: the SOA alone to who is up to date, and over UDP (RFC 1995 §2, §4); else all of the zone")
  func incremental() throws {
    let serial = TestObjects.index().snapshot.serial
    for current in [serial, serial &+ 1, serial &+ 0x7FFF_FFFF] {
      let answer = try #require(try Self.ixfr(serial: current, transport: .tcp))
      #expect(answer.answers.map(\.type) == [.soa])
      #expect(answer.header.flags.contains(.authoritative))
    }
    for old in [serial &- 1, 0, serial &- 0x7FFF_FFFF, serial &+ 0x8000_0000] {
      #expect(try Self.ixfr(serial: old, transport: .tcp) == nil)
      #expect(try Self.ixfr(serial: old, transport: .udp)?.answers.map(\.type) == [.soa])
    }
    #expect(try Self.ixfr(serial: nil, transport: .tcp)?.responseCode == .formatError)
    let unsynced = NameIndex(TestObjects.settings)
    #expect(try Self.ixfr(serial: 0, transport: .tcp, index: unsynced)?.responseCode == .serverFailure)
  }

  @Test("At the limit of transfers the next gets SERVFAIL; an end makes room")
  func concurrency() throws {
    let counts = TransferCounts()
    var settings = Self.settings()
    settings.transfer.maximumConcurrent = 1
    let responder = Responder(settings, forwards: false, transferCounts: counts)
    let client = Client(transport: .tcp, address: HostAddress(ipv4: 0x7F00_0001), port: 1)
    let request = Message(
      id: 1, question: Question(name: TestObjects.settings.zone, type: .axfr), edns: nil).encoded
    do {
      var buffer = MessageBuffer(capacity: 65_535)
      buffer.append(request)
      let snapshot = TestObjects.index().snapshot
      let outcome = responder.respond(to: &buffer, from: snapshot, client: client, random: 0)
      guard case .transfer(var session) = outcome else {
        Issue.record("no transfer")
        return
      }
      #expect(counts.running == 1)
      let refused = try #require(ResponderTests.respond(request, by: responder, client, from: snapshot))
      #expect(try Message(parsing: refused).responseCode == .serverFailure)
      while session.next() != nil {}
    }
    #expect(counts.running == 0 && counts.begun.value == 1 && counts.refused.value == 1)
  }

  @Test("Limits outside their ranges are named")
  func problems() {
    var settings = TransferSettings()
    #expect(settings.problems() == [])
    settings.maximumConcurrent = 0
    settings.messageSize = 65_535
    #expect(settings.problems().count == 2)
    #expect(settings.problems().last == "transfer.messageSize: 65535 is not between 1024 and 16384")
  }

  private static func connection(
    _ index: NameIndex, _ settings: DNSServerSettings, _ responder: Responder? = nil
  ) throws -> EmbeddedChannel {
    let connection = StreamConnection(
      index: index,
      responder: LiveResponder(responder ?? Responder(settings, forwards: false)),
      forwarder: Forwarder(settings.forwarding, payloadSize: settings.payloadSize, logger: Logger(label: "test")),
      settings: settings)
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(connection)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 53)).wait()
    return channel
  }

  private static func frame(_ id: UInt16, _ name: String, _ type: RecordType) throws -> [UInt8] {
    let octets = Message(id: id, question: Question(name: try Name(name), type: type)).encoded
    return [UInt8(octets.count >> 8), UInt8(octets.count & 255)] + octets
  }

  private static func messages(_ channel: EmbeddedChannel) throws -> [Message] {
    var messages: [Message] = []
    while var frame = try channel.readOutbound(as: ByteBuffer.self) {
      while let message = frame.readLengthPrefixedSlice(as: UInt16.self) {
        messages.append(try Message(parsing: Array(message.readableBytesView)))
      }
    }
    return messages
  }

  @Test("A transfer waits for its client, comes from one state, and the next question waits for it")
  func backPressure() throws {
    let index = TestObjects.index()
    var settings = Self.settings([AddressRange("127.0.0.1")!])
    settings.transfer.messageSize = 1024
    let channel = try Self.connection(index, settings)
    let first = try Self.frame(1, "cluster.local", .axfr)
    let second = try Self.frame(2, "web.default.svc.cluster.local", .a)
    channel.isWritable = false
    try channel.writeInbound(ByteBuffer(bytes: first + second))
    #expect(try Self.messages(channel).isEmpty)
    channel.isWritable = true
    channel.pipeline.fireChannelWritabilityChanged()
    // A turn's worth; the rest comes in further turns.
    let begun = try Self.messages(channel)
    #expect(begun.count == 16 && begun.allSatisfy { $0.header.id == 1 })
    index.apply([.updated(TestObjects.slice("big", [("10.9.9.9", "new")]))])
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    #expect(channel.isActive)
    channel.embeddedEventLoop.run()
    let rest = try Self.messages(channel)
    #expect(rest.last?.header.id == 2)
    let records = (begun + rest.dropLast()).flatMap(\.answers)
    #expect(records.count { $0.type == .soa } == 2)
    #expect(Set(records.filter { $0.type == .soa }).count == 1)
    #expect(records.contains { $0.dataText == "10.245.1.43" } && !records.contains { $0.dataText == "10.9.9.9" })
    #expect(!channel.isActive)
  }

  @Test("A client that takes too long for the whole loses its transfer", arguments: [true, false])
  func deadline(isLate: Bool) throws {
    var settings = Self.settings([AddressRange("127.0.0.1")!])
    settings.transfer.messageSize = 1024
    settings.transfer.maximumSeconds = 20
    let nanoseconds = Atomic<UInt64>(1)
    var responder = Responder(settings, forwards: false)
    responder.clock.nanoseconds = { nanoseconds.load(ordering: .relaxed) }
    let channel = try Self.connection(TestObjects.index(), settings, responder)
    channel.isWritable = false
    try channel.writeInbound(ByteBuffer(bytes: try Self.frame(1, "cluster.local", .axfr)))
    func resume(at time: UInt64) throws -> Int {
      nanoseconds.store(time, ordering: .relaxed)
      channel.isWritable = true
      channel.pipeline.fireChannelWritabilityChanged()
      channel.isWritable = false
      return try Self.messages(channel).count
    }
    // It begins when the client can take its first message.
    #expect(try resume(at: 1) == 16)
    #expect((try resume(at: isLate ? 20_000_000_001 : 20_000_000_000) > 0) == !isLate)
    channel.embeddedEventLoop.run()
    #expect(channel.isActive == !isLate)
  }

  @Test("EDNS: an OPT in the first message (RFC 5936 §2.2.5)")
  func edns() throws {
    var settings = Self.settings([AddressRange("127.0.0.1")!])
    settings.transfer.messageSize = 2000
    let channel = try Self.connection(TestObjects.index(), settings)
    try channel.writeInbound(ByteBuffer(bytes: try Self.frame(1, "cluster.local", .axfr)))
    channel.embeddedEventLoop.run()
    let messages = try Self.messages(channel)
    #expect(messages.count > 5)
    #expect(messages.map { $0.edns != nil } == [true] + Array(repeating: false, count: messages.count - 1))
    _ = try channel.finish()
  }
}
