// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// When what is known is compared next with what the API server has: now and then, spread so that kinds and replicas do
/// not all come at once, and sooner where there is doubt.
final class CheckSchedule: Sendable {
  private struct State {
    /// `nil`: not before there is doubt.
    var next: Duration?
    /// There is doubt, for which no comparison has begun.
    var isDoubted = false
    /// The comparison that is under way is for a doubt.
    var isForDoubt = false
    /// Comparisons for a doubt that failed in a row.
    var failures = 0
  }

  /// Within which time one that failed is made again, at first and at last.
  private static let (firstRetry, longestRetry) = (Duration.seconds(10), Duration.seconds(300))
  /// As long as anything is waited for that may never come.
  private static let noDoubt = Duration.seconds(86_400)

  private let interval: Duration
  private let time: ReflectorTime
  private let state = Mutex(State())
  private let moved = SharedSignal()

  /// - Parameter interval: zero for none.
  init(_ interval: Duration, _ time: ReflectorTime) {
    self.interval = interval
    self.time = time
    state.withLock { $0.next = regular }
  }

  private var regular: Duration? {
    interval > .zero ? time.now() + interval * (0.9 + 0.2 * time.random()) : nil
  }

  /// The next comparison is to come within a time; zero changes nothing.
  func bringForward(to limit: Duration) {
    guard limit > .zero else { return }
    let moment = time.now() + limit * (0.2 + 0.8 * time.random())
    state.withLock {
      $0.next = min($0.next ?? moment, moment)
      $0.isDoubted = true
    }
    moved.tell()
  }

  /// A comparison has ended. One for a doubt is made again until it succeeds.
  func compared(isDone: Bool) {
    let failures = state.withLock { state in
      state.failures = !isDone && state.isForDoubt ? state.failures + 1 : 0
      return state.failures
    }
    if failures > 0 { bringForward(to: min(Self.firstRetry * (1 << min(failures - 1, 8)), Self.longestRetry)) }
  }

  /// Waits for the next comparison, and has one more come after it. Ends when the task is cancelled.
  func wait() async {
    while !Task.isCancelled {
      let known = moved.count
      let left = state.withLock { $0.next }.map { $0 - time.now() } ?? Self.noDoubt
      if left <= .zero { break }
      _ = await moved.sleep(left, time, since: known)
    }
    state.withLock {
      $0.next = regular
      ($0.isForDoubt, $0.isDoubted) = ($0.isDoubted, false)
    }
  }
}

/// Has all that is known of a server compared soon, where one of its reflectors has seen that it may be wrong.
final class SharedDoubts: Sendable {
  private struct State {
    var schedules: [CheckSchedule] = []
    var last: Duration?
  }

  /// Within which time the comparisons come.
  private static let limit = Duration.seconds(5)
  /// What is found in the meantime has no further ones come: it may be there to stay.
  private static let pause = Duration.seconds(60)

  private let state = Mutex(State())

  func add(_ schedule: CheckSchedule) { state.withLock { $0.schedules.append(schedule) } }

  func tell(at now: Duration) {
    let schedules = state.withLock { state -> [CheckSchedule] in
      if let last = state.last, now - last < Self.pause { return [] }
      state.last = now
      return state.schedules
    }
    for schedule in schedules { schedule.bringForward(to: Self.limit) }
  }
}
