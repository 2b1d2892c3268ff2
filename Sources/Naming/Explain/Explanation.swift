// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// Why a name answers as it does, or not.
package struct Explanation: Sendable, Hashable {
  /// How the question ends.
  package enum Verdict: String, Sendable, CaseIterable {
    /// There are records of the type that was asked for.
    case answers
    /// The name exists, without such records.
    case noData = "nodata"
    case nameError = "nxdomain"
    case serverFailure = "servfail"
    case refused
    /// The name is not ours: what the upstreams say, clients are told.
    case forwarded
    /// The one who asks does not ask this server.
    case elsewhere
    /// What was given is no domain name, and nobody can ask for it.
    case invalid
  }

  /// Something on the way to the name that is as it should be.
  package struct Check: Sendable, Hashable {
    package let object: ObjectName?
    package let text: String
  }

  /// One question of those that a look-up takes.
  package struct Step: Sendable, Hashable {
    package let name: Name
    package let verdict: Verdict
    package let records: [Record]
    /// The first finding, which is a cause where there is one; empty for none, and where there is an answer.
    package let because: String
  }

  package let request: ExplainRequest
  /// The name that the rest is about: of all that were asked for, the one that answers, or else the one that objects
  /// come nearest to. Nil where there is no name.
  package let name: Name?
  package let verdict: Verdict
  /// One sentence without its full stop.
  package let summary: String
  /// What is answered, CNAME records included.
  package let records: [Record]
  package let checks: [Check]
  /// Causes before notes.
  package let findings: [Finding]
  /// Every question in order, to the one that answers; one for a whole name.
  package let steps: [Step]

  /// What to change, each said once.
  package var remedies: [String] {
    var seen: Set<String> = []
    return findings.map(\.remedy).filter { !$0.isEmpty && seen.insert($0).inserted }
  }
}
