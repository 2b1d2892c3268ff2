// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSServer

@Suite("The memory for names of others (RFC 1035 §7.4, RFC 2308 §5)")
struct ForwardCacheTests {
  static let start = ContinuousClock.now
  static let question = Question(name: Name(uncheckedWire: [1, 0x61, 0]), type: .a)

  static func record(_ ttl: UInt32, _ type: RecordType = .a, data: [UInt8] = [1, 2, 3, 4]) -> Record {
    Record(name: question.name, type: type, ttl: ttl, data: data)
  }

  static func soa(ttl: UInt32, minimum: UInt8) -> Record {
    record(ttl, .soa, data: [0, 0] + [UInt8](repeating: 0, count: 19) + [minimum])
  }

  static func cache(_ change: (inout ForwardingSettings) -> Void = { _ in }) -> ForwardCache {
    var settings = ForwardingSettings()
    change(&settings)
    return ForwardCache(settings)
  }

  @Test("An answer lives as long as its shortest TTL, and counts it down")
  func positive() {
    var cache = Self.cache()
    let answer = ForwardedAnswer(responseCode: .noError, answers: [Self.record(10), Self.record(60)])
    cache.store(answer, for: Self.question, at: Self.start)
    #expect(cache.answer(Self.question, at: Self.start + .seconds(4))?.answers.map(\.ttl) == [6, 6])
    #expect(cache.answer(Self.question, at: Self.start + .milliseconds(9999)) != nil)
    #expect(cache.answer(Self.question, at: Self.start + .seconds(10)) == nil)
  }

  @Test("A \"no\" lives as long as the SOA says, at most 30 seconds", arguments: [
    (100, 5, 5), (3, 20, 3), (1000, 200, 30),
  ] as [(UInt32, UInt8, Int)])
  func negative(ttl: UInt32, minimum: UInt8, seconds: Int) {
    for code in [ResponseCode.nameError, .noError] {
      var cache = Self.cache()
      let answer = ForwardedAnswer(responseCode: code, authorities: [Self.soa(ttl: ttl, minimum: minimum)])
      cache.store(answer, for: Self.question, at: Self.start)
      #expect(cache.answer(Self.question, at: Self.start + .seconds(seconds) - .milliseconds(1)) != nil)
      #expect(cache.answer(Self.question, at: Self.start + .seconds(seconds)) == nil)
    }
  }

  @Test("Failures, a \"no\" without SOA and a TTL of 0 are not remembered", arguments: [
    ForwardedAnswer(responseCode: .serverFailure, answers: [record(60)]),
    ForwardedAnswer(responseCode: .nameError),
    ForwardedAnswer(responseCode: .noError, answers: [record(0)]),
  ])
  func notStored(answer: ForwardedAnswer) {
    var cache = Self.cache()
    cache.store(answer, for: Self.question, at: Self.start)
    #expect(cache.count == 0)
  }

  @Test("Letter case does not matter, type does")
  func keys() {
    var cache = Self.cache()
    cache.store(ForwardedAnswer(responseCode: .noError, answers: [Self.record(60)]), for: Self.question, at: Self.start)
    #expect(cache.answer(Question(name: Name(uncheckedWire: [1, 0x41, 0]), type: .a), at: Self.start) != nil)
    #expect(cache.answer(Question(name: Self.question.name, type: .aaaa), at: Self.start) == nil)
  }

  @Test("It never holds more than its limit; the oldest go")
  func bounded() {
    var cache = Self.cache { $0.maximumCacheEntries = 10 }
    func question(_ number: Int) -> Question {
      Question(name: Name(uncheckedWire: [2, UInt8(number >> 8), UInt8(number & 255), 0]), type: .a)
    }
    let answer = ForwardedAnswer(responseCode: .noError, answers: [Self.record(60)])
    for number in 0..<1000 {
      cache.store(answer, for: question(number), at: Self.start)
      cache.store(answer, for: question(number), at: Self.start)
      #expect(cache.count <= 10)
    }
    #expect(cache.answer(question(999), at: Self.start) != nil)
    #expect(cache.answer(question(980), at: Self.start) == nil)
    var none = Self.cache { $0.maximumCacheEntries = 0 }
    none.store(answer, for: question(1), at: Self.start)
    #expect(none.count == 0)
  }
}
