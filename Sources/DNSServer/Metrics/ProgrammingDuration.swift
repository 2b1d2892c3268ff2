// SPDX-License-Identifier: Apache-2.0
package import Naming
package import Observability

/// How long changes of endpoints take from their cause to the answer that shows them, under CoreDNS' name.
package final class ProgrammingDuration: MetricsSource {
  /// Seconds: 1 ms, doubled.
  static let bounds = HistogramBounds.exponential(first: 0.001, count: 20)

  /// For each kind `bounds.bucketCount` buckets and a sum in microseconds.
  private let cells = CounterCells<44>()

  package init() {}

  package func observe(_ delays: [ChangeDelay]) {
    for delay in delays {
      let base = Self.base(delay.kind)
      cells.addShared(at: base + Self.bounds.bucket(delay.seconds))
      cells.addShared(UInt64(max(delay.seconds, 0) * 1e6), at: base + Self.bounds.bucketCount)
    }
  }

  package func writeMetrics(to text: inout MetricsText) {
    text.begin(
      "coredns_kubernetes_dns_programming_duration_seconds", .histogram,
      help: "Seconds from the change that led to a headless Service's endpoints to the answer that has them.")
    for kind in ChangeDelay.ServiceKind.allCases {
      let base = Self.base(kind)
      let buckets = cells.values(base..<(base + Self.bounds.bucketCount))
      text.histogram(
        [("service_kind", kind.rawValue)], Self.bounds,
        HistogramCounts(buckets: buckets, sum: Double(cells[base + Self.bounds.bucketCount]) / 1e6))
    }
  }

  private static func base(_ kind: ChangeDelay.ServiceKind) -> Int {
    kind == .headlessWithSelector ? 0 : bounds.bucketCount + 1
  }
}
