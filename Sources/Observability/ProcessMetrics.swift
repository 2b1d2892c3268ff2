// SPDX-License-Identifier: Apache-2.0
import Glibc
import LinuxSystem

/// The `process_*` metrics that Prometheus' own client libraries export, from proc(5).
package struct ProcessMetrics: MetricsSource {
  /// Octets of one of these files at most.
  private static let maximumFile = 16 << 10

  /// Seconds since 1970.
  private let startTime: Double

  /// Make it when the program starts: that is the start time which it tells.
  package init() {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    startTime = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  package func writeMetrics(to text: inout MetricsText) {
    text.begin("process_start_time_seconds", .gauge, help: "Start time of the process since unix epoch in seconds.")
    text.sample([], startTime)
    if let stat = Self.file("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
      // Behind the name, which may hold anything: field 3 and on.
      let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
      guard fields.count > 21 else { return }
      text.begin("process_cpu_seconds_total", .counter, help: "Total user and system CPU time spent in seconds.")
      text.sample([], (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK))))
      text.begin("process_virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.")
      text.sample([], fields[20])
      text.begin("process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.")
      text.sample([], fields[21] * Double(sysconf(Int32(_SC_PAGESIZE))))
    }
  }

  private static func file(_ path: String) -> String? {
    guard let descriptor = try? Descriptor.open(path, O_RDONLY),
      let octets = try? descriptor.read(upTo: maximumFile)
    else { return nil }
    return String(decoding: octets, as: UTF8.self)
  }
}
