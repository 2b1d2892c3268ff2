// SPDX-License-Identifier: Apache-2.0
package import Observability

/// How an API server is followed, as metrics.
package struct ClusterMetrics: MetricsSource {
  private let cluster: ClusterReflector
  private let host: String

  /// - Parameter host: the API server's host and port, as a label.
  package init(_ cluster: ClusterReflector, host: String) {
    self.cluster = cluster
    self.host = host
  }

  package func writeMetrics(to text: inout MetricsText) {
    let kinds = cluster.kinds.map { kind in
      let statuses = cluster.reflectors.filter { $0.scope.kind == kind }.map(\.status.current)
      return (kind: kind, statuses: statuses)
    }
    writeState(kinds, to: &text)
    writeWork(kinds, to: &text)
  }

  private typealias Kinds = [(kind: FollowedKind, statuses: [ReflectorStatus.Counts])]

  /// What is known, and how old it is.
  private func writeState(_ kinds: Kinds, to text: inout MetricsText) {
    let now = cluster.time.now()
    text.begin(
      "callsign_kubernetes_resource_version", .gauge,
      help: "The newest version of the API server's that is answered from: replicas can be compared by it.")
    for (kind, statuses) in kinds {
      text.sample([("kind", kind.rawValue)], statuses.map(\.version).min() ?? 0)
    }
    text.begin(
      "callsign_kubernetes_staleness_seconds", .gauge,
      help: "Seconds since the API server last told something that was no refusal.")
    for (kind, statuses) in kinds {
      let ages = statuses.map { $0.lastHeard.map { (now - $0).seconds } ?? .infinity }
      text.sample([("kind", kind.rawValue)], ages.max() ?? .infinity)
    }
    text.begin("callsign_kubernetes_synced", .gauge, help: "1 once all objects of the kind have been read.")
    for (kind, statuses) in kinds { text.sample([("kind", kind.rawValue)], statuses.allSatisfy(\.isComplete) ? 1 : 0) }
    text.begin("callsign_kubernetes_objects", .gauge, help: "Objects that are known.")
    for (kind, _) in kinds { text.sample([("kind", kind.rawValue)], cluster.names.count(kind)) }
  }

  /// What was asked for, and how that went.
  private func writeWork(_ kinds: Kinds, to text: inout MetricsText) {
    text.begin(
      "callsign_kubernetes_lists_total", .counter, help: "How often all objects were read, and why.")
    for (kind, statuses) in kinds {
      for reason in ReflectorMachine.Reason.allCases {
        let count = statuses.reduce(0) { $0 + ($1.lists[reason] ?? 0) }
        text.sample([("kind", kind.rawValue), ("reason", reason.rawValue)], count)
      }
    }
    counter("callsign_kubernetes_watches_total", "Watches that were opened to go on from a version.", \.watches)
    text.begin(
      "callsign_kubernetes_request_errors_total", .counter,
      help: "Requests that failed, by the status of the answer or what happened.")
    for (kind, statuses) in kinds {
      var errors: [String: Int] = [:]
      for status in statuses { errors.merge(status.errors) { $0 + $1 } }
      for (word, count) in errors.sorted(by: { $0.key < $1.key }) {
        text.sample([("kind", kind.rawValue), ("status", word)], count)
      }
    }
    text.begin(
      "coredns_kubernetes_rest_client_requests_total", .counter, help: "Requests that the API server has answered.")
    var answers: [Int: Int] = [:]
    for (_, statuses) in kinds { for status in statuses { answers.merge(status.answers) { $0 + $1 } } }
    for (code, count) in answers.sorted(by: { $0.key < $1.key }) {
      text.sample([("code", "\(code)"), ("host", host), ("method", "GET")], count)
    }
    counter(
      "callsign_kubernetes_checks_total", "Comparisons of what is known with what the API server has.", \.checks)
    counter(
      "callsign_kubernetes_differences_total", "Objects that such a comparison found different, and mended.",
      \.differences)

    func counter(_ name: String, _ help: String, _ value: (ReflectorStatus.Counts) -> Int) {
      text.begin(name, .counter, help: help)
      for (kind, statuses) in kinds {
        text.sample([("kind", kind.rawValue)], statuses.reduce(0) { $0 + value($1) })
      }
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
