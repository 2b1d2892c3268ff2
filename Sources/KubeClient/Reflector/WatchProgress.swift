// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How far a watch has come.
final class WatchProgress: Sendable {
  private struct State {
    var isComplete: Bool
    /// The version that changes are told after; 0 while all objects are told.
    var start: UInt64
    var version: UInt64?
    /// It has told of something that was not known when it began.
    var hasTold = false
  }

  private let state: Mutex<State>
  private let start: Duration

  /// - Parameter version: changes after it are told; 0 where all objects are.
  init(isComplete: Bool, from version: UInt64, since start: Duration) {
    state = Mutex(State(isComplete: isComplete, start: version))
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
      $0.start = version
      $0.hasTold = true
    }
  }

  /// Something was told. The versions of the objects that there were say nothing of how far the watch is, and a version
  /// that was known is no progress: a watch that tells no other is not to be opened again at once.
  /// - Returns: false where the version is one before those that changes were asked for: such a server was set back, and
  ///   has another history.
  func told(_ version: UInt64) -> Bool {
    state.withLock {
      guard $0.isComplete, version > 0 else { return true }
      guard version >= $0.start else { return false }
      if version > $0.version ?? $0.start { $0.hasTold = true }
      $0.version = version
      return true
    }
  }

  func end(_ failure: ReflectorMachine.Failure?, at now: Duration) -> ReflectorMachine.WatchEnd {
    state.withLock {
      let isShort = now - start < Reflector.shortWatch
      // What made no sense was of no use, however long it took.
      let livedLong = !isShort && failure != .undecodable && failure != .foreign
      return ReflectorMachine.WatchEnd(
        failure, version: $0.version, isComplete: $0.isComplete, wasOfUse: $0.hasTold || livedLong, isShort: isShort)
    }
  }
}
