// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Messages to the kernel and from it (netlink(7)).
package enum Netlink {
  /// What the kernel puts into one datagram at most: its answers to a dump are made for at most 32 KiB.
  package static let maximumDatagram = 1 << 16

  /// `NETLINK_NETFILTER` of linux/netlink.h.
  private static let netfilterProtocol: Int32 = 12

  /// A socket to the netfilter subsystems (`NETLINK_NETFILTER`). [``Descriptor/write(_:)``](<doc:Descriptor>) sends one
  /// datagram to the kernel, a read takes one.
  /// - Parameter answerSeconds: after which a read without an answer fails.
  package static func netfilter(answerSeconds: Int) throws(SystemError) -> Descriptor {
    let number = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), netfilterProtocol)
    guard number >= 0 else { throw .last("make a netfilter socket") }
    let descriptor = Descriptor(owning: number)
    var time = timeval(tv_sec: answerSeconds, tv_usec: 0)
    let result = unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    guard result == 0 else { throw .last("limit the wait for an answer of netfilter") }
    return descriptor
  }
}
