// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Room for connections that nobody has accepted yet.
package enum ListenQueue {
  /// Room of a TCP socket that listens: `tcpi_sacked` of its TCP_INFO (tcp(7)), as ss(8) shows it.
  package static func room(of descriptor: Int32) -> UInt32? {
    var info = [UInt32](repeating: 0, count: 64)
    var size = socklen_t(info.count * MemoryLayout<UInt32>.size)
    guard unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return nil }
    return info[7]
  }

  /// What a socket gets that asks for `wanted`.
  package static func room(asking wanted: UInt32) -> UInt32? {
    guard let file = unsafe fopen("/proc/sys/net/core/somaxconn", "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard unsafe fgets(&line, Int32(line.count), file) != nil else { return nil }
    return unsafe min(wanted, UInt32(atoi(line)))
  }
}
