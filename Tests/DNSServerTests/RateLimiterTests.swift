// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Synchronization
import Testing

@testable import DNSServer

@Suite("The limit on answers to one network")
struct RateLimiterTests {
  static let second: UInt64 = 1_000_000_000

  static func limiter(_ change: (inout RateLimitSettings) -> Void = { _ in }) throws -> RateLimiter {
    var settings = RateLimitSettings()
    settings.responsesPerSecond = 10
    change(&settings)
    return try #require(RateLimiter(settings))
  }

  static func count(_ limiter: RateLimiter, _ address: String, now: UInt64, times: Int) -> [RateLimiter.Verdict] {
    (0..<times).map { _ in limiter.count(HostAddress(address)!, now: now) }
  }

  @Test("Off by default")
  func off() { #expect(RateLimiter(RateLimitSettings()) == nil) }

  @Test("A second's worth at once, then one each tenth of a second")
  func rate() throws {
    let limiter = try Self.limiter { $0.slip = 0 }
    let start = 77 * Self.second
    #expect(Self.count(limiter, "192.0.2.1", now: start, times: 12).filter { $0 == .answer }.count == 10)
    #expect(Self.count(limiter, "192.0.2.1", now: start + Self.second / 10 - 1, times: 1) == [.drop])
    #expect(Self.count(limiter, "192.0.2.1", now: start + Self.second / 10, times: 2) == [.answer, .drop])
    // Silence fills the bucket, but not beyond its brim.
    #expect(
      Self.count(limiter, "192.0.2.1", now: start + 60 * Self.second, times: 12).filter { $0 == .answer }.count == 10)
  }

  @Test("Every n-th answer withheld is an empty one with TC", arguments: [
    (0, []), (1, [0, 1, 2, 3]), (2, [1, 3]), (3, [2]),
  ])
  func slip(every: Int, expected: [Int]) throws {
    let limiter = try Self.limiter {
      $0.slip = every
      $0.burst = 1
    }
    let verdicts = Self.count(limiter, "192.0.2.1", now: 1, times: 5).dropFirst()
    #expect(verdicts.enumerated().filter { $1 == .slip }.map(\.offset) == expected)
  }

  @Test("Clients of one network share its bucket; others have their own", arguments: [
    ("192.0.2.1", "192.0.2.254", true), ("192.0.2.1", "192.0.3.1", false),
    ("2001:db8::1", "2001:db8:0:ff:ffff::1", true), ("2001:db8::1", "2001:db8:0:100::1", false),
    ("0.0.0.0", "::", false),
  ])
  func networks(one: String, other: String, isShared: Bool) throws {
    let limiter = try Self.limiter { $0.burst = 1 }
    #expect(Self.count(limiter, one, now: 1, times: 2) == [.answer, .drop])
    #expect((Self.count(limiter, other, now: 1, times: 1) == [.answer]) == !isShared)
  }

  @Test("Exempt clients are not counted")
  func exempt() throws {
    let limiter = try Self.limiter { $0.exempt = [AddressRange("192.0.2.0/25")!] }
    #expect(Self.count(limiter, "192.0.2.1", now: 1, times: 100).allSatisfy { $0 == .answer })
    #expect(Self.count(limiter, "192.0.2.129", now: 1, times: 100).contains(.drop))
  }

  @Test("The table does not grow: a flood from many networks pushes out the silent, not the busy one")
  func bounded() throws {
    let limiter = try Self.limiter {
      $0.maximumNetworks = 64
      $0.slip = 0
    }
    var now = Self.second
    var busy = 0
    for round: UInt32 in 0..<1000 {
      // The busy client spends as fast as it may, and owes the most.
      busy += Self.count(limiter, "192.0.2.1", now: now, times: 5).filter { $0 == .answer }.count
      for number: UInt32 in 0..<20 { _ = limiter.count(HostAddress(ipv4: (round * 20 + number) << 8), now: now) }
      now += Self.second / 100
    }
    #expect(busy <= 10 + 101, "more than ten at once and ten a second over ten seconds")
  }

  @Test("Two threads count together")
  func threads() async throws {
    let limiter = try Self.limiter { $0.responsesPerSecond = 1000 }
    let total = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<2 {
        group.addTask { Self.count(limiter, "192.0.2.1", now: 5, times: 2000).filter { $0 == .answer }.count }
      }
      return await group.reduce(0, +)
    }
    #expect(total == 1000)
  }

  // MARK: In messages

  static func responder(now: @escaping @Sendable () -> UInt64 = { 5 }) -> Responder {
    var settings = DNSServerSettings()
    settings.rateLimit.responsesPerSecond = 2
    var responder = Responder(settings, forwards: false)
    responder.clock.nanoseconds = now
    return responder
  }

  static func ask(
    _ responder: Responder, _ transport: Client.Transport = .udp, cookie: [UInt8]? = nil
  ) throws -> Message? {
    var request = Message(id: 5, question: Question(name: try Name(ResponderTests.mysql), type: .a))
    if let cookie { request.options = [EDNSOption(.cookie, cookie)] }
    let client = Client(transport: transport, address: HostAddress("192.0.2.1")!, port: 5353)
    return try ResponderTests.respond(request.encoded, by: responder, client).map { try Message(parsing: $0) }
  }

  @Test("Beyond the limit: silence and empty answers with TC in turn; over TCP, and with a cookie, all is answered")
  func messages() throws {
    let responder = Self.responder()
    let client: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    let first = try #require(try Self.ask(responder, cookie: client))
    #expect(first.answers.count == 3)
    #expect(try Self.ask(responder)?.answers.count == 3)
    #expect(try Self.ask(responder) == nil)
    let slipped = try #require(try Self.ask(responder, cookie: client))
    #expect(slipped.header.flags.contains(.truncated) && slipped.answers.isEmpty && slipped.questions.count == 1)
    #expect(CookieTests.cookie(of: slipped)?.count == 24)
    for transport in [Client.Transport.tcp, .tls, .https] {
      #expect(try Self.ask(responder, transport)?.answers.count == 3)
    }
    let cookie = try #require(CookieTests.cookie(of: first))
    #expect(try Self.ask(responder, cookie: cookie)?.answers.count == 3)
    #expect(try Self.ask(responder) == nil)
  }

  @Test("What is no proper question counts too, and is never answered with TC")
  func junk() {
    let responder = Self.responder()
    let client = Client(transport: .udp, address: HostAddress("192.0.2.1")!, port: 5353)
    let answers = (0..<6).map { _ in
      ResponderTests.respond([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], by: responder, client) != nil
    }
    #expect(answers == [true, true, false, false, false, false])
  }

  @Test("Other settings keep what is remembered, unless the limit itself is another")
  func replaced() throws {
    let first = Self.responder()
    var settings = DNSServerSettings()
    settings.rateLimit.responsesPerSecond = 2
    settings.payloadSize = 700
    #expect(Responder(settings, forwards: false, after: first).limiter === first.limiter)
    settings.rateLimit.slip = 3
    let third = Responder(settings, forwards: false, after: first)
    #expect(third.limiter !== first.limiter && third.limiter != nil)
    settings.rateLimit.responsesPerSecond = 0
    #expect(Responder(settings, forwards: false, after: third).limiter == nil)
  }
}
