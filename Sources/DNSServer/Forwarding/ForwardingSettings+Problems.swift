// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ForwardingSettings {
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
    check("timeoutMilliseconds", timeoutMilliseconds, 50...30_000)
    check("deadlineMilliseconds", deadlineMilliseconds, 50...60_000)
    check("maximumTries", maximumTries, 1...16)
    check("maximumInFlight", maximumInFlight, 0...1_000_000)
    check("maximumFailures", maximumFailures, 0...100)
    check("probeMilliseconds", probeMilliseconds, 10...60_000)
    check("cache.maximumEntries", cache.maximumEntries, 0...10_000_000)
    check("cache.maximumOctets", cache.maximumOctets, 0...(16 << 30))
    check("cache.maximumTTL", cache.maximumTTL, 0...604_800)
    check("cache.maximumNegativeTTL", cache.maximumNegativeTTL, 0...86_400)
    check("cache.failureTTL", cache.failureTTL, 0...300)
    check("cache.staleSeconds", cache.staleSeconds, 0...604_800)
    check("cache.staleWaitMilliseconds", cache.staleWaitMilliseconds, 0...30_000)
    check("cache.prefetchHits", cache.prefetchHits, 0...1_000_000)
    check("cache.prefetchPercent", cache.prefetchPercent, 1...90)
    check("staticNames.ttl", staticNames.ttl, 0...86_400)
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
