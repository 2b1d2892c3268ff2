// SPDX-License-Identifier: Apache-2.0

/// The clock that the forwarder's memory, health checks and deadlines go by. (A try's timeout is the event loop's.)
struct ForwardTime: Sendable {
  /// Microseconds since some moment in the past.
  let microseconds: @Sendable () -> Int64
  /// Throws when the task is cancelled.
  let sleep: @Sendable (_ milliseconds: Int64) async throws -> Void

  init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    microseconds = { start.duration(to: clock.now).microseconds }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: .milliseconds($0)), tolerance: nil) }
  }

  /// Milliseconds since that moment.
  func now() -> Int64 { microseconds() / 1000 }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
  var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
