// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Messages (RFC 1035 §4, RFC 6891)")
struct MessageTests {
  /// A response to `WWW.example. A` whose answer is compressed as servers do it.
  static let compressed: [UInt8] =
    [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 2, 0, 1, 0, 1]
    + [3] + Array("WWW".utf8) + [7] + Array("example".utf8) + [0, 0, 1, 0, 1]
    + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 0x61, 0xC0, 16]  // www CNAME a.example
    + [0xC0, 41, 0, 1, 0, 1, 0, 0, 0, 61, 0, 4, 192, 0, 2, 1]  // a.example A
    + [0xC0, 16, 0, 2, 0, 1, 0x80, 0, 0, 0, 0, 2, 0xC0, 41]  // example NS a.example, TTL over 2³¹
    + [0, 0, 41, 0x10, 0, 1, 0, 0, 0, 0, 0]  // OPT, 4096 octets, extended code 1

  @Test("Compressed names are followed (RFC 1035 §4.1.4)")
  func parse() throws {
    let message = try Message(parsing: Self.compressed)
    #expect(message.header.id == 0x1234)
    #expect(message.questions == [Question(name: try Name("www.example"), type: .a)])
    #expect(
      message.answers.map(\.description)
        == ["WWW.example. 60 IN CNAME a.example.", "a.example. 61 IN A 192.0.2.1"])
    #expect(message.authorities.map(\.description) == ["example. 0 IN NS a.example."])  // RFC 2181 §8
    #expect(message.additionals.isEmpty)
    #expect(message.edns?.payloadSize == 4096)
    #expect(message.responseCode == .badVersion)
  }

  @Test("No prefix of a message is a message")
  func truncation() {
    for length in 0..<Self.compressed.count {
      #expect(throws: WireError.self) { try Message(parsing: Array(Self.compressed.prefix(length))) }
    }
    #expect(throws: WireError.trailingBytes) { try Message(parsing: Self.compressed + [0]) }
  }

  @Test("A name has as many pointers as it can have labels, and no more", arguments: [127, 128])
  func pointerChain(count: Int) throws {
    // A question for the root, then records whose owners point to the owner before; the last stands for all.
    var message: [UInt8] = [0, 1, 0x80, 0, 0, 1, 0, UInt8(count), 0, 0, 0, 0, 0, 0, 1, 0, 1]
    var target = 12
    for _ in 0..<count {
      let owner = message.count
      message += [0xC0 | UInt8(target >> 8), UInt8(target & 255), 0, 10, 0, 1, 0, 0, 0, 0, 0, 0]
      target = owner
    }
    if count == 127 {
      #expect(try Message(parsing: message).answers.allSatisfy { $0.name == .root })
    } else {
      #expect(throws: WireError.badPointer) { try Message(parsing: message) }
    }
  }

  @Test("Pointers go back, each further than the last", arguments: [
    [0xC0, 12], [0xC0, 14], [0xC0, 0xFF], [1, 0x61, 0xC0, 12], [1, 0x61, 0xC0, 14],
  ] as [[UInt8]])
  func pointerLoops(name: [UInt8]) {
    let message = [0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0, 1]
    #expect(throws: WireError.badPointer) { try Message(parsing: message) }
  }

  @Test("Label types 01 and 10 are reserved (RFC 6891 §5)", arguments: [0x40, 0x80] as [UInt8])
  func reservedLabels(type: UInt8) {
    let message: [UInt8] = [0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, type | 1, 0x61, 0, 0, 1, 0, 1]
    #expect(throws: WireError.reservedLabelType) { try Message(parsing: message) }
  }

  @Test("Names in data are written out, also of types that are only passed on (RFC 3597 §4)", arguments: [
    (3, 0, 1), (4, 0, 1), (7, 0, 1), (8, 0, 1), (9, 0, 1), (14, 0, 2), (17, 0, 2), (18, 2, 1), (21, 2, 1), (26, 2, 2),
  ] as [(UInt16, Int, Int)]) func passedTypes(type: UInt16, lead: Int, names: Int) throws {
    let question = Message(id: 1, question: Question(name: try Name("a.example"), type: RecordType(rawValue: type)))
    var octets = Message(id: 1, question: question.questions[0], edns: nil).encoded
    octets[7] = 1
    octets += [0xC0, 12, 0, UInt8(type), 0, 1, 0, 0, 0, 9, 0, UInt8(lead + 2 * names)]
    octets += [UInt8](repeating: 7, count: lead)
    for _ in 0..<names { octets += [0xC0, 14] }
    let record = try #require(try Message(parsing: octets).answers.first)
    let written = Array(repeating: try Name("example").wire, count: names).flatMap { $0 }
    #expect(record.data == [UInt8](repeating: 7, count: lead) + written && record.isWellFormed)
  }

  @Test("A name that compression makes longer than 255 octets is refused")
  func expansion() {
    let label = [63] + [UInt8](repeating: 0x61, count: 63)
    let message =
      [0, 1, 0x80, 0, 0, 2, 0, 0, 0, 0, 0, 0] + label + label + label + [0, 0, 1, 0, 1] + label + [0xC0, 12, 0, 1, 0, 1]
    #expect(throws: WireError.nameTooLong) { try Message(parsing: message) }
  }

  @Test("Two OPT records are one too many (RFC 6891 §6.1.1)")
  func twoOptions() {
    var message = Self.compressed
    message[11] = 2
    message += [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]
    #expect(throws: WireError.badOption) { try Message(parsing: message) }
  }

  @Test("Data that is longer or shorter than its names is refused")
  func badData() {
    var message = Self.compressed
    message[40] = 5  // The CNAME's length covers one octet of the next record.
    #expect(throws: WireError.self) { try Message(parsing: message) }
  }

  @Test("A request is read back as it was")
  func request() throws {
    let request = Message(id: 7, question: Question(name: try Name("db.default.svc.cluster.local"), type: .srv))
    var read = try Message(parsing: request.encoded)
    #expect(read.header.questionCount == 1 && read.header.additionalCount == 1)
    read.header = request.header
    #expect(read == request)
  }

  @Test("Presentation of data", arguments: [
    (RecordType.aaaa, [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
    (.srv, [0, 0, 0, 100, 0x0C, 0xEA, 1, 0x61, 0], "0 100 3306 a."),
    (.mx, [0, 10, 1, 0x6D, 0], "10 m."),
    (.txt, [5] + Array("1.1.0".utf8) + [3, 0x22, 0x20, 0x07], "\"1.1.0\" \"\\\" \\007\""),
    (.soa, [1, 0x6D, 0, 1, 0x72, 0] + [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5], "m. r. 1 2 3 4 5"),
    (.a, [1, 2, 3], "\\# 3 010203"),
    (RecordType(rawValue: 65280), [], "\\# 0"),
  ] as [(RecordType, [UInt8], String)])
  func presentation(type: RecordType, data: [UInt8], text: String) {
    #expect(Record(name: .root, type: type, ttl: 0, data: data).dataText == text)
  }

  @Test(arguments: ["A", "AAAA", "SRV", "PTR", "TXT", "TYPE65280"])
  func mnemonics(text: String) {
    #expect(RecordType(mnemonic: text.lowercased())?.description == text)
  }
}
