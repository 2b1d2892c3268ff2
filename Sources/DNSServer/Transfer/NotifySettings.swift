// SPDX-License-Identifier: Apache-2.0

/// Who is told that the zone has changed (NOTIFY, RFC 1996), and how often.
package struct NotifySettings: Hashable, Sendable {
  package static let intervalRange: ClosedRange<Int64> = 1...3600
  package static let triesRange = 1...20

  /// The secondaries; by default none.
  package var peers: [Upstream] = []
  /// Seconds between two messages to one peer at least; changes in between are told together. A message without an
  /// answer is sent again after this time, then after twice, four times … as long. 1…3600.
  package var intervalSeconds: Int64 = 5
  /// Messages about one serial at most. 1…20.
  package var maximumTries = 6

  package init(peers: [Upstream] = []) { self.peers = peers }

  /// One line for each setting that is out of its range: its name, what it is, what is allowed.
  package func problems() -> [String] {
    var problems: [String] = []
    if !Self.intervalRange.contains(intervalSeconds) {
      problems.append("notify.intervalSeconds: \(intervalSeconds) is not between 1 and 3600")
    }
    if !Self.triesRange.contains(maximumTries) {
      problems.append("notify.maximumTries: \(maximumTries) is not between 1 and 20")
    }
    return problems
  }
}
