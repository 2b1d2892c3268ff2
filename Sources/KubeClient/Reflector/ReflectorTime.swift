// SPDX-License-Identifier: Apache-2.0

/// The clock of those who follow an API server, and their dice. The clock never goes back, whatever is done to the
/// machine's time.
package struct ReflectorTime: Sendable {
  /// The time since some moment in the past.
  let now: @Sendable () -> Duration
  /// Throws when the task is cancelled.
  let sleep: @Sendable (Duration) async throws -> Void
  /// 0 to 1.
  let random: @Sendable () -> Double

  package init<C: Clock>(
    _ clock: C, random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    self.random = random
  }
}
