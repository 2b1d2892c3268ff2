// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether the program should be sent work. Ready when every check says so, until shutdown begins.
package final class Readiness: Sendable {
  /// Something that must be so.
  package struct Check: Sendable {
    /// A short name: `kubernetes`.
    package let name: String
    /// `nil` where it is so, else what is missing. Must not block.
    package let problem: @Sendable () -> String?

    package init(_ name: String, problem: @escaping @Sendable () -> String?) {
      self.name = name
      self.problem = problem
    }
  }

  private struct State {
    var checks: [Check]
    var isEnding = false
  }

  private let state: Mutex<State>

  package init(_ checks: [Check] = []) { state = Mutex(State(checks: checks)) }

  package func add(_ check: Check) { state.withLock { $0.checks.append(check) } }

  /// From now on not ready, for good: shutdown has begun, though answers may go on for a while.
  package func beginShutdown() { state.withLock { $0.isEnding = true } }

  /// What is missing, a line each; empty when ready.
  package var problems: [String] {
    let (checks, isEnding) = state.withLock { ($0.checks, $0.isEnding) }
    if isEnding { return ["shutdown: in progress"] }
    return checks.compactMap { check in check.problem().map { "\(check.name): \($0)" } }
  }
}
