// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSServer

@Suite("Answers as octets")
struct ForwardedAnswerTests {
  static func name(_ text: String) -> Name { try! Name(text) }

  static func record(_ owner: String, _ type: RecordType, _ data: [UInt8]) -> Record {
    Record(name: name(owner), type: type, ttl: 60, data: data)
  }

  @Test("Names are compressed against the question's and each other (RFC 1035 §4.1.4)")
  func compression() {
    var encoder = SectionEncoder(behind: Self.name("www.example.com"))
    _ = encoder.append(Self.record("WWW.example.com", .cname, Self.name("web.Example.com").wire))
    _ = encoder.append(Self.record("web.example.com", .a, [192, 0, 2, 1]))
    // Header 12, name 17, type and class 4: the first record stands at 33, its data at 45.
    #expect(encoder.octets == [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 6, 3, 0x77, 0x65, 0x62, 0xC0, 16]
      + [0xC0, 45, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])
    #expect(encoder.ttlOffsets == [6, 24])
  }

  @Test("Data of younger types is not compressed (RFC 3597 §4)")
  func uncompressed() {
    var encoder = SectionEncoder(behind: Self.name("a.example"))
    let data = [0, 0, 0, 0, 0, 80] + Self.name("a.example").wire
    _ = encoder.append(Self.record("a.example", .srv, data))
    #expect(Array(encoder.octets.suffix(data.count)) == data)
  }

  @Test("Whatever is encoded reads back the same")
  func roundTrip() throws {
    func randomName() -> Name {
      let labels = ["a", "B", "example", "EXAMPLE", "www", "x-1"]
      return Self.name((0..<Int.random(in: 1...6)).map { _ in labels.randomElement()! }.joined(separator: "."))
    }
    for _ in 0..<500 {
      let question = Question(name: randomName(), type: .any)
      let records = (0..<Int.random(in: 0...12)).map { _ -> Record in
        let numbers = [UInt8](repeating: 7, count: 20)
        let kinds: [(RecordType, [UInt8])] = [
          (.a, [1, 2, 3, 4]), (.cname, randomName().wire), (.ns, randomName().wire), (.ptr, randomName().wire),
          (.mx, [0, 5] + randomName().wire), (.soa, randomName().wire + randomName().wire + numbers),
          (.srv, [0, 0, 0, 0, 0, 1] + randomName().wire), (.txt, [3, 1, 2, 3]), (.dname, randomName().wire),
        ]
        let (type, data) = kinds.randomElement()!
        return Record(name: randomName(), type: type, ttl: .random(in: 0...1000), data: data)
      }
      let cut = Int.random(in: 0...records.count)
      let answer = ForwardedAnswer(
        .noError, to: question, answers: Array(records[..<cut]), authorities: Array(records[cut...]),
        limits: ForwardCacheSettings())
      // Names of one spelling or another are the same name; the first spelling in the message may stand for all.
      let (answers, authorities) = try #require(answer.records)
      #expect(answers.count == cut && authorities.count == records.count - cut)
      for (read, written) in zip(answers + authorities, records) {
        #expect(read.name == written.name && read.type == written.type && read.ttl == written.ttl)
        #expect(read.data.map(\.asciiLowercased) == written.data.map(\.asciiLowercased))
      }
    }
  }

  @Test("Data that is not what its type has stays out, and never ends the server", arguments: [
    (.cname, []), (.cname, [3, 0x77]), (.mx, [0]), (.soa, [0, 0]), (.srv, [0, 0]), (.dname, [63]),
  ] as [(RecordType, [UInt8])])
  func brokenData(type: RecordType, data: [UInt8]) throws {
    let question = Question(name: Self.name("a.example"), type: .a)
    let answer = ForwardedAnswer(
      .noError, to: question, answers: [Self.record("a.example", type, data)], limits: ForwardCacheSettings())
    #expect(answer.answerCount == 0 && answer.kind == .denial)
    let (answers, authorities) = try #require(answer.records)
    #expect(answers.isEmpty && authorities.isEmpty)
  }

  @Test("More than a message can hold is cut, and not remembered")
  func tooMuch() {
    let question = Question(name: Self.name("big.example"), type: .txt)
    let records = (0..<600).map { number in
      Self.record("big.example", .txt, [200] + [UInt8](repeating: UInt8(number & 255), count: 200))
    }
    let answer = ForwardedAnswer(.noError, to: question, answers: records, limits: ForwardCacheSettings())
    #expect(answer.isCut && answer.lifetime == 0)
    #expect(answer.answerCount == answer.records?.answers.count && answer.answerCount > 300)
  }
}

@Suite("What of an upstream's message answers the question (RFC 5452 §6)")
struct AnswerCheckTests {
  static func name(_ text: String) -> Name { try! Name(text) }

  static func message(_ answers: [(String, RecordType, String)], soa: String? = nil) -> Message {
    var message = Message(id: 1, question: Question(name: name("a.example"), type: .a))
    message.answers = answers.map { owner, type, data in
      let octets = type == .a ? HostAddress(data)!.octets : name(data).wire
      return Record(name: name(owner), type: type, ttl: 60, data: octets)
    }
    if let soa { message.authorities = [Record(name: name(soa), type: .soa, ttl: 60, data: [])] }
    return message
  }

  static func check(_ message: Message) -> [String]? {
    AnswerCheck(message, message.questions[0]).map { check in
      check.answers.map { "\($0.name) \($0.type)" } + check.authorities.map { "\($0.name) \($0.type)" }
    }
  }

  @Test("Only the chain from the question on is taken, in its order", arguments: [
    ([("a.example", .a, "1.1.1.1"), ("b.example", .a, "6.6.6.6")], ["a.example. A"]),
    ([("b.example", .a, "1.1.1.1"), ("a.example", .cname, "b.example"), ("c.example", .a, "6.6.6.6")],
      ["a.example. CNAME", "b.example. A"]),
    ([("a.example", .cname, "b.other"), ("b.other", .cname, "c.third"), ("c.third", .a, "1.1.1.1")],
      ["a.example. CNAME", "b.other. CNAME", "c.third. A"]),
    ([("example", .dname, "other"), ("a.example", .cname, "a.other"), ("a.other", .a, "1.1.1.1")],
      ["example. DNAME", "a.example. CNAME", "a.other. A"]),
    ([("a.example", .cname, "gone.example")], ["a.example. CNAME"]),
    ([], []),
  ] as [([(String, RecordType, String)], [String])])
  func chains(records: [(String, RecordType, String)], expected: [String]) {
    #expect(Self.check(Self.message(records)) == expected)
  }

  @Test("Records of which none answers are no answer, nor is a chain in a circle")
  func nonsense() {
    #expect(Self.check(Self.message([("b.example", .a, "6.6.6.6")])) == nil)
    #expect(Self.check(Self.message([("a.example", .ptr, "x.example")])) == nil)
    let circle = [("a.example", RecordType.cname, "b.example"), ("b.example", .cname, "a.example")]
    #expect(Self.check(Self.message(circle)) == nil)
    let long = (0..<40).map { ($0 == 0 ? "a.example" : "n\($0).example", RecordType.cname, "n\($0 + 1).example") }
    #expect(Self.check(Self.message(long)) == nil)
  }

  @Test("A \"no\" has the SOA of a zone that the name is in, and an answer has none")
  func authorities() {
    #expect(Self.check(Self.message([], soa: "example")) == ["example. SOA"])
    #expect(Self.check(Self.message([], soa: "other")) == [])
    #expect(Self.check(Self.message([("a.example", .a, "1.1.1.1")], soa: "example")) == ["a.example. A"])
    #expect(Self.check(Self.message([("a.example", .cname, "b.other")], soa: "other"))
      == ["a.example. CNAME", "other. SOA"])
  }
}
