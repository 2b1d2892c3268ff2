// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSServer

@Suite("The memory for names of others (RFC 1035 §7.4, RFC 2308 §5, RFC 8767)")
struct ForwardCacheTests {
  static let question = Question(name: Name(uncheckedWire: [1, 0x61, 0]), type: .a)
  static let key = ForwardKey(question, .recursionDesired)

  static func record(_ ttl: UInt32, _ type: RecordType = .a, data: [UInt8] = [1, 2, 3, 4]) -> Record {
    Record(name: question.name, type: type, ttl: ttl, data: data)
  }

  static func soa(ttl: UInt32, minimum: UInt8) -> Record {
    record(ttl, .soa, data: [0, 0] + [UInt8](repeating: 0, count: 19) + [minimum])
  }

  static func answer(
    _ code: ResponseCode = .noError, _ answers: [Record] = [], _ authorities: [Record] = [],
    to question: Question = question, limits: ForwardCacheSettings = ForwardCacheSettings()
  ) -> ForwardedAnswer {
    ForwardedAnswer(code, to: question, answers: answers, authorities: authorities, limits: limits)
  }

  static func cache(_ change: (inout ForwardCacheSettings) -> Void = { _ in }) -> ForwardCache {
    var settings = ForwardCacheSettings()
    settings.staleSeconds = 0
    change(&settings)
    return ForwardCache(settings)
  }

  /// What a client would see of a finding.
  static func ttls(_ finding: ForwardCache.Finding?) -> [UInt32]? {
    guard let served = finding?.served, let (answers, authorities) = served.answer.records else { return nil }
    return (answers + authorities).map { served.ttl($0.ttl) }
  }

  @Test("An answer lives as long as its shortest TTL, and counts it down")
  func positive() {
    var cache = Self.cache()
    cache.store(Self.answer(.noError, [Self.record(10), Self.record(60)]), for: Self.key, at: 500)
    #expect(Self.ttls(cache.find(Self.key, at: 4500)) == [6, 6])
    #expect(Self.ttls(cache.find(Self.key, at: 10_499)) == [1, 1])
    #expect(cache.find(Self.key, at: 10_500) == nil)
    #expect(cache.count == 0 && cache.octets == 0)
  }

  @Test("A \"no\" lives as long as the SOA says, at most 30 seconds", arguments: [
    (100, 5, 5), (3, 20, 3), (1000, 200, 30),
  ] as [(UInt32, UInt8, Int64)])
  func negative(ttl: UInt32, minimum: UInt8, seconds: Int64) {
    for code in [ResponseCode.nameError, .noError] {
      var cache = Self.cache()
      cache.store(Self.answer(code, [], [Self.soa(ttl: ttl, minimum: minimum)]), for: Self.key, at: 0)
      #expect(Self.ttls(cache.find(Self.key, at: 0)) == [UInt32(seconds)])
      #expect(cache.find(Self.key, at: seconds * 1000 - 1) != nil)
      #expect(cache.find(Self.key, at: seconds * 1000) == nil)
    }
  }

  @Test("A \"no\" without SOA and a TTL of 0 are not remembered; a failure is for a second (RFC 9520)")
  func notStored() {
    var cache = Self.cache()
    cache.store(Self.answer(.nameError), for: Self.key, at: 0)
    cache.store(Self.answer(.noError, [Self.record(0)]), for: Self.key, at: 0)
    #expect(cache.count == 0)
    cache.store(Self.answer(.serverFailure), for: Self.key, at: 0)
    #expect(cache.find(Self.key, at: 999)?.served.answer.responseCode == .serverFailure)
    #expect(cache.find(Self.key, at: 1000) == nil)
  }

  @Test("A CNAME record is an answer to a question for CNAME, and no more than a link for others")
  func aliases() {
    let alias = Self.record(60, .cname, data: [1, 0x62, 0])
    var question = Self.question
    #expect(Self.answer(.noError, [alias]).lifetime == 0)
    question.type = .cname
    #expect(Self.answer(.noError, [alias], to: question).lifetime == 60)
  }

  @Test("Letter case does not matter; type, RD and CD do")
  func keys() {
    var cache = Self.cache()
    cache.store(Self.answer(.noError, [Self.record(60)]), for: Self.key, at: 0)
    let upper = Question(name: Name(uncheckedWire: [1, 0x41, 0]), type: .a)
    #expect(cache.find(ForwardKey(upper, .recursionDesired), at: 0) != nil)
    #expect(cache.find(ForwardKey(Self.question, []), at: 0) == nil)
    #expect(cache.find(ForwardKey(Self.question, [.recursionDesired, .checkingDisabled]), at: 0) == nil)
    let other = Question(name: Self.question.name, type: .aaaa)
    #expect(cache.find(ForwardKey(other, .recursionDesired), at: 0) == nil)
  }

  @Test("A name that does not exist does not for any type, until it does")
  func nonexistence() {
    var cache = Self.cache()
    let other = ForwardKey(Question(name: Self.question.name, type: .aaaa), .recursionDesired)
    cache.store(Self.answer(.nameError, [], [Self.soa(ttl: 20, minimum: 20)]), for: Self.key, at: 0)
    #expect(cache.find(other, at: 0)?.served.answer.responseCode == .nameError)
    cache.store(Self.answer(.noError, [Self.record(60)]), for: Self.key, at: 0)
    #expect(cache.find(other, at: 0) == nil)
  }

  @Test("A question for type 0 has an answer of its own, which says nothing of others")
  func typeZero() {
    var cache = Self.cache()
    let zero = ForwardKey(Question(name: Self.question.name, type: RecordType(rawValue: 0)), .recursionDesired)
    cache.store(Self.answer(.noError, [], [Self.soa(ttl: 20, minimum: 20)]), for: zero, at: 0)
    #expect(cache.find(Self.key, at: 0) == nil)
    #expect(cache.find(zero, at: 0)?.served.answer.responseCode == .noError)
  }

  @Test("What was known gives way to what is said now, also where that may not be remembered (RFC 8767 §4)")
  func replaced() {
    let old = Self.answer(.noError, [Self.record(10)])
    let gone = Self.answer(.nameError, [], [Self.soa(ttl: 20, minimum: 20)])
    for answer in [gone, Self.answer(.nameError), Self.answer(.noError, [Self.record(0)]), Self.answer(.noError)] {
      var cache = Self.cache { $0.staleSeconds = 100 }
      cache.store(old, for: Self.key, at: 0)
      cache.store(answer, for: Self.key, at: 11_000)
      #expect(cache.find(Self.key, at: 11_000)?.served.answer == (answer == gone ? gone : nil))
      // And back again.
      cache.store(old, for: Self.key, at: 12_000)
      cache.store(Self.answer(.noError), for: Self.key, at: 13_000)
      #expect(cache.count == 0)
    }
    var cache = Self.cache { $0.staleSeconds = 100 }
    let other = ForwardKey(Question(name: Self.question.name, type: .aaaa), .recursionDesired)
    cache.store(Self.answer(.noError, [Self.record(10)]), for: Self.key, at: 0)
    cache.store(gone, for: other, at: 1000)
    #expect(cache.find(Self.key, at: 2000)?.served.answer == gone)
  }

  @Test("A failure takes the place of nothing that can still serve")
  func failureAfterAnswer() {
    for answer in [Self.answer(.noError, [Self.record(10)]), Self.answer(.nameError, [], [Self.soa(ttl: 9, minimum: 9)])] {
      var cache = Self.cache { $0.staleSeconds = 100 }
      cache.store(answer, for: Self.key, at: 0)
      cache.store(Self.answer(.serverFailure), for: Self.key, at: 20_000)
      #expect(cache.find(Self.key, at: 20_000)?.served.answer == answer)
    }
  }

  @Test("What was said to a question of other settings stays out")
  func generations() {
    var cache = ForwardCache(ForwardCacheSettings(), generation: 1, after: Self.cache())
    let answer = Self.answer(.noError, [Self.record(60)])
    cache.store(answer, for: Self.key, at: 0)
    #expect(cache.count == 0)
    let key = ForwardKey(Self.question, .recursionDesired, generation: 1)
    cache.store(answer, for: key, at: 0)
    #expect(cache.find(key, at: 0) != nil && cache.find(Self.key, at: 0) == nil)
  }

  @Test("It never holds more than its limits; what was not asked for the longest time goes")
  func bounded() {
    func question(_ number: Int) -> Question {
      Question(name: Name(uncheckedWire: [2, UInt8(number >> 8), UInt8(number & 255), 0]), type: .a)
    }
    func key(_ number: Int) -> ForwardKey { ForwardKey(question(number), .recursionDesired) }
    func fill(_ cache: inout ForwardCache, _ check: (borrowing ForwardCache) -> Bool) {
      for number in 0..<1000 {
        let record = Record(name: question(number).name, type: .a, ttl: 60, data: [1, 2, 3, 4])
        let answer = Self.answer(.noError, [record], to: question(number))
        cache.store(answer, for: key(number), at: 0)
        cache.store(answer, for: key(number), at: 0)
        // The first is asked for all the time, and so stays.
        #expect(cache.find(key(0), at: 0) != nil)
        #expect(check(cache))
      }
    }
    var cache = Self.cache { $0.maximumEntries = 10 }
    fill(&cache) { $0.count <= 10 }
    #expect(cache.find(key(999), at: 0) != nil && cache.find(key(992), at: 0) != nil)
    #expect(cache.find(key(990), at: 0) == nil)
    #expect(cache.counters.evictions.success == 990 && cache.counters.entries.success == 10)

    var small = Self.cache { $0.maximumOctets = 20 * (ForwardCache.entryOverhead + 64) }
    fill(&small) { $0.octets <= 20 * (ForwardCache.entryOverhead + 64) && $0.count <= 25 }
    #expect(small.count >= 20)

    for off in [Self.cache { $0.maximumEntries = 0 }, Self.cache { $0.maximumOctets = 0 }] {
      var off = off
      off.store(Self.answer(.noError, [Self.record(60)]), for: Self.key, at: 0)
      #expect(off.count == 0)
    }
  }

  @Test("An old answer is kept for the time in which there is no newer one")
  func stale() {
    var cache = Self.cache { $0.staleSeconds = 100 }
    cache.store(Self.answer(.noError, [Self.record(10)]), for: Self.key, at: 0)
    let old = cache.find(Self.key, at: 10_000)
    #expect(old?.isStale == true && old?.isDirect == false)
    #expect(Self.ttls(old) == [10])
    cache.refreshFailed(Self.key, at: 11_000)
    #expect(cache.find(Self.key, at: 40_999)?.isDirect == true)
    #expect(cache.find(Self.key, at: 41_000)?.isDirect == false)
    #expect(cache.find(Self.key, at: 109_999) != nil)
    #expect(cache.find(Self.key, at: 110_000) == nil)
  }

  @Test("A popular answer is asked for anew in the last tenth of its life, once")
  func prefetch() {
    var cache = Self.cache { $0.prefetchHits = 3 }
    cache.store(Self.answer(.noError, [Self.record(100)]), for: Self.key, at: 0)
    for _ in 0..<5 { #expect(cache.find(Self.key, at: 89_000)?.wantsPrefetch == false) }
    #expect(cache.find(Self.key, at: 90_000)?.wantsPrefetch == true)
    #expect(cache.find(Self.key, at: 90_000)?.wantsPrefetch == false)
    // It failed: three more hits, and there is another try.
    cache.prefetchFailed(Self.key)
    #expect((0..<3).map { _ in cache.find(Self.key, at: 95_000)?.wantsPrefetch } == [false, false, true])

    var seldom = Self.cache { $0.prefetchHits = 3 }
    seldom.store(Self.answer(.noError, [Self.record(100)]), for: Self.key, at: 0)
    #expect((0..<2).map { _ in seldom.find(Self.key, at: 99_000)?.wantsPrefetch } == [false, false])
  }

  @Test("Any order of storing and finding leaves list, table and sums in step")
  func random() {
    var cache = Self.cache {
      $0.maximumEntries = 50
      $0.staleSeconds = 5
    }
    var random = SystemRandomNumberGenerator()
    for step in 0..<20_000 {
      let name = Name(uncheckedWire: [1, UInt8.random(in: 0x61...0x7A, using: &random), 1, UInt8(step % 7) + 0x61, 0])
      let question = Question(name: name, type: Bool.random(using: &random) ? .a : .aaaa)
      let key = ForwardKey(question, .recursionDesired)
      let now = Int64(step) * 20
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let record = Record(name: name, type: question.type, ttl: .random(in: 0...20), data: [1, 2, 3, 4])
        cache.store(Self.answer(.noError, [record], to: question), for: key, at: now)
      case 1:
        let soa = Record(name: name, type: .soa, ttl: 9, data: [0, 0] + [UInt8](repeating: 9, count: 20))
        cache.store(Self.answer(.nameError, [], [soa], to: question), for: key, at: now)
      case 2:
        cache.refreshFailed(key, at: now)
      default:
        if let finding = cache.find(key, at: now) { #expect(finding.served.answer.name == name) }
      }
      #expect(cache.count <= 50 && cache.counters.entries.sum == cache.count)
      #expect((cache.octets == 0) == (cache.count == 0))
    }
  }
}
