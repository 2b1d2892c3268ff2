// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// TCP and UDP sockets. They belong to the network namespace in which they were made, whoever uses them.
package enum InternetSocket {
  /// Connections that the kernel keeps before they are accepted; it takes no more than `net.core.somaxconn`, whose
  /// usual value this is. One too many waits a second before it tries again.
  package static let backlog: Int32 = 4096

  /// A socket that does not block.
  package static func make(isIPv6: Bool = false, isStream: Bool) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(callsign_internet_socket(isIPv6 ? 6 : 4, isStream ? 1 : 0), "make a socket"))
  }

  /// - Parameter octets: the address, 4 or 16 octets in network order.
  package static func bind(_ socket: Descriptor, octets: [UInt8], port: UInt16) throws(SystemError) {
    try checked(
      unsafe callsign_bind_address(socket.number, octets, Int32(octets.count), port), "bind to port \(port)")
  }

  /// Listens; on a socket that does already, sets the length of its queue anew.
  package static func listen(_ socket: Descriptor, backlog: Int32 = backlog) throws(SystemError) {
    guard Glibc.listen(socket.number, backlog) == 0 else { throw .last("listen") }
  }

  /// Begins to connect; true where that is done at once, else the socket becomes writable when it is decided.
  package static func connect(_ socket: Descriptor, octets: [UInt8], port: UInt16) throws(SystemError) -> Bool {
    let result = unsafe callsign_connect_address(socket.number, octets, Int32(octets.count), port)
    if result == -EINPROGRESS { return false }
    try checked(result, "connect")
    return true
  }

  /// The outcome of a connection that was in progress.
  package static func finishConnecting(_ socket: Descriptor) throws(SystemError) {
    let code = callsign_socket_error(socket.number)
    if code != 0 { throw SystemError("connect", code: code) }
  }
}
