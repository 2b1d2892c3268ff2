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
    /// When the watch that is open now was answered. It may be a while until there is something to tell.
    var opened: Duration?
    /// The watch before told nothing: that one is answered says nothing any more.
    var isMute = false
    /// When the first request failed of those that have had no answer; `nil` where there was one since.
    var awaySince: Duration?
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

    /// When the API server was last heard of.
    var lastHeard: Duration? { opened.map { max($0, lastWord ?? $0) } ?? lastWord }
  }

  private let counts = Mutex(Counts())

  var current: Counts { counts.withLock { $0 } }
  var version: UInt64 { counts.withLock { $0.version } }
  var isComplete: Bool { counts.withLock { $0.isComplete } }

  func update(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

  /// Something was told that made sense.
  func heard(at time: Duration) {
    update {
      $0.lastWord = time
      $0.isMute = false
    }
  }

  /// A watch that goes on from a version was answered.
  func opened(at time: Duration) {
    update { if !$0.isMute { $0.opened = time } }
  }

  /// A watch has ended.
  func closed(_ end: ReflectorMachine.WatchEnd) {
    update {
      guard let opened = $0.opened.take(), end.version == nil else { return }
      // One that was cut after a while might have told something later.
      $0.isMute = end.failure != .disconnected || end.isShort
      if !$0.isMute { $0.lastWord = max(opened, $0.lastWord ?? opened) }
    }
  }

  /// A request has had no answer, or no more of it.
  func noteAway(since time: Duration) {
    update { $0.awaySince = $0.awaySince ?? time }
  }

  /// There is an answer.
  /// - Returns: since when there was none, if that was so; and whether it was ever heard of before.
  func back() -> (since: Duration?, isKnown: Bool) {
    counts.withLock { ($0.awaySince.take(), $0.lastWord != nil) }
  }

  func count(error: String) { counts.withLock { $0.errors[error, default: 0] += 1 } }
}

extension ReflectorMachine.Failure {
  /// As a label of metrics.
  var word: String {
    switch self {
    case .refused(let status): "\(status.code)"
    case .disconnected: "disconnected"
    case .undecodable: "undecodable"
    case .foreign: "foreign"
    case .silent: "silent"
    case .misunderstood: "misunderstood"
    case .goneBack: "gone-back"
    }
  }
}
