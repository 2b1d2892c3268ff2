// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// UDP sockets for servers. They belong to the network namespace in which they were made, whoever uses them.
package enum DatagramSocket {
  /// A socket that blocks, bound to an address; a port that any other socket has is refused (EADDRINUSE).
  /// - Parameters:
  ///   - octets: the address, 4 or 16 octets in network order.
  ///   - port: 0 takes a free one.
  ///   - isShared: other sockets of the same user that are shared too may have the port; the kernel spreads clients.
  package static func bound(
    octets: [UInt8], port: UInt16, isShared: Bool = false
  ) throws(SystemError) -> Descriptor {
    let result = unsafe callsign_datagram_socket(octets, Int32(octets.count), port, isShared ? 1 : 0)
    return Descriptor(owning: try checked(result, "bind to UDP port \(port)"))
  }

  /// Where a socket of any kind is bound: the address, 4 or 16 octets in network order, and the port.
  package static func place(of socket: Descriptor) throws(SystemError) -> (octets: [UInt8], port: UInt16) {
    var octets = [UInt8](repeating: 0, count: 16)
    var port: UInt16 = 0
    let count = try checked(
      unsafe callsign_bound_address(socket.number, &octets, &port), "read where a socket is bound")
    return (Array(octets.prefix(Int(count))), port)
  }

  /// A socket that can be bound where `socket` is, later and by any thread. It belongs to the network namespace of the
  /// calling thread.
  package static func spare(for socket: Descriptor) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(callsign_datagram_spare(socket.number), "make a UDP socket"))
  }

  /// Binds a spare socket. From then on the kernel gives each client, by its address and port, one of the two.
  package static func join(_ spare: Descriptor, to socket: Descriptor) throws(SystemError) {
    try checked(callsign_datagram_join(spare.number, socket.number), "share a UDP port")
  }

  /// Datagrams that came to a socket and were lost, because it had no room or they were damaged.
  package static func lost(at socket: Descriptor) -> Int { max(0, Int(callsign_datagram_lost(socket.number))) }

  /// Lets that many octets of datagrams wait in the kernel, or as many as it allows; gives how many it does.
  /// - Parameter size: with the kernel's own bookkeeping, several hundred octets for each datagram.
  package static func setReceiveBuffer(_ socket: Descriptor, size: Int) throws(SystemError) -> Int {
    Int(try checked(callsign_datagram_receive_buffer(socket.number, Int32(clamping: size)), "set a receive buffer"))
  }

  /// Datagrams leave whole or not at all, and ICMP messages about the path, which anybody can forge, change nothing.
  package static func forbidFragments(_ socket: Descriptor) throws(SystemError) {
    try checked(callsign_datagram_forbid_fragments(socket.number), "forbid fragments")
  }

  /// Datagrams that do not fit the path leave in fragments, as they do from any socket.
  package static func allowFragments(_ socket: Descriptor) throws(SystemError) {
    try checked(callsign_datagram_allow_fragments(socket.number), "allow fragments")
  }

  /// Ends reception: threads that wait for datagrams get those that are queued, and then empty ones.
  package static func endReception(_ socket: Descriptor) {
    _ = callsign_datagram_end(socket.number)
  }

  /// Sends one datagram to where another came from.
  package static func send(_ octets: [UInt8], to peer: DatagramPeer, from socket: Descriptor) throws(SystemError) {
    let result = unsafe withUnsafePointer(to: peer.peer) {
      unsafe callsign_datagram_send(socket.number, $0, octets, Int32(octets.count))
    }
    try checked(result, "send a datagram")
  }
}

/// Where a datagram came from.
package struct DatagramPeer: Sendable {
  var peer = callsign_peer()
}

extension Descriptor {
  /// Makes reads wait for data.
  package func setBlocking() throws(SystemError) {
    try checked(callsign_set_nonblocking(number, 0), "make a descriptor block")
  }
}
