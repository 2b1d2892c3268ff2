// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Answers of upstreams, remembered for as long as they allow (RFC 1035 §7.4, RFC 2308 §5). Names of our own zone
/// never come in here. Bounded: the oldest go first.
struct ForwardCache: Sendable {
  private struct Entry: Sendable {
    var answer: ForwardedAnswer
    var stored: ContinuousClock.Instant
    var lifetime: UInt32
    /// Tells this entry from an earlier one of the same question in `order`.
    var ticket: UInt64
  }

  private let maximumEntries: Int
  private let maximumTTL: UInt32
  private let maximumNegativeTTL: UInt32
  private var entries: [Question: Entry] = [:]
  /// Questions in the order in which they came in; `head` is the first that counts.
  private var order: [(question: Question, ticket: UInt64)] = []
  private var head = 0
  private var nextTicket: UInt64 = 0

  init(_ settings: ForwardingSettings) {
    maximumEntries = settings.maximumCacheEntries
    maximumTTL = settings.maximumTTL
    maximumNegativeTTL = settings.maximumNegativeTTL
  }

  var count: Int { entries.count }

  /// The answer with what is left of its TTLs, or nil.
  func answer(_ question: Question, at now: ContinuousClock.Instant) -> ForwardedAnswer? {
    guard let entry = entries[question] else { return nil }
    let age = UInt32(clamping: (now - entry.stored).components.seconds)
    guard age < entry.lifetime else { return nil }
    var answer = entry.answer
    for index in answer.answers.indices {
      answer.answers[index].ttl = min(answer.answers[index].ttl, entry.lifetime) - age
    }
    for index in answer.authorities.indices {
      answer.authorities[index].ttl -= min(answer.authorities[index].ttl, age)
    }
    return answer
  }

  mutating func store(_ answer: ForwardedAnswer, for question: Question, at now: ContinuousClock.Instant) {
    let lifetime = lifetime(of: answer)
    guard maximumEntries > 0, lifetime > 0 else { return }
    nextTicket += 1
    entries[question] = Entry(answer: answer, stored: now, lifetime: lifetime, ticket: nextTicket)
    order.append((question, nextTicket))
    while entries.count > maximumEntries { removeOldest() }
    compact()
  }

  /// Seconds that an answer may be remembered: its shortest TTL, or for a "no" what the SOA allows. Failures, and a
  /// "no" without an SOA, not at all.
  private func lifetime(of answer: ForwardedAnswer) -> UInt32 {
    let shortest = answer.answers.map { min($0.ttl, maximumTTL) }.min() ?? maximumTTL
    let isNegative = answer.responseCode == .nameError || !answer.answers.contains { $0.type != .cname }
    guard answer.responseCode == .noError || answer.responseCode == .nameError else { return 0 }
    guard isNegative else { return shortest }
    guard let soa = answer.authorities.first(where: { $0.type == .soa }), soa.data.count >= 20 else { return 0 }
    let minimum = soa.data.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return min(shortest, soa.ttl, minimum, maximumNegativeTTL)
  }

  private mutating func removeOldest() {
    let oldest = order[head]
    head += 1
    if entries[oldest.question]?.ticket == oldest.ticket { entries[oldest.question] = nil }
  }

  /// Keeps `order` within twice the limit, whatever is asked again and again.
  private mutating func compact() {
    while head < order.count, order.count - head > 2 * maximumEntries { removeOldest() }
    if head > maximumEntries {
      order.removeFirst(head)
      head = 0
    }
  }
}
