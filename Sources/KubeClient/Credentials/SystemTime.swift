// SPDX-License-Identifier: Apache-2.0
import Glibc
package import KubeModel

/// The time of day by this machine's clock.
package func systemTime() -> Timestamp {
  var time = timespec()
  // Fails only for a clock that does not exist.
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
