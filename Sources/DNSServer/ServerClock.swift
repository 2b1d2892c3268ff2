// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The time as cookies, rate limits and transfers need it. Read only for a question that has to do with them.
struct ServerClock: Sendable {
  /// Seconds since 1970, without the upper half.
  var seconds: @Sendable () -> UInt32
  /// Nanoseconds since some moment; never goes back.
  var nanoseconds: @Sendable () -> UInt64

  static let system = ServerClock(
    seconds: { UInt32(truncatingIfNeeded: read(CLOCK_REALTIME).tv_sec) },
    nanoseconds: {
      let time = read(CLOCK_MONOTONIC)
      return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    })

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    // Fails only for a clock that does not exist.
    unsafe clock_gettime(clock, &time)
    return time
  }
}
