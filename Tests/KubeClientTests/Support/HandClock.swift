// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A clock whose hands the test moves. Who sleeps by it sleeps until its task is cancelled.
final class HandClock: Clock, Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private let time = Mutex(Duration.zero)

  var now: Instant { Instant(offset: time.withLock(\.self)) }
  var minimumResolution: Duration { .nanoseconds(1) }

  func advance(by duration: Duration) { time.withLock { $0 += duration } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let (never, sink) = AsyncStream<Never>.makeStream()
    for await _ in never {}
    sink.finish()
    try Task.checkCancellation()
  }
}
