// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Answers of upstreams, remembered for as long as they allow (RFC 1035 §7.4, RFC 2308 §5), and longer for the time
/// in which no upstream answers (RFC 8767). Names of our own zone never come in here.
///
/// Bounded in entries and in octets. The one that was not asked for the longest time goes first, in constant time: the
/// entries are a list from the newest use to the oldest, in slots that point to each other.
struct ForwardCache: Sendable {
  /// What there is on a question.
  struct Finding: Sendable {
    var served: ServedAnswer
    /// The answer's time is over. It may be given only if no newer one can be had, or `isDirect` is set.
    var isStale: Bool { served.isStale }
    /// A newer one was tried for a short while ago, in vain: give this one without trying.
    var isDirect = false
    /// Asked for so often, and so near its end, that it should be asked for anew.
    var wantsPrefetch = false
  }

  /// Octets that an entry takes beside its key and its records, about.
  static let entryOverhead = 224
  /// Seconds in which upstreams that failed are not asked again for an old answer (RFC 8767 §5).
  static let staleRetrySeconds: Int64 = 30
  /// Answers that live shorter are not prefetched, seconds: they would be asked for all the time.
  static let minimumPrefetchLifetime: UInt32 = 10

  private struct Entry: Sendable {
    var key: ForwardKey
    var answer: ForwardedAnswer
    /// Milliseconds.
    var stored: Int64
    /// Milliseconds until which an answer whose time is over is given without asking; 0 for never.
    var directUntil: Int64 = 0
    var hits: UInt32 = 0
    var isPrefetched = false
    /// Neighbours in the order of use.
    var newer: Int32 = none
    var older: Int32 = none

    var octets: Int {
      key.octets.count + answer.sections.count + 2 * answer.ttlOffsets.count + answer.name.wire.count
        + ForwardCache.entryOverhead
    }
  }

  private static let none: Int32 = -1

  private let settings: ForwardCacheSettings
  /// Answers to questions of other generations do not come in.
  private let generation: UInt32
  private var slots: [Entry] = []
  private var freeSlots: [Int32] = []
  private var places: [ForwardKey: Int32] = [:]
  private var newest = none
  private var oldest = none
  private(set) var octets = 0
  private(set) var counters = ForwardCacheCounters()

  init(_ settings: ForwardCacheSettings) {
    self.settings = settings
    generation = 0
  }

  /// An empty one in place of `former`, whose counts go on.
  init(_ settings: ForwardCacheSettings, generation: UInt32, after former: ForwardCache) {
    self.settings = settings
    self.generation = generation
    counters = former.counters
    counters.entries = CountsByKind()
  }

  var count: Int { places.count }

  /// The answer to a question, as old as it is allowed to be.
  /// - Parameter now: milliseconds of a clock that only goes forward.
  mutating func find(_ key: ForwardKey, at now: Int64) -> Finding? {
    guard let slot = place(of: key) else {
      counters.misses += 1
      return nil
    }
    let entry = slots[Int(slot)]
    let age = max(now - entry.stored, 0)
    let lifetime = Int64(entry.answer.lifetime) * 1000
    guard age < lifetime + staleMilliseconds(entry.answer) else {
      remove(slot)
      counters.misses += 1
      return nil
    }
    touch(slot)
    let served = ServedAnswer(answer: entry.answer, age: UInt32(clamping: age / 1000), isStale: age >= lifetime)
    var finding = Finding(served: served, isDirect: now < entry.directUntil)
    guard !finding.isStale else {
      counters.misses += 1
      return finding
    }
    counters.hits[entry.answer.kind] += 1
    if entry.hits < .max { slots[Int(slot)].hits += 1 }
    if !entry.isPrefetched, settings.prefetchHits > 0, slots[Int(slot)].hits >= settings.prefetchHits,
      entry.answer.lifetime >= Self.minimumPrefetchLifetime,
      (lifetime - age) * 100 <= lifetime * Int64(settings.prefetchPercent) {
      slots[Int(slot)].isPrefetched = true
      counters.prefetches += 1
      finding.wantsPrefetch = true
    }
    return finding
  }

  /// Remembers an answer if it may be. What was known before gives way to it also where it may not (RFC 8767 §4), but a
  /// failure never takes the place of an answer that can still serve.
  mutating func store(_ answer: ForwardedAnswer, for key: ForwardKey, at now: Int64) {
    guard key.generation == generation else { return }
    let ofName = key.ofName
    if answer.kind == .failure, place(of: key) != nil { return }
    for former in [places[key], places[ofName]] {
      if let former { remove(former) }
    }
    guard answer.lifetime > 0, settings.maximumEntries > 0, settings.maximumOctets > 0 else { return }
    // A name that does not exist has no records of any type.
    let isOfName = answer.responseCode == .nameError && answer.answerCount == 0
    let entry = Entry(key: isOfName ? ofName : key, answer: answer, stored: now)
    guard entry.octets <= settings.maximumOctets else { return }
    while count >= settings.maximumEntries || octets + entry.octets > settings.maximumOctets {
      counters.evictions[slots[Int(oldest)].answer.kind] += 1
      remove(oldest)
    }
    insert(entry)
  }

  /// Upstreams were asked for a newer answer than this old one, in vain.
  mutating func refreshFailed(_ key: ForwardKey, at now: Int64) {
    guard let slot = place(of: key) else { return }
    slots[Int(slot)].directUntil = now + Self.staleRetrySeconds * 1000
  }

  /// An attempt to renew an answer before its end failed: another may be made.
  mutating func prefetchFailed(_ key: ForwardKey) {
    guard let slot = place(of: key) else { return }
    slots[Int(slot)].isPrefetched = false
    slots[Int(slot)].hits = 0
  }

  mutating func countServedStale() { counters.servedStale += 1 }

  /// That a name does not exist is newer than what is known of one of its types, for an answer to any type ends it.
  private func place(of key: ForwardKey) -> Int32? { places[key.ofName] ?? places[key] }

  private func staleMilliseconds(_ answer: ForwardedAnswer) -> Int64 {
    answer.kind == .failure ? 0 : Int64(settings.staleSeconds) * 1000
  }

  private mutating func insert(_ entry: Entry) {
    let slot: Int32
    if let free = freeSlots.popLast() {
      slot = free
      slots[Int(slot)] = entry
    } else {
      slot = Int32(slots.count)
      slots.append(entry)
    }
    places[entry.key] = slot
    octets += entry.octets
    counters.entries[entry.answer.kind] += 1
    link(slot)
  }

  private mutating func remove(_ slot: Int32) {
    let entry = slots[Int(slot)]
    unlink(slot)
    places[entry.key] = nil
    octets -= entry.octets
    counters.entries[entry.answer.kind] -= 1
    slots[Int(slot)].answer = .nothing
    freeSlots.append(slot)
  }

  private mutating func touch(_ slot: Int32) {
    if slot == newest { return }
    unlink(slot)
    link(slot)
  }

  private mutating func link(_ slot: Int32) {
    slots[Int(slot)].newer = Self.none
    slots[Int(slot)].older = newest
    if newest != Self.none { slots[Int(newest)].newer = slot }
    newest = slot
    if oldest == Self.none { oldest = slot }
  }

  private mutating func unlink(_ slot: Int32) {
    let (newer, older) = (slots[Int(slot)].newer, slots[Int(slot)].older)
    if newer == Self.none { newest = older } else { slots[Int(newer)].older = older }
    if older == Self.none { oldest = newer } else { slots[Int(older)].newer = newer }
  }
}

extension ForwardedAnswer {
  /// Holds an empty slot, so that what was there is given back.
  fileprivate static let nothing = ForwardedAnswer.refused(Question(name: .root, type: .any))
}
