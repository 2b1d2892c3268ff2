// SPDX-License-Identifier: Apache-2.0
import DNSWire
package import Observability

/// What the forwarder and its cache do, under CoreDNS' names where it has them.
package struct ForwardMetrics: MetricsSource {
  private let forwarder: Forwarder

  package init(_ forwarder: Forwarder) { self.forwarder = forwarder }

  package func writeMetrics(to text: inout MetricsText) {
    let counters = forwarder.counters
    writeCache(counters.cache, to: &text)
    writeUpstreams(counters.upstreams, to: &text)
    text.begin("coredns_forward_max_concurrent_rejects_total", .counter, help: "Questions that were one too many.")
    text.sample([], counters.overloads)
    text.begin(
      "coredns_forward_healthcheck_broken_total", .counter, help: "Questions for which every upstream was down.")
    text.sample([], counters.allDown)
    text.begin("coredns_hosts_entries", .gauge, help: "Names with fixed addresses.")
    text.sample([], counters.staticEntries)
    text.begin("callsign_forward_in_flight", .gauge, help: "Questions that wait for an upstream.")
    text.sample([], counters.inFlight)
    text.begin("callsign_forward_joined_total", .counter, help: "Questions that joined one already on its way.")
    text.sample([], counters.joined)
    text.begin(
      "callsign_local_answers_total", .counter, help: "Names outside the zone that were answered here, by why.")
    text.sample([("reason", "static")], counters.staticAnswers)
    text.sample([("reason", "special")], counters.specialAnswers)
    text.sample([("reason", "refused")], counters.refused)
  }

  private func writeCache(_ cache: ForwardCacheCounters, to text: inout MetricsText) {
    func write(_ name: String, _ kind: MetricsText.Kind, _ counts: CountsByKind, help: String) {
      text.begin(name, kind, help: help)
      text.sample([("type", "success")], counts.success)
      text.sample([("type", "denial")], counts.denial + counts.failure)
    }
    write("coredns_cache_hits_total", .counter, cache.hits, help: "Forwarded questions that were answered from memory.")
    text.begin("coredns_cache_misses_total", .counter, help: "Forwarded questions that were not.")
    text.sample([], cache.misses)
    write("coredns_cache_entries", .gauge, cache.entries, help: "Answers of upstreams that are remembered.")
    write("coredns_cache_evictions_total", .counter, cache.evictions, help: "Answers that had to make room.")
    text.begin("coredns_cache_prefetch_total", .counter, help: "Answers that were asked for anew before their end.")
    text.sample([], cache.prefetches)
    text.begin("coredns_cache_served_stale_total", .counter, help: "Answers given after their end.")
    text.sample([], cache.servedStale)
    text.begin("callsign_cache_memory_bytes", .gauge, help: "Octets that remembered answers take, about.")
    text.sample([], cache.octets)
  }

  private func writeUpstreams(_ upstreams: [UpstreamCounters], to text: inout MetricsText) {
    func labels(_ upstream: UpstreamCounters) -> MetricsText.Labels {
      [("proxy_name", "forward"), ("to", upstream.upstream.description)]
    }
    text.begin("coredns_proxy_request_duration_seconds", .histogram, help: "How long upstreams take, by response code.")
    let bounds = HistogramBounds(DurationCounts.bounds)
    for upstream in upstreams {
      for (code, durations) in upstream.responses.sorted(by: { $0.key < $1.key }) {
        text.histogram(
          labels(upstream) + [("rcode", ResponseCode(rawValue: code).description)], bounds,
          HistogramCounts(buckets: durations.counts.map(UInt64.init), sum: Double(durations.sumMicroseconds) / 1e6))
      }
    }
    func write(_ name: String, _ kind: MetricsText.Kind, help: String, _ value: (UpstreamCounters) -> Int) {
      text.begin(name, kind, help: help)
      for upstream in upstreams { text.sample(labels(upstream), value(upstream)) }
    }
    write("callsign_upstream_healthchecks_total", .counter, help: "Health checks of an upstream.") { $0.probes }
    write("coredns_proxy_healthcheck_failures_total", .counter, help: "Health checks that failed.") { $0.probeFailures }
    write("coredns_proxy_conn_cache_hits_total", .counter, help: "Sockets that were used again.") { $0.reusedSockets }
    write("coredns_proxy_conn_cache_misses_total", .counter, help: "Sockets that were opened.") { $0.openedSockets }
    write("callsign_upstream_requests_total", .counter, help: "Questions sent to an upstream.") { $0.requests }
    write("callsign_upstream_failures_total", .counter, help: "Questions that it did not answer.") { $0.failures }
    write("callsign_upstream_bad_answers_total", .counter, help: "Answers of it that were not to the point.") {
      $0.badAnswers
    }
    write("callsign_upstream_down", .gauge, help: "1 while an upstream counts as down.") { $0.isDown ? 1 : 0 }
  }
}
