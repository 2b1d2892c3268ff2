// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells those that wait, and those that are about to, that something has happened.
final class SharedSignal: Sendable {
  private struct State {
    var count = 0
    var sleeps: [Int: Task<Void, any Error>] = [:]
    var nextSleep = 0
  }

  private let state = Mutex(State())

  /// How often it has happened.
  var count: Int { state.withLock { $0.count } }

  /// It has happened: all that sleep are woken.
  func tell() {
    let sleeps = state.withLock { state in
      state.count += 1
      defer { state.sleeps = [:] }
      return state.sleeps.values
    }
    for sleep in sleeps { sleep.cancel() }
  }

  /// Waits; not at all where it has happened more often than `count` times, and no longer than until it does.
  /// - Returns: whether the time was cut short by that.
  func sleep(_ duration: Duration, _ time: ReflectorTime, since count: Int) async -> Bool {
    let begun = state.withLock { state -> (id: Int, sleep: Task<Void, any Error>)? in
      guard state.count == count else { return nil }
      let sleep = Task { try await time.sleep(duration) }
      state.nextSleep += 1
      state.sleeps[state.nextSleep] = sleep
      return (state.nextSleep, sleep)
    }
    guard let (id, sleep) = begun else { return true }
    await withTaskCancellationHandler {
      _ = await sleep.result
    } onCancel: {
      sleep.cancel()
    }
    let hasSleptOut = state.withLock { $0.sleeps.removeValue(forKey: id) != nil }
    return !hasSleptOut
  }
}
