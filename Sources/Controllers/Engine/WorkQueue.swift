// SPDX-License-Identifier: Apache-2.0
import DequeModule
import KubeModel
import Synchronization

/// The keys that one reconciler has to work on.
///
/// A key is *absent*, *waiting*, *running*, *running and due again*, or *delayed*. `add` makes an absent or delayed key
/// wait and marks a running one due again; `finish` makes a running key absent, or delayed, or, if it is due again,
/// waiting. So a key never runs twice at a time, and a change during a run is never lost. There are never more entries
/// than keys.
final class WorkQueue<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
  private struct State {
    var waiting = KeyFIFO()
    /// The keys in work, and whether they are due again.
    var running: [ObjectKey: Bool] = [:]
    var delayed: [ObjectKey: Instant] = [:]
    var failures: [ObjectKey: Int] = [:]
    var isClosed = false
    var worker: CheckedContinuation<ObjectKey?, Never>?
    var timer: (deadline: Instant?, continuation: CheckedContinuation<Instant?, Never>)?

    /// No delayed key is due before; it can be too early until the next release, never too late.
    var earliest: Instant?

    mutating func delay(_ key: ObjectKey, until deadline: Instant) {
      delayed[key] = deadline
      earliest = earliest.map { min($0, deadline) } ?? deadline
    }

    mutating func takeNext(limit: Int) -> ObjectKey? {
      guard running.count < limit, let key = waiting.popFirst() else { return nil }
      running[key] = false
      return key
    }
  }

  /// Who is to be resumed once the lock is released.
  private struct Wake {
    var worker: (CheckedContinuation<ObjectKey?, Never>, ObjectKey?)?
    var timer: (CheckedContinuation<Instant?, Never>, Instant?)?

    func resume() {
      if let (continuation, key) = worker { continuation.resume(returning: key) }
      if let (continuation, deadline) = timer { continuation.resume(returning: deadline) }
    }
  }

  private let state = Mutex(State())
  /// The most keys that are in work at a time.
  private let workerLimit: Int

  init(workerLimit: Int) {
    self.workerLimit = workerLimit
  }

  func add(_ keys: some Sequence<ObjectKey>) {
    change { state in
      for key in keys {
        state.delayed[key] = nil
        if state.running[key] == nil { state.waiting.append(key) } else { state.running[key] = true }
      }
    }
  }

  /// The next key, now in work; waits for one and for a free worker. Nil once the queue is closed. One caller.
  func next() async -> ObjectKey? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        change { state in
          precondition(state.worker == nil, "one dispatcher at a time")
          state.worker = continuation
        }
      }
    } onCancel: {
      close()
    }
  }

  /// The work on a key is done, and time alone makes it wait again where a deadline is given.
  func finish(_ key: ObjectKey, again deadline: Instant? = nil) {
    change { state in
      state.failures[key] = nil
      Self.release(key, deadline, &state)
    }
  }

  /// The work on a key failed.
  /// - Parameter deadline: when to try again, from the number of failures in a row.
  func fail(_ key: ObjectKey, retryAt deadline: (_ failures: Int) -> Instant) {
    change { state in
      let failures = state.failures[key, default: 0] + 1
      state.failures[key] = failures
      Self.release(key, deadline(failures), &state)
    }
  }

  private static func release(_ key: ObjectKey, _ deadline: Instant?, _ state: inout State) {
    guard let isDue = state.running.removeValue(forKey: key) else { return }
    if isDue {
      state.waiting.append(key)
    } else if let deadline {
      state.delay(key, until: deadline)
    }
  }

  /// Makes the delayed keys wait whose time has come.
  func release(dueAt now: Instant) {
    change { state in
      for (key, deadline) in state.delayed where deadline <= now {
        state.delayed[key] = nil
        state.waiting.append(key)
      }
      state.earliest = state.delayed.values.min()
    }
  }

  /// Waits until the earliest deadline is another than `known`, and gives it; nil once the queue is closed or the task
  /// is cancelled. One caller.
  func deadline(otherThan known: Instant?) async -> Instant? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isCancelled = change { state in
          // Under the lock, so that a cancellation comes either before this or finds the continuation.
          if Task.isCancelled { return true }
          precondition(state.timer == nil, "one timer at a time")
          state.timer = (known, continuation)
          return false
        }
        if isCancelled { continuation.resume(returning: nil) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        defer { state.timer = nil }
        return state.timer?.continuation
      }
      continuation?.resume(returning: nil)
    }
  }

  /// Ends `next()`; keys in work may finish.
  func close() {
    change { $0.isClosed = true }
  }

  private func change<Answer>(_ body: (inout State) -> Answer) -> Answer {
    let (answer, wake) = state.withLock { state in
      let answer = body(&state)
      var wake = Wake()
      if let worker = state.worker {
        if state.isClosed {
          wake.worker = (worker, nil)
        } else if let key = state.takeNext(limit: workerLimit) {
          wake.worker = (worker, key)
        }
        if wake.worker != nil { state.worker = nil }
      }
      if let timer = state.timer {
        if state.isClosed {
          wake.timer = (timer.continuation, nil)
        } else if let earliest = state.earliest, earliest != timer.deadline {
          wake.timer = (timer.continuation, earliest)
        }
        if wake.timer != nil { state.timer = nil }
      }
      return (answer, wake)
    }
    wake.resume()
    return answer
  }
}

/// Keys in the order in which they came, each once. Its memory is that of the most keys that ever waited at a time.
private struct KeyFIFO {
  private var keys: Deque<ObjectKey> = []
  private var members: Set<ObjectKey> = []

  mutating func append(_ key: ObjectKey) {
    if members.insert(key).inserted { keys.append(key) }
  }

  mutating func popFirst() -> ObjectKey? {
    guard let key = keys.popFirst() else { return nil }
    members.remove(key)
    return key
  }
}
