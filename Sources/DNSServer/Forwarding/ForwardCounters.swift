// SPDX-License-Identifier: Apache-2.0

/// What the forwarder has done since it began, and what it holds. Numbers only grow, unless they are said to be of now.
package struct ForwardCounters: Hashable, Sendable {
  package var cache = ForwardCacheCounters()
  /// For each upstream of the settings in force, in their order.
  package var upstreams: [UpstreamCounters] = []
  /// Clients' questions that wait for an upstream now, and the most that ever did.
  package var inFlight = 0
  package var maximumInFlight = 0
  /// Clients' questions that joined one already on its way.
  package var joined = 0
  /// Clients' questions that were one too many.
  package var overloads = 0
  /// Questions for which every upstream was down.
  package var allDown = 0
  /// Questions answered here: static names, names with a fixed meaning, and refused domains.
  package var staticAnswers = 0
  package var specialAnswers = 0
  package var refused = 0
  /// Names in the table of static names now.
  package var staticEntries = 0

  package init() {}
}

/// What the cache has done, and holds.
package struct ForwardCacheCounters: Hashable, Sendable {
  package var hits = CountsByKind()
  package var misses = 0
  /// Held now.
  package var entries = CountsByKind()
  /// Octets held now, about.
  package var octets = 0
  package var evictions = CountsByKind()
  package var prefetches = 0
  package var servedStale = 0

  package init() {}
}

/// Numbers by what an answer says.
package struct CountsByKind: Hashable, Sendable {
  package var success = 0
  package var denial = 0
  /// Failures of upstreams, which are remembered for a moment.
  package var failure = 0

  package init() {}

  package var sum: Int { success + denial + failure }

  subscript(kind: ForwardedAnswer.Kind) -> Int {
    get {
      switch kind {
      case .success: success
      case .denial: denial
      case .failure: failure
      }
    }
    set {
      switch kind {
      case .success: success = newValue
      case .denial: denial = newValue
      case .failure: failure = newValue
      }
    }
  }
}

/// What went to one upstream, and came back.
package struct UpstreamCounters: Hashable, Sendable {
  package let upstream: Upstream
  /// Questions sent, those of health checks left out.
  package var requests = 0
  /// Questions without an answer.
  package var failures = 0
  /// Answers that were not to the point: records of other names, loops, nonsense.
  package var badAnswers = 0
  /// By response code: how many answers, and how long they took.
  package var responses: [UInt16: DurationCounts] = [:]
  /// Health checks, and those without an answer.
  package var probes = 0
  package var probeFailures = 0
  /// Sockets that could be used again, and those that had to be opened.
  package var reusedSockets = 0
  package var openedSockets = 0
  /// Questions that went over TCP, since UDP was not enough.
  package var tcpRequests = 0
  /// How it is now.
  package var isDown = false
  package var isLoop = false

  package init(_ upstream: Upstream) { self.upstream = upstream }
}

/// How long things took, in the steps that dashboards for CoreDNS know.
package struct DurationCounts: Hashable, Sendable {
  /// Upper bounds of the steps, seconds; what is longer is in the last number.
  package static let bounds: [Double] = (0..<16).map { 0.00025 * Double(1 << $0) }

  package var counts = [Int](repeating: 0, count: bounds.count + 1)
  package var sumMicroseconds: Int64 = 0

  package init() {}

  package var count: Int { counts.reduce(0, +) }

  mutating func add(microseconds: Int64) {
    var step = 0
    while step < Self.bounds.count, microseconds > 250 << Int64(step) { step += 1 }
    counts[step] += 1
    sumMicroseconds += microseconds
  }
}
