// SPDX-License-Identifier: Apache-2.0
import Observability

/// The sums of one place's counters, and how they are written.
struct ServerMetricsRow {
  typealias Layout = QuestionCounters.Layout

  var place: ServerMetrics.Place
  /// Our zone's name.
  var zone: String
  /// As `QuestionCounters.Layout` orders them.
  var values: [UInt64]

  private func zone(_ source: AnswerSource) -> String {
    switch source {
    case .names: zone
    case .forward: "."
    case .nobody: "dropped"
    }
  }

  private func labels(_ source: AnswerSource) -> MetricsText.Labels {
    [("server", place.server), ("zone", zone(source)), ("view", "")]
  }

  private func histogram(_ base: Int, _ source: AnswerSource, _ bounds: HistogramBounds, scale: Double)
    -> HistogramCounts
  {
    let start = base + source.rawValue * (bounds.bucketCount + 1)
    let sum = start + bounds.bucketCount
    return HistogramCounts(buckets: Array(values[start..<sum]), sum: Double(values[sum]) / scale)
  }

  static func write(_ rows: [ServerMetricsRow], to text: inout MetricsText) {
    text.begin("coredns_dns_requests_total", .counter, help: "Questions, by zone, transport, family and type.")
    for (row, source) in rows.bySource {
      for (index, type) in TypeLabel.names.enumerated() {
        let value = row.values[Layout.requests + source.rawValue * Layout.types + index]
        guard value > 0 else { continue }
        text.sample(
          row.labels(source) + [("proto", row.place.transport), ("family", row.place.family), ("type", type)], value)
      }
    }
    text.begin("coredns_dns_responses_total", .counter, help: "Answers, by zone, code and where they come from.")
    // Both transports of a server have these labels.
    var responses: [(labels: MetricsText.Labels, value: UInt64)] = []
    for (row, source) in rows.bySource {
      for (index, code) in ResponseCodeLabel.names.enumerated() {
        let value = row.values[Layout.responses + source.rawValue * Layout.codes + index]
        guard value > 0 else { continue }
        let labels = row.labels(source) + [("rcode", code), ("plugin", source.plugin)]
        if let known = responses.firstIndex(where: { $0.labels.map(\.value) == labels.map(\.value) }) {
          responses[known].value += value
        } else {
          responses.append((labels, value))
        }
      }
    }
    for response in responses { text.sample(response.labels, response.value) }
    writeDurations(rows, to: &text)
    text.begin("coredns_dns_request_size_bytes", .histogram, help: "Octets of questions.")
    writeSizes(rows, Layout.requestSizes, to: &text)
    text.begin("coredns_dns_response_size_bytes", .histogram, help: "Octets of answers.")
    writeSizes(rows, Layout.responseSizes, to: &text)
  }

  private static func writeDurations(_ rows: [ServerMetricsRow], to text: inout MetricsText) {
    text.begin(
      "coredns_dns_request_duration_seconds", .histogram,
      help: "Seconds from a question's arrival to its answer; over UDP for all that came together.")
    var durations: [(labels: MetricsText.Labels, counts: HistogramCounts)] = []
    for (row, source) in rows.bySource {
      let counts = row.histogram(Layout.durations, source, QuestionCounters.timeBounds, scale: 1e9)
      guard counts.count > 0 else { continue }
      let labels = row.labels(source)
      if let known = durations.firstIndex(where: { $0.labels.map(\.value) == labels.map(\.value) }) {
        durations[known].counts += counts
      } else {
        durations.append((labels, counts))
      }
    }
    for duration in durations { text.histogram(duration.labels, QuestionCounters.timeBounds, duration.counts) }
  }

  private static func writeSizes(_ rows: [ServerMetricsRow], _ base: Int, to text: inout MetricsText) {
    for (row, source) in rows.bySource {
      let counts = row.histogram(base, source, QuestionCounters.sizeBounds, scale: 1)
      guard counts.count > 0 else { continue }
      text.histogram(
        row.labels(source) + [("proto", row.place.transport)], QuestionCounters.sizeBounds, counts)
    }
  }
}

extension [ServerMetricsRow] {
  /// Every row with each source in turn.
  fileprivate var bySource: [(ServerMetricsRow, AnswerSource)] {
    flatMap { row in AnswerSource.allCases.map { (row, $0) } }
  }
}
