// SPDX-License-Identifier: Apache-2.0

/// The clock that the forwarder's memory, health checks and deadlines go by. (A try's timeout is the event loop's.)
struct ForwardTime: Sendable {
  /// Milliseconds since some moment in the past.
  let now: @Sendable () -> Int64
  /// Throws when the task is cancelled.
  let sleep: @Sendable (_ milliseconds: Int64) async throws -> Void

  init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now).milliseconds }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: .milliseconds($0)), tolerance: nil) }
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
  var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
