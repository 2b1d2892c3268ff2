// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

@Suite("The short way for plain questions gives what the long way gives")
struct PlainAnswerTests {
  static let cluster = ForwardNameTests.cluster
  static let payloadSize = 1400

  /// The answer over the long way.
  static func long(_ message: [UInt8], limit: Int, random: UInt32) throws -> (octets: [UInt8], code: Resolution) {
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(message)
    switch Query.check(buffer) {
    case .query(let query):
      let limit = query.edns.map { min($0.payloadSize, payloadSize) - EDNS.bareLength } ?? limit
      var writer = AnswerWriter(buffer, questionEnd: query.questionEnd, limit: limit)
      let resolution = cluster.index.snapshot.answer(query.name, query.type, into: &writer, random: random)
      let flags = query.flags.repeatedInAnswer.union(.authoritative)
      let opt = query.edns.map { AnswerOPT(payloadSize: payloadSize, isDNSSECOK: $0.isDNSSECOK) }
      writer.writeHeader(id: query.id, flags: flags, responseCode: .noError, opt: opt, identity: [])
      return (writer.finish().octets, resolution)
    default:
      return ([], .notOurs)
    }
  }

  static func short(_ message: [UInt8], limit: Int, random: UInt32) -> [UInt8]? {
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(message)
    let isAnswered = cluster.index.snapshot.answerPlain(
      &buffer, limit: limit, payloadSize: payloadSize, isRecursionAvailable: false, random: random) != .none
    if !isAnswered { #expect(buffer.octets == message, "a message for the long way is as it was") }
    return isAnswered ? buffer.octets : nil
  }

  @Test("Names with addresses, whatever their case and order", arguments: [
    "web.default.svc.cluster.local", "dual.default.svc.cluster.local", "MySQL.Default.SVC.Cluster.LOCAL",
    "mysql-0.mysql.default.svc.cluster.local", "pod.shared.default.svc.cluster.local",
    "10-244-1-2.plain.default.svc.cluster.local", "fd00--1-0.plain.default.svc.cluster.local",
  ])
  func same(name: String) throws {
    var answered = 0
    for type in [RecordType.a, .aaaa, .srv, .any] {
      for random in [0, 1 << 30, 1 << 31, UInt32.max] {
        for flags in [Header.Flags.recursionDesired, [], [.checkingDisabled, .authenticData, .truncated]] {
          var message = Message(id: 77, question: Question(name: try Name(name), type: type), edns: nil)
          message.header.flags = flags
          for limit in [40, 90, 512] {
            let long = try Self.long(message.encoded, limit: limit, random: random)
            guard let short = Self.short(message.encoded, limit: limit, random: random) else { continue }
            #expect(short == long.octets && long.code == .answered(.noError))
            answered += 1
          }
        }
      }
    }
    #expect(answered > 0, "some of them go the short way")
  }

  @Test("An OPT record without options: its size counts, DO comes back", arguments: [0, 512, 600, 1232, 4096])
  func bareOPT(payloadSize: Int) throws {
    var answered = 0
    for name in ["web", "dual", "mysql", "mysql-0.mysql"] {
      for isDNSSECOK in [false, true] {
        let question = Question(name: try Name("\(name).default.svc.cluster.local"), type: .a)
        var message = Message(id: 77, question: question, edns: EDNS(payloadSize: payloadSize))
        message.edns?.isDNSSECOK = isDNSSECOK
        let long = try Self.long(message.encoded, limit: 512, random: 7)
        guard let short = Self.short(message.encoded, limit: 512, random: 7) else { continue }
        #expect(short == long.octets)
        let edns = try #require(try Message(parsing: short).edns)
        #expect(edns.payloadSize == Self.payloadSize && edns.isDNSSECOK == isDNSSECOK)
        answered += 1
      }
    }
    #expect(answered == 8)
  }

  @Test("The size in an OPT record is a limit, between 512 octets and our own", arguments: [
    (0, 512), (600, 600), (1232, 1232), (4096, payloadSize),
  ])
  func limits(payloadSize: Int, limit: Int) throws {
    // Header and question take 48 octets, the OPT record 11, each address 16.
    let most = (limit - 48 - 11) / 16
    for count in [most, most + 1] {
      let cluster = Cluster(Cluster.settings, synced: true, Cluster.service("size", ["clusterIP": "None"]))
      cluster.index.apply(facts: [.slice(namespace: "default", name: "a", SliceFacts(service: "size") { list in
        for number in 0..<count { list.append([HostAddress(ipv4: UInt32(number))], hostname: nil, isReady: true) }
      })])
      let question = Question(name: try Name("size.default.svc.cluster.local"), type: .a)
      var buffer = MessageBuffer(capacity: 4096)
      buffer.append(Message(id: 1, question: question, edns: EDNS(payloadSize: payloadSize)).encoded)
      let answer = cluster.index.snapshot.answerPlain(
        &buffer, limit: 512, payloadSize: Self.payloadSize, isRecursionAvailable: false, random: 0)
      #expect(answer == (count == most ? .ipv4 : .none))
    }
  }

  @Test("All else goes the long way", arguments: [
    "web.default.svc.cluster.loca", "x.web.default.svc.cluster.local", "none.default.svc.cluster.local",
    "away.default.svc.cluster.local", "orphan.default.svc.cluster.local", "default.svc.cluster.local", ".",
    "svc.cluster.local", "cluster.local", "a.b.c.d.e.f.g.h.i.j.default.svc.cluster.local",
  ])
  func others(name: String) throws {
    let message = Message(id: 1, question: Question(name: try Name(name), type: .a), edns: nil)
    #expect(Self.short(message.encoded, limit: 512, random: 0) == nil)
  }

  @Test("Any octets: what the short way answers, the long way does", arguments: 1...3 as ClosedRange<UInt64>)
  func mutated(seed: UInt64) throws {
    var generator = ModelTests.Generator(state: seed)
    let names = ["web.default.svc.cluster.local", "mysql-0.mysql.default.svc.cluster.local"]
    var answered = 0
    for _ in 0..<4000 {
      let name = try Name(names.randomElement(using: &generator)!)
      let edns = Bool.random(using: &generator) ? EDNS(payloadSize: 1232) : nil
      var message = Message(id: 9, question: Question(name: name, type: .a), edns: edns).encoded
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        message[Int.random(in: 0..<message.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if Int.random(in: 0..<8, using: &generator) == 0 { message.removeLast(Int.random(in: 1...9, using: &generator)) }
      guard let short = Self.short(message, limit: 512, random: 0) else { continue }
      #expect(try short == Self.long(message, limit: 512, random: 0).octets)
      answered += 1
    }
    #expect(answered > 500)
  }
}
