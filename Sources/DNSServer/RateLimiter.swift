// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Synchronization

/// Counts answers by the client's network: a token bucket each, in a table that does not grow.
///
/// The table is cut into shards with a lock each, and a shard into sets of few buckets, so that a question touches one
/// set. Which set is decided by a keyed hash: nobody can choose addresses that push a certain network out.
final class RateLimiter: Sendable {
  enum Verdict: Hashable, Sendable {
    case answer
    /// Answer empty, with TC.
    case slip
    case drop
  }

  /// Buckets of a set.
  private static let ways = 8
  private static let maximumShards = 64

  /// A network's answers as the time at which they will all have been paid for (the generic cell rate algorithm): that
  /// is one number where tokens and their last filling would be two.
  private struct Bucket {
    var network: UInt64 = 0
    /// 0 where the bucket is free.
    var family: UInt8 = 0
    /// Answers withheld since the last one that was given.
    var withheld: UInt32 = 0
    /// Nanoseconds.
    var paidUntil: UInt64 = 0
  }

  private final class Shard: Sendable {
    let buckets: Mutex<[Bucket]>
    init(_ count: Int) { buckets = Mutex(Array(repeating: Bucket(), count: count)) }
  }

  let settings: RateLimitSettings
  private let key = SipHashKey.random()
  private let shards: [Shard]
  private let setsPerShard: Int
  /// Nanoseconds that an answer costs, and that may be owed.
  private let interval: UInt64
  private let credit: UInt64

  /// `nil` where there is no limit.
  init?(_ settings: RateLimitSettings) {
    guard settings.responsesPerSecond > 0 else { return nil }
    self.settings = settings
    interval = max(1_000_000_000 / UInt64(settings.responsesPerSecond), 1)
    credit = interval * UInt64(max(settings.burst > 0 ? settings.burst : settings.responsesPerSecond, 1))
    let sets = max(settings.maximumNetworks / Self.ways, 1)
    let shardCount = min(sets, Self.maximumShards)
    setsPerShard = sets / shardCount
    let bucketCount = setsPerShard * Self.ways
    shards = (0..<shardCount).map { _ in Shard(bucketCount) }
  }

  /// Counts an answer to this client.
  /// - Parameter now: nanoseconds of a clock that never goes back.
  func count(_ address: HostAddress, now: UInt64) -> Verdict {
    for range in settings.exempt where range.contains(address) { return .answer }
    let family = address.family.rawValue
    let network: UInt64 =
      switch address.family {
      case .ipv4: address.low & ~(UInt64(UInt32.max) >> UInt64(settings.ipv4PrefixLength))
      case .ipv6: address.high & ~(UInt64.max >> UInt64(settings.ipv6PrefixLength))
      }
    var hash = SipHash(key: key)
    hash.append(network)
    let place = hash.finish(UInt64(family), length: 9)
    let shard = shards[Int(place & 0xFFFF_FFFF) % shards.count]
    let first = Int(place >> 32) % setsPerShard * Self.ways
    return shard.buckets.withLock { buckets in
      var chosen = first
      for index in first..<(first + Self.ways) {
        if buckets[index].network == network, buckets[index].family == family {
          return take(&buckets[index], now)
        }
        // The one that has been silent longest; a free one before all.
        if buckets[index].paidUntil < buckets[chosen].paidUntil { chosen = index }
      }
      buckets[chosen] = Bucket(network: network, family: family)
      return take(&buckets[chosen], now)
    }
  }

  private func take(_ bucket: inout Bucket, _ now: UInt64) -> Verdict {
    let paid = max(bucket.paidUntil, now)
    guard paid - now + interval <= credit else {
      bucket.withheld &+= 1
      return settings.slip > 0 && bucket.withheld % UInt32(settings.slip) == 0 ? .slip : .drop
    }
    bucket.paidUntil = paid + interval
    bucket.withheld = 0
    return .answer
  }
}
