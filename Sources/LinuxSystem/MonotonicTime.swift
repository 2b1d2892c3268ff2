// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Time for measuring, read as cheaply as the kernel allows (no system call).
package enum MonotonicTime {
  /// Nanoseconds since some moment in the past.
  package static var nanoseconds: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// Holds the calling thread, which is no thread of Swift's pool, for less than a second.
  package static func block(milliseconds: Int) { usleep(UInt32(min(max(milliseconds, 0), 999)) * 1000) }
}
