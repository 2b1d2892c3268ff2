// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ForwardingSettings {
  /// What each field may be.
  package enum Limits {
    package static let timeoutMilliseconds: ClosedRange<Int64> = 50...30_000
    package static let deadlineMilliseconds: ClosedRange<Int64> = 50...60_000
    package static let tries: ClosedRange<Int> = 1...16
    package static let inFlight: ClosedRange<Int> = 0...1_000_000
    package static let failures: ClosedRange<Int> = 0...100
    package static let probeMilliseconds: ClosedRange<Int64> = 10...60_000
  }

  /// Upstreams of one list at most, as of CoreDNS.
  package static let maximumUpstreams = 15
  /// Routes at most.
  package static let maximumRoutes = 10_000

  /// What of the settings cannot be: field, what was found, what is allowed. Empty if all is well.
  package var problems: [String] {
    var problems: [String] = []
    func check<Value: Comparable>(_ field: String, _ value: Value, _ range: ClosedRange<Value>) {
      if range.contains(value) { return }
      problems.append("\(field) is \(value); allowed: \(range.lowerBound) to \(range.upperBound)")
    }
    check("upstreams (their number)", upstreams.count, 0...Self.maximumUpstreams)
    check("routes (their number)", routes.count, 0...Self.maximumRoutes)
    check("timeoutMilliseconds", timeoutMilliseconds, Limits.timeoutMilliseconds)
    check("deadlineMilliseconds", deadlineMilliseconds, Limits.deadlineMilliseconds)
    check("maximumTries", maximumTries, Limits.tries)
    check("maximumInFlight", maximumInFlight, Limits.inFlight)
    check("maximumFailures", maximumFailures, Limits.failures)
    check("probeMilliseconds", probeMilliseconds, Limits.probeMilliseconds)
    check("cache.maximumEntries", cache.maximumEntries, ForwardCacheSettings.Limits.entries)
    check("cache.maximumOctets", cache.maximumOctets, ForwardCacheSettings.Limits.octets)
    check("cache.maximumTTL", cache.maximumTTL, ForwardCacheSettings.Limits.ttl)
    check("cache.maximumNegativeTTL", cache.maximumNegativeTTL, ForwardCacheSettings.Limits.negativeTTL)
    check("cache.failureTTL", cache.failureTTL, ForwardCacheSettings.Limits.failureTTL)
    check("cache.staleSeconds", cache.staleSeconds, ForwardCacheSettings.Limits.staleSeconds)
    check("cache.staleWaitMilliseconds", cache.staleWaitMilliseconds, ForwardCacheSettings.Limits.staleWaitMilliseconds)
    check("cache.prefetchHits", cache.prefetchHits, ForwardCacheSettings.Limits.prefetchHits)
    check("cache.prefetchPercent", cache.prefetchPercent, ForwardCacheSettings.Limits.prefetchPercent)
    check("staticNames.ttl", staticNames.ttl, StaticNameSettings.ttls)
    check("staticNames.entries (their number)", staticNames.entries.count, 0...StaticNames.maximumEntries)
    check("fallback (their number)", fallback.count, 0...Self.maximumUpstreams)
    for upstream in fallback where upstream.isUnusable {
      problems.append("fallback: \(upstream) is no address of a server")
    }
    for upstream in upstreams where upstream.isUnusable {
      problems.append("upstreams: \(upstream) is no address of a server")
    }
    var domains: Set<Name> = []
    for route in routes {
      check("routes[\(route.domain)].upstreams (their number)", route.upstreams.count, 0...Self.maximumUpstreams)
      for upstream in route.upstreams where upstream.isUnusable {
        problems.append("routes[\(route.domain)].upstreams: \(upstream) is no address of a server")
      }
      if !domains.insert(route.domain).inserted { problems.append("routes: \(route.domain) is there twice") }
    }
    return problems
  }
}

extension Upstream {
  fileprivate var isUnusable: Bool { address.isUnspecified || port == 0 }
}

extension ForwardCacheSettings {
  /// What each field may be.
  package enum Limits {
    package static let entries: ClosedRange<Int> = 0...10_000_000
    package static let octets: ClosedRange<Int> = 0...(16 << 30)
    package static let ttl: ClosedRange<UInt32> = 0...604_800
    package static let negativeTTL: ClosedRange<UInt32> = 0...86_400
    package static let failureTTL: ClosedRange<UInt32> = 0...300
    package static let staleSeconds: ClosedRange<UInt32> = 0...604_800
    package static let staleWaitMilliseconds: ClosedRange<Int64> = 0...30_000
    package static let prefetchHits: ClosedRange<UInt32> = 0...1_000_000
    package static let prefetchPercent: ClosedRange<UInt32> = 1...90
  }
}

extension StaticNameSettings {
  package static let ttls: ClosedRange<UInt32> = 0...86_400
}
