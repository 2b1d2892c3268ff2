// SPDX-License-Identifier: Apache-2.0
import Glibc
package import KubeModel

extension Timestamp {
  /// The time of the system's clock.
  package static func now() -> Timestamp {
    var time = timespec()
    // CLOCK_REALTIME is always there, so the call cannot fail.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
