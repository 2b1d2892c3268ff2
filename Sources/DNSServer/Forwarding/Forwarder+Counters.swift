// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension Forwarder {
  /// What was done so far.
  package var counters: ForwardCounters {
    var counters = ForwardCounters()
    let (plan, links) = state.withLock { ($0.plan, $0.links) }
    counters.cache = cache.withLock { cache in
      var counters = cache.counters
      counters.octets = cache.octets
      return counters
    }
    var seen: Set<Upstream> = []
    for upstream in plan.settings.upstreams + plan.settings.fallback + plan.settings.routes.flatMap(\.upstreams)
    where seen.insert(upstream).inserted {
      if let link = links[upstream] { counters.upstreams.append(link.counters) }
    }
    (counters.inFlight, counters.maximumInFlight, counters.joined, counters.overloads) = flights.counts
    let tallies = tallies.withLock { $0 }
    counters.allDown = tallies.allDown
    counters.staticAnswers = tallies.staticAnswers
    counters.specialAnswers = tallies.specialAnswers
    counters.refused = tallies.refused
    counters.staticEntries = plan.staticNames.count
    return counters
  }
}
