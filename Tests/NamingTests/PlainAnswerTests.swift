// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Testing

@Suite("The short way for plain questions gives what the long way gives")
struct PlainAnswerTests {
  static let cluster = ForwardNameTests.cluster

  /// The answer over the long way.
  static func long(_ message: [UInt8], limit: Int, random: UInt32) throws -> (octets: [UInt8], code: Resolution) {
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(message)
    switch Query.check(buffer) {
    case .query(let query):
      var writer = AnswerWriter(buffer, questionEnd: query.questionEnd, limit: limit)
      let resolution = cluster.index.snapshot.answer(query.name, query.type, into: &writer, random: random)
      let flags = query.flags.repeatedInAnswer.union(.authoritative)
      writer.writeHeader(id: query.id, flags: flags, responseCode: .noError, payloadSize: nil)
      return (writer.finish().octets, resolution)
    default:
      return ([], .notOurs)
    }
  }

  static func short(_ message: [UInt8], limit: Int, random: UInt32) -> [UInt8]? {
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(message)
    let isAnswered = cluster.index.snapshot.answerPlain(
      &buffer, limit: limit, isRecursionAvailable: false, random: random)
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
      var message = Message(id: 9, question: Question(name: name, type: .a), edns: nil).encoded
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
