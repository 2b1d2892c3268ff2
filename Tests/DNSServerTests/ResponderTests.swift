// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Testing

@testable import DNSServer

@Suite("One message in, one answer out")
struct ResponderTests {
  static let snapshot = TestObjects.index().snapshot
  static let mysql = "mySQL.default.svc.cluster.local"

  /// The answer's octets; nil where there is none, or where others are to be asked.
  static func respond(_ message: [UInt8], forwards: Bool = false, stream: Bool = false) -> [UInt8]? {
    respond(
      message, by: Responder(payloadSize: EDNS.defaultPayloadSize, forwards: forwards),
      Client(transport: stream ? .tcp : .udp, address: HostAddress(ipv4: 0x7F00_0001), port: 5353))
  }

  static func respond(
    _ message: [UInt8], by responder: Responder, _ client: Client, from snapshot: NameSnapshot = snapshot
  ) -> [UInt8]? {
    var buffer = MessageBuffer(capacity: 65_535)
    buffer.append(message)
    guard case .reply = responder.respond(to: &buffer, from: snapshot, client: client, random: 0) else { return nil }
    return buffer.octets
  }

  static func ask(
    _ name: String, _ type: RecordType = .a, edns: EDNS? = nil, forwards: Bool = false, stream: Bool = false,
    _ change: (inout Message) -> Void = { _ in }
  ) throws -> Message {
    var request = Message(id: 0xBEEF, question: Question(name: try Name(name), type: type), edns: edns)
    change(&request)
    return try Message(parsing: try #require(respond(request.encoded, forwards: forwards, stream: stream)))
  }

  @Test("The question comes back as it was, letter case and id too (RFC 1035 §7.3, RFC 4343 §4)")
  func echo() throws {
    let answer = try Self.ask(Self.mysql)
    #expect(answer.header.id == 0xBEEF)
    #expect(answer.questions.first?.name.description == "mySQL.default.svc.cluster.local.")
    #expect(answer.answers.allSatisfy { $0.name.description == "mySQL.default.svc.cluster.local." })
    #expect(answer.answers.count == 3)
  }

  @Test("Flags: QR and AA; RD copied; RA only with forwarding; AD never; CD copied (RFC 4035 §3.1.6, §3.2.2)")
  func flags() throws {
    #expect(try Self.ask(Self.mysql).header.flags == [.response, .authoritative, .recursionDesired])
    #expect(
      try Self.ask(Self.mysql, forwards: true).header.flags
        == [.response, .authoritative, .recursionDesired, .recursionAvailable])
    #expect(
      try Self.ask(Self.mysql) { $0.header.flags = [.checkingDisabled, .authenticData] }.header.flags
        == [.response, .authoritative, .checkingDisabled])
  }

  @Test("NXDOMAIN and NODATA carry the SOA, and AA", arguments: [
    ("x.default.svc.cluster.local", ResponseCode.nameError), ("default.svc.cluster.local", .noError),
  ])
  func negative(name: String, code: ResponseCode) throws {
    let answer = try Self.ask(name)
    #expect(answer.responseCode == code)
    #expect(answer.header.flags.contains(.authoritative))
    #expect(answer.authorities.map(\.type) == [.soa])
    #expect(answer.authorities.first?.ttl == 5)
  }

  @Test("Names of others are refused without forwarding, and forwarded with it")
  func others() throws {
    let answer = try Self.ask("example.com")
    #expect(answer.responseCode == .refused)
    #expect(!answer.header.flags.contains(.authoritative))
    #expect(answer.questions.count == 1)
    let request = Message(id: 1, question: Question(name: try Name("example.com"), type: .a))
    #expect(Self.respond(request.encoded, forwards: true) == nil)
  }

  @Test("Classes other than IN are refused, CHAOS and ANY too", arguments: [3, 4, 254, 255] as [UInt16])
  func classes(number: UInt16) throws {
    let answer = try Self.ask(Self.mysql, forwards: true) {
      $0.questions[0].recordClass = RecordClass(rawValue: number)
    }
    #expect(answer.responseCode == .refused)
  }

  @Test("An OPT is answered with an OPT, and only then (RFC 6891 §6.1.1, §7)")
  func edns() throws {
    #expect(try Self.ask(Self.mysql).edns == nil)
    let answer = try Self.ask(Self.mysql, edns: EDNS(payloadSize: 4096))
    #expect(answer.edns?.payloadSize == 1232)
    #expect(answer.edns?.version == 0)
    #expect(try Self.ask("x.default.svc.cluster.local", edns: EDNS(payloadSize: 512)).edns != nil)
  }

  @Test("Another EDNS version: BADVERS with version 0 (RFC 6891 §6.1.3)")
  func badVersion() throws {
    var request = Message(id: 1, question: Question(name: try Name(Self.mysql), type: .a)).encoded
    request[request.count - 5] = 1
    let answer = try Message(parsing: try #require(Self.respond(request)))
    #expect(answer.responseCode == .badVersion)
    #expect(answer.edns?.version == 0)
    #expect(answer.answers.isEmpty)
  }

  @Test("UDP: 512 octets without EDNS; with it what the client takes, up to 1232 (RFC 6891 §6.2.5)", arguments: [
    (nil, 512), (200, 512), (900, 900), (4096, 1232),
  ] as [(Int?, Int)])
  func sizes(payload: Int?, limit: Int) throws {
    let question = Question(name: try Name("big.default.svc.cluster.local"), type: .a)
    let request = Message(id: 1, question: question, edns: payload.map { EDNS(payloadSize: $0) })
    let octets = try #require(Self.respond(request.encoded))
    let answer = try Message(parsing: octets)
    #expect(answer.header.flags.contains(.truncated))
    #expect(octets.count <= limit && octets.count > limit - 16)
    #expect((answer.edns != nil) == (payload != nil))
  }

  @Test func streamTakesAll() throws {
    let answer = try Self.ask("big.default.svc.cluster.local", stream: true)
    #expect(answer.answers.count == 300)
    #expect(!answer.header.flags.contains(.truncated))
  }

  @Test("What is no proper request", arguments: [
    ([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0x81, 1]),  // no question: FORMERR
    ([0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1], [0, 1, 0x81, 1]),
    ([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1], [0, 1, 0x81, 1]),  // pointer to itself
    ([0, 1, 0x10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], [0, 1, 0x90, 4]),  // STATUS: NOTIMP
    ([0, 1, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1], [0, 1, 0xA8, 4]),  // UPDATE: NOTIMP
  ] as [([UInt8], [UInt8])])
  func improper(message: [UInt8], start: [UInt8]) {
    #expect(Self.respond(message) == start + [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("What is no proper request, but has an OPT record, gets one (RFC 6891 §6.1.1)", arguments: [
    (0, 2, []), (0, 1, [0]), (0, 1, [0, 10, 0, 7, 1, 2, 3, 4, 5, 6, 7]), (4, 1, []),
  ] as [(UInt8, Int, [UInt8])])
  func improperWithOPT(opcode: UInt8, records: Int, rest: [UInt8]) throws {
    let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0]
    var request: [UInt8] = [0, 1, opcode << 3, 0, 0, 1, 0, 0, 0, 0, 0, UInt8(records), 0, 0, 1, 0, 1]
    for _ in 0..<records { request += opt }
    if rest.count > 1 { request[request.count - 1] = UInt8(rest.count) }
    let code: UInt8 = opcode == 0 ? 1 : 4
    // With DO as it came (RFC 3225 §3).
    #expect(Self.respond(request + rest) == [0, 1, 0x80 | opcode << 3, code, 0, 0, 0, 0, 0, 0, 0, 1] + opt)
  }

  @Test("Answers and fragments get no answer", arguments: [
    [0, 1, 0x81, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1], [],
  ] as [[UInt8]])
  func ignored(message: [UInt8]) {
    #expect(Self.respond(message) == nil)
  }

  @Test("Mutated requests: every reply is a message and keeps the id", arguments: [1, 2, 3] as [UInt64])
  func mutated(seed: UInt64) async throws {
    var random = seed
    func next(_ limit: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % limit
    }
    let names = [
      "_p._tcp.big.default.svc.cluster.local", "7.0.244.10.in-addr.arpa", "a.b", "mysql.default.svc.cluster.local",
    ]
    for round in 0..<20_000 {
      if round % 50 == 0 { await Task.yield() }  // Servers of other tests wait for a thread.
      let type = RecordType(rawValue: UInt16(next(260)))
      var request = Message(id: 7, question: Question(name: try Name(names[next(names.count)]), type: type)).encoded
      for _ in 0..<(1 + next(3)) { request[2 + next(request.count - 2)] = UInt8(next(256)) }
      if next(4) == 0 { request.removeLast(next(request.count)) }
      guard let reply = Self.respond(request) else { continue }
      let message = try Message(parsing: reply)
      #expect(message.header.id == 7 && message.header.flags.contains(.response))
      #expect(reply.count <= EDNS.defaultPayloadSize)
    }
  }
}
