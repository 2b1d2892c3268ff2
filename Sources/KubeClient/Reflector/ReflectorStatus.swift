// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How one list and watch is doing. Written by its driver, read by metrics and readiness.
final class ReflectorStatus: Sendable {
  struct Counts: Sendable {
    /// The newest version that is answered from; 0 before the first list is whole.
    var version: UInt64 = 0
    /// When the API server last told what there is or what has changed; `nil`: never. What it refuses, and what is read
    /// only to compare, keeps nothing in step.
    var lastWord: Duration?
    /// All objects have been read once.
    var isComplete = false
    /// They are not being read again just now.
    var isWatching = false
    /// How often all objects were read.
    var lists: [ReflectorMachine.Reason: Int] = [:]
    var watches = 0
    var checks = 0
    var differences = 0
    /// Answers by the status of HTTP.
    var answers: [Int: Int] = [:]
    /// By the status of HTTP, or a word.
    var errors: [String: Int] = [:]
  }

  private let counts = Mutex(Counts())

  var current: Counts { counts.withLock { $0 } }
  var version: UInt64 { counts.withLock { $0.version } }
  var isComplete: Bool { counts.withLock { $0.isComplete } }

  func update(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

  func heard(at time: Duration) { counts.withLock { $0.lastWord = time } }

  func count(error: String) { counts.withLock { $0.errors[error, default: 0] += 1 } }
}

extension ReflectorMachine.Failure {
  /// As a label of metrics.
  var word: String {
    switch self {
    case .refused(let status): "\(status.code)"
    case .disconnected: "disconnected"
    case .undecodable: "undecodable"
    case .silent: "silent"
    case .misunderstood: "misunderstood"
    }
  }
}
