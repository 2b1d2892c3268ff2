// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

/// What became of a message, in a form that can be compared.
enum CheckResult: Equatable {
  case query(String, RecordType, EDNS?)
  case cookieRequest(EDNS)
  case refuse(ResponseCode, EDNS? = nil)
  case ignore

  init(_ message: [UInt8]) {
    switch Query.check(unsafe message.span.bytes) {
    case .ignore: self = .ignore
    case .cookieRequest(_, _, let edns): self = .cookieRequest(edns)
    case .refuse(_, _, let code, let edns): self = .refuse(code, edns)
    case .query(let query): self = .query(query.name.name.description, query.type, query.edns)
    }
  }
}

@Suite("Requests as a server checks them")
struct QueryTests {
  static let question: [UInt8] = [2] + Array("Db".utf8) + [0, 0, 1, 0, 1]
  static let opt: [UInt8] = [0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0]

  static let shortCookie: [UInt8] = opt.dropLast() + [11, 0, 10, 0, 7, 1, 2, 3, 4, 5, 6, 7]
  /// What `opt` says.
  static let firstOPT = EDNS(payloadSize: 1024)

  static func header(_ flags: UInt16 = 0x0100, _ counts: UInt8...) -> [UInt8] {
    [0, 9, UInt8(flags >> 8), UInt8(flags & 255)] + counts.flatMap { [0, $0] }
  }

  @Test("A plain question")
  func plain() {
    #expect(CheckResult(Self.header(0x0100, 1, 0, 0, 0) + Self.question) == .query("db.", .a, nil))
  }

  @Test("A payload size below 512 means 512 (RFC 6891 §6.2.3)")
  func edns() {
    let message = Self.header(0x0100, 1, 0, 0, 1) + Self.question
    #expect(CheckResult(message + Self.opt) == .query("db.", .a, EDNS(payloadSize: 1024)))
    #expect(CheckResult(message + [0, 0, 41, 0, 9, 0, 0, 0, 0, 0, 0]) == .query("db.", .a, EDNS(payloadSize: 512)))
  }

  @Test("Broken requests", arguments: [
    ("no header", [0, 9, 1], CheckResult.ignore),
    ("an answer (QR=1)", header(0x8100, 1, 0, 0, 0) + question, .ignore),
    ("no question", header(0x0100, 0, 0, 0, 0), .refuse(.formatError)),
    ("two questions", header(0x0100, 2, 0, 0, 0) + question + question, .refuse(.formatError)),
    ("opcode NOTIFY", header(0x2100, 1, 0, 0, 0) + question, .refuse(.notImplemented)),
    ("opcode UPDATE without a question", header(0x2900, 0, 0, 0, 0), .refuse(.notImplemented)),
    ("question cut", header(0x0100, 1, 0, 0, 0) + question.dropLast(), .refuse(.formatError)),
    ("compressed question", header(0x0100, 1, 0, 0, 0) + [0xC0, 4, 0, 1, 0, 1], .refuse(.formatError)),
    ("octets behind the question", header(0x0100, 1, 0, 0, 0) + question + [0], .refuse(.formatError)),
    ("record missing", header(0x0100, 1, 0, 0, 1) + question, .refuse(.formatError)),
    ("two OPT", header(0x0100, 1, 0, 0, 2) + question + opt + opt, .refuse(.formatError, firstOPT)),
    ("no question but OPT", header(0x0100, 0, 0, 0, 1) + opt, .refuse(.formatError, firstOPT)),
    ("two questions and OPT", header(0x0100, 2, 0, 0, 1) + question + question + opt, .refuse(.formatError, firstOPT)),
    ("opcode NOTIFY and OPT", header(0x2100, 1, 0, 0, 1) + question + opt, .refuse(.notImplemented, firstOPT)),
    ("octets behind OPT", header(0x0100, 1, 0, 0, 1) + question + opt + [0], .refuse(.formatError, firstOPT)),
    ("OPT cut", header(0x0100, 1, 0, 0, 1) + question + opt.dropLast(), .refuse(.formatError)),
    ("OPT not of the root", header(0x0100, 1, 0, 0, 1) + question + [1, 65] + opt, .refuse(.formatError)),
    ("COOKIE of 7 octets", header(0x0100, 1, 0, 0, 1) + question + shortCookie, .refuse(.formatError, firstOPT)),
    ("OPT among the answers", header(0x0100, 1, 1, 0, 0) + question + opt, .refuse(.formatError)),
    ("QTYPE OPT", header(0x0100, 1, 0, 0, 0) + question.dropLast(4) + [0, 41, 0, 1], .refuse(.formatError)),
  ] as [(String, [UInt8], CheckResult)])
  func broken(what: String, message: [UInt8], result: CheckResult) {
    #expect(CheckResult(message) == result, "\(what)")
  }
}
