// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSServer

@Suite("DNS cookies (RFC 7873, RFC 9018)", .timeLimit(.minutes(1)))
struct CookieTests {
  static func octets(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// Reads a cookie as it stands in an option.
  static func cookie(_ hex: String) throws -> Cookie {
    var message = Message(id: 1, question: Question(name: .root, type: .a))
    message.options = [EDNSOption(.cookie, octets(hex))]
    guard case .query(let query) = Query.check(unsafe message.encoded.span.bytes) else { throw WireError.badOption }
    let edns = query.edns
    return try #require(edns).options.cookie
  }

  static func keeper(_ secret: String, previous: String? = nil, isRequired: Bool = false) -> CookieKeeper {
    var settings = CookieSettings()
    settings.secret = CookieSecret(hex: secret)
    settings.previousSecret = previous.flatMap { CookieSecret(hex: $0) }
    settings.isRequired = isRequired
    return CookieKeeper(settings)!
  }

  /// SipHash-2-4 of the octets 0, 1, 2, …, under the key 0, 1, … 15: from the table that its authors published.
  @Test("SipHash-2-4", arguments: [(8, 0x93F5_F579_9A93_2462), (15, 0xA129_CA61_49BE_45E5), (0, 0x726F_DB47_DD0E_0E31)])
  func sipHash(length: Int, expected: UInt64) {
    func word(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(start + $1) }
    }
    var hash = SipHash(key: SipHashKey(first: word(0, 8), second: word(8, 8)))
    for start in stride(from: 0, to: length - length % 8, by: 8) { hash.append(word(start, 8)) }
    #expect(hash.finish(word(length - length % 8, length % 8), length: length) == expected)
  }

  struct Example: Sendable {
    var secret: String
    var previous: String?
    var address: String
    var request: String
    var time: UInt32
    var isValid: Bool
    var answer: String
  }

  /// RFC 9018, appendix A. In A.3 the request's cookie is two hours old: beyond the lifetime kept here.
  static let examples = [
    Example(
      secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", address: "198.51.100.100", request: "2464c4abcf10c957",
      time: 1_559_731_985, isValid: false, answer: "2464c4abcf10c957010000005cf79f111f8130c3eee29480"),
    Example(
      secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", address: "198.51.100.100",
      request: "2464c4abcf10c957010000005cf79f111f8130c3eee29480", time: 1_559_734_385, isValid: true,
      answer: "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"),
    Example(
      secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", address: "203.0.113.203",
      request: "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", time: 1_559_734_700, isValid: false,
      answer: "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"),
    // The same, early enough: reserved octets that are not zero do not matter (RFC 9018 §4.2).
    Example(
      secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", address: "203.0.113.203",
      request: "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", time: 0x5CF7_8F71, isValid: true,
      answer: "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"),
    Example(
      secret: "445536bcd2513298075a5d379663c962", previous: "dd3bdf9344b678b185a6f5cb60fca715",
      address: "2001:db8:220:1:59de:d0f4:8769:82b8",
      request: "22681ab97d52c298010000005cf7c57926556bd0934c72f8", time: 1_559_741_961, isValid: true,
      answer: "22681ab97d52c298010000005cf7c609a6bb79d16625507a"),
  ]

  @Test("The examples of RFC 9018", arguments: examples)
  func vectors(example: Example) throws {
    let keeper = Self.keeper(example.secret, previous: example.previous)
    let (isValid, answer) = keeper.check(
      try Self.cookie(example.request), from: HostAddress(example.address)!, now: example.time)
    #expect(isValid == example.isValid)
    #expect(answer.octets == Self.octets(example.answer))
  }

  @Test("A cookie lives an hour, is renewed after half, and may be five minutes ahead (RFC 9018 §4.3)", arguments: [
    (0, true, true), (1800, true, true), (1801, true, false), (3600, true, false), (3601, false, false),
    (-300, true, true), (-301, false, false),
  ])
  func ages(age: Int, isValid: Bool, isKept: Bool) throws {
    let keeper = Self.keeper("000102030405060708090a0b0c0d0e0f")
    let address = HostAddress("192.0.2.1")!
    for start: UInt32 in [1_800_000_000, .max] {
      let first = keeper.check(Cookie(client: 7), from: address, now: start).answer
      let later = keeper.check(first, from: address, now: start &+ UInt32(truncatingIfNeeded: age))
      #expect(later.isValid == isValid)
      #expect((later.answer == first) == isKept)
      #expect(!keeper.check(first, from: HostAddress("192.0.2.2")!, now: start).isValid)
    }
  }

  @Test("Secrets: random at start, kept over an update, and the one before is accepted after a new one")
  func rotation() throws {
    let address = HostAddress("192.0.2.1")!
    var settings = CookieSettings()
    let first = try #require(CookieKeeper(settings))
    let cookie = first.check(Cookie(client: 7), from: address, now: 1000).answer
    let second = try #require(CookieKeeper(settings, after: first))
    #expect(second.check(cookie, from: address, now: 1000).isValid)
    #expect(try !#require(CookieKeeper(settings)).check(cookie, from: address, now: 1000).isValid)

    settings.secret = CookieSecret(hex: "000102030405060708090a0b0c0d0e0f")
    let third = try #require(CookieKeeper(settings, after: second))
    let (isValid, renewed) = third.check(cookie, from: address, now: 1000)
    #expect(isValid && renewed != cookie)
    #expect(try #require(CookieKeeper(settings)).check(renewed, from: address, now: 1000).isValid)
  }

  @Test("A secret is 32 hexadecimal digits, and no log shows it", arguments: [
    ("000102030405060708090A0b0c0d0e0f", true), ("00", false), ("", false), ("0x0102030405060708090a0b0c0d0e0f", false),
    ("000102030405060708090a0b0c0d0e0g", false), ("00 0102030405060708090a0b0c0d0e0f", false),
  ])
  func secretText(text: String, isSecret: Bool) {
    let secret = CookieSecret(hex: text)
    #expect((secret != nil) == isSecret)
    if let secret { #expect(!"\(secret)".contains("01")) }
  }

  // MARK: In messages

  static let now: UInt32 = 1_800_000_000

  static func responder(_ keeper: CookieKeeper?) -> Responder {
    var responder = Responder(payloadSize: EDNS.defaultPayloadSize, forwards: false)
    responder.cookies = keeper
    responder.clock.seconds = { now }
    return responder
  }

  static func ask(
    _ responder: Responder, _ cookie: [UInt8]?, _ transport: Client.Transport = .udp, from address: String = "192.0.2.1"
  ) throws -> Message {
    var request = Message(id: 5, question: Question(name: try Name(ResponderTests.mysql), type: .a))
    if let cookie { request.options = [EDNSOption(.cookie, cookie)] }
    let client = Client(transport: transport, address: HostAddress(address)!, port: 5353)
    return try Message(parsing: try #require(ResponderTests.respond(request.encoded, by: responder, client)))
  }

  static func cookie(of message: Message) -> [UInt8]? { message.options.first { $0.code == .cookie }?.data }

  @Test("A client learns its cookie, and is known by it")
  func learning() throws {
    let keeper = Self.keeper("000102030405060708090a0b0c0d0e0f", isRequired: true)
    let strict = Self.responder(keeper)
    let first = try Self.ask(strict, [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(first.responseCode == .badCookie)
    #expect(first.answers.isEmpty && first.questions.count == 1)
    let cookie = try #require(Self.cookie(of: first))
    #expect(cookie.count == 24 && cookie.starts(with: [1, 2, 3, 4, 5, 6, 7, 8]))
    let second = try Self.ask(strict, cookie)
    #expect(second.responseCode == .noError && second.answers.count == 3)
    #expect(Self.cookie(of: second) == cookie)
    // Another client's cookie is none of ours.
    #expect(try Self.ask(strict, cookie, from: "192.0.2.2").responseCode == .badCookie)
    // TCP proves the address by itself, and a client that has no cookies is answered.
    #expect(try Self.ask(strict, [1, 2, 3, 4, 5, 6, 7, 8], .tcp).answers.count == 3)
    #expect(try Self.ask(strict, nil).answers.count == 3)
  }

  @Test("By default any client is answered, with a cookie that is good next time", arguments: [8, 16, 24, 40])
  func defaults(length: Int) throws {
    let responder = Self.responder(CookieKeeper(CookieSettings()))
    let answer = try Self.ask(responder, [UInt8](repeating: 9, count: length))
    #expect(answer.answers.count == 3)
    #expect(Self.cookie(of: answer)?.count == 24)
    #expect(Self.cookie(of: try Self.ask(responder, nil)) == nil)
    // Without cookies the option is like any other that nobody knows.
    #expect(Self.cookie(of: try Self.ask(Self.responder(nil), [UInt8](repeating: 9, count: length))) == nil)
  }

  @Test("A cookie of a length that none has is a format error (RFC 7873 §5.2.2)", arguments: [0, 1, 7, 9, 15, 41])
  func lengths(length: Int) throws {
    let answer = try Self.ask(Self.responder(nil), [UInt8](repeating: 9, count: length))
    #expect(answer.responseCode == .formatError)
  }

  @Test("Of several cookies the first counts (RFC 7873 §5.2)")
  func several() throws {
    var request = Message(id: 5, question: Question(name: try Name(ResponderTests.mysql), type: .a))
    request.options = [EDNSOption(.cookie, [UInt8](repeating: 1, count: 8)), EDNSOption(.cookie, [2])]
    let client = Client(transport: .udp, address: HostAddress("192.0.2.1")!, port: 5353)
    let reply = try #require(
      ResponderTests.respond(request.encoded, by: Self.responder(CookieKeeper(CookieSettings())), client))
    #expect(Self.cookie(of: try Message(parsing: reply))?.first == 1)
  }

  @Test("Only a cookie, without a question: a fresh one (RFC 7873 §5.4); FORMERR where cookies are off")
  func withoutQuestion() throws {
    var request = Message(id: 5, question: Question(name: .root, type: .a))
    request.questions = []
    request.options = [EDNSOption(.cookie, [UInt8](repeating: 1, count: 8))]
    let client = Client(transport: .udp, address: HostAddress("192.0.2.1")!, port: 5353)
    func ask(_ keeper: CookieKeeper?) throws -> Message {
      try Message(
        parsing: try #require(ResponderTests.respond(request.encoded, by: Self.responder(keeper), client)))
    }
    let answer = try ask(CookieKeeper(CookieSettings()))
    #expect(answer.responseCode == .noError && answer.questions.isEmpty && answer.header.id == 5)
    #expect(Self.cookie(of: answer)?.count == 24)
    #expect(try ask(nil).responseCode == .formatError)
  }

  // MARK: dig and kdig

  @Test("dig and kdig take our cookie for good, over each transport", arguments: ["+notcp", "+tcp"])
  func digs(transport: String) async throws {
    try await withServer { server in
      let words = ["@\(server.address)", "-p", "\(server.port)", "+retry=0", "+timeout=5", transport]
      let first = try await output(
        of: "dig", words + ["+cookie=0102030405060708", "web.default.svc.cluster.local"])
      #expect(first.contains("status: NOERROR") && first.contains("(good)"), "\(first)")
      let cookie = try #require(first.firstMatch(of: /COOKIE: ([0-9a-f]{48})/)?.1)
      let second = try await output(of: "dig", words + ["+cookie=\(cookie)", "web.default.svc.cluster.local"])
      #expect(second.contains("COOKIE: \(cookie) (good)"), "\(second)")
      let third = try await output(of: "kdig", words + ["+cookie", "web.default.svc.cluster.local"])
      #expect(third.contains("COOKIE: ") && third.contains("10.96.0.20"), "\(third)")
    }
  }

  @Test("Where cookies are required, dig and kdig come back with ours")
  func digsRequired() async throws {
    var settings = DNSServerSettings()
    settings.cookies.isRequired = true
    try await withServer(TestObjects.index(), settings) { server in
      let words = ["@\(server.address)", "-p", "\(server.port)", "+retry=1", "+timeout=5", "+cookie"]
      let refused = try await output(of: "dig", words + ["+nobadcookie", "web.default.svc.cluster.local"])
      #expect(refused.contains("status: BADCOOKIE"), "\(refused)")
      for program in ["dig", "kdig"] {
        let text = try await output(of: program, words + ["+badcookie", "web.default.svc.cluster.local"])
        #expect(text.contains("10.96.0.20"), "\(text)")
      }
    }
  }
}
