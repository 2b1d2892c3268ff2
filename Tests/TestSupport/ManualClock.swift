// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A clock that stands still until the test moves it.
package final class ManualClock: Clock, Sendable {
  package struct Instant: InstantProtocol {
    package var offset: Duration
    package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    package func duration(to other: Instant) -> Duration { other.offset - offset }
    package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var nextSleeper = 0
    var observers: [Observer] = []

    func sleeperCount(until deadline: Instant) -> Int { sleepers.values.count { $0.deadline == deadline } }
  }

  private struct Observer {
    let deadline: Instant
    let count: Int
    let continuation: CheckedContinuation<Void, Never>
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Instant { state.withLock(\.now) }
  package var minimumResolution: Duration { .nanoseconds(1) }

  package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.nextSleeper += 1
      return state.nextSleeper
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        typealias Answer = (Result<Void, any Error>?, [CheckedContinuation<Void, Never>])
        let (result, observers) = state.withLock { state -> Answer in
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          if deadline <= state.now { return (.success(()), []) }
          state.sleepers[id] = (deadline, continuation)
          let count = state.sleeperCount(until: deadline)
          let isDone = { (observer: Observer) in observer.deadline == deadline && observer.count <= count }
          let observers = state.observers.filter(isDone).map(\.continuation)
          state.observers.removeAll(where: isDone)
          return (nil, observers)
        }
        if let result { continuation.resume(with: result) }
        for observer in observers { observer.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Waits until someone, or as many as `count`, sleep until `offset` after the clock's start.
  package func sleeper(until offset: Duration, count: Int = 1) async {
    let deadline = Instant(offset: offset)
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.sleeperCount(until: deadline) >= count { return true }
        state.observers.append(Observer(deadline: deadline, count: count, continuation: continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }
}
