// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How far a watch has come.
final class WatchProgress: Sendable {
  private struct State {
    var isComplete: Bool
    var version: UInt64?
    var hasTold = false
  }

  private let state: Mutex<State>
  private let start: Duration

  init(isComplete: Bool, since start: Duration) {
    state = Mutex(State(isComplete: isComplete))
    self.start = start
  }

  /// All objects that there are have been told.
  var isComplete: Bool { state.withLock { $0.isComplete } }
  /// The newest version from which changes can be told.
  var version: UInt64? { state.withLock { $0.version } }

  func complete(at version: UInt64) {
    state.withLock {
      $0.isComplete = true
      $0.version = version
    }
  }

  /// Something was told. The versions of the objects that there were say nothing of how far the watch is.
  func told(_ version: UInt64) {
    state.withLock {
      $0.hasTold = true
      if $0.isComplete, version > 0 { $0.version = version }
    }
  }

  func end(_ failure: ReflectorMachine.Failure?, at now: Duration) -> ReflectorMachine.WatchEnd {
    state.withLock {
      ReflectorMachine.WatchEnd(
        failure, version: $0.version, isComplete: $0.isComplete,
        wasOfUse: $0.hasTold || now - start >= Reflector.shortWatch)
    }
  }
}
