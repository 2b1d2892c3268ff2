// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// When what is known is compared next with what the API server has: now and then, spread so that kinds and replicas do
/// not all come at once, and sooner where there is doubt.
final class CheckSchedule: Sendable {
  private let interval: Duration
  private let time: ReflectorTime
  /// `nil`: not before there is doubt.
  private let next: Mutex<Duration?>
  /// Comparisons in a row that failed while there was doubt; `nil`: there is none.
  private let doubt = Mutex<Int?>(nil)
  private let moved = SharedSignal()

  /// - Parameter interval: zero for none.
  init(_ interval: Duration, _ time: ReflectorTime) {
    self.interval = interval
    self.time = time
    next = Mutex(nil)
    advance()
  }

  private func advance() {
    let now = time.now()
    next.withLock { $0 = interval > .zero ? now + interval * (0.9 + 0.2 * time.random()) : nil }
  }

  /// The next comparison is to come within a time; zero changes nothing.
  func bringForward(to limit: Duration) {
    guard limit > .zero else { return }
    let moment = time.now() + limit * (0.2 + 0.8 * time.random())
    doubt.withLock { $0 = $0 ?? 0 }
    next.withLock { $0 = min($0 ?? moment, moment) }
    moved.tell()
  }

  /// A comparison has ended. Doubt stays until one has succeeded.
  func compared(isDone: Bool) {
    let failures = doubt.withLock { doubt -> Int? in
      doubt = isDone ? nil : doubt.map { $0 + 1 }
      return doubt
    }
    guard let failures else { return }
    bringForward(to: min(Self.firstRetry * (1 << min(failures - 1, 8)), Self.longestRetry))
  }

  private static let firstRetry = Duration.seconds(10)
  private static let longestRetry = Duration.seconds(300)

  /// Waits for the next comparison, and has one more come after it. Ends when the task is cancelled.
  func wait() async {
    while !Task.isCancelled {
      let known = moved.count
      let left = next.withLock { $0 }.map { $0 - time.now() } ?? Self.noDoubt
      if left <= .zero { break }
      _ = await moved.sleep(left, time, since: known)
    }
    advance()
  }

  /// As long as anything is waited for that may never come.
  private static let noDoubt = Duration.seconds(86_400)
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
