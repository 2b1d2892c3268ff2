// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells the reflectors of an API server that does not answer when it answers one of them again, so that none waits on
/// for itself.
final class ReturnSignal: Sendable {
  private struct State {
    var returns = 0
    var sleeps: [Int: Task<Void, any Error>] = [:]
    var nextSleep = 0
  }

  private let state = Mutex(State())

  /// How often the server has come back to somebody.
  var returns: Int { state.withLock { $0.returns } }

  /// The server has come back: all that sleep are woken.
  /// - Returns: how often that was so, with this time.
  func tell() -> Int {
    let (returns, sleeps) = state.withLock { state in
      state.returns += 1
      defer { state.sleeps = [:] }
      return (state.returns, state.sleeps.values)
    }
    for sleep in sleeps { sleep.cancel() }
    return returns
  }

  /// Waits; not at all where the server has come back to somebody since there were `returns`, and no longer than until
  /// it does.
  /// - Returns: whether the time was cut short by that.
  func sleep(_ duration: Duration, _ time: ReflectorTime, since returns: Int) async -> Bool {
    let begun = state.withLock { state -> (id: Int, sleep: Task<Void, any Error>)? in
      guard state.returns == returns else { return nil }
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
