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

  /// Datagrams leave whole or not at all, and ICMP messages about the path, which anybody can forge, change nothing.
  package static func forbidFragments(_ socket: Descriptor) throws(SystemError) {
    try checked(callsign_datagram_forbid_fragments(socket.number), "forbid fragments")
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
  fileprivate var peer = callsign_peer()
}

/// Buffers in which datagrams are received and answered together: one call to the kernel for many (recvmmsg(2),
/// sendmmsg(2)). For one thread.
@safe
package struct DatagramBatch: ~Copyable {
  private let ring: OpaquePointer
  /// Octets that a datagram may have.
  package let size: Int
  /// Octets of each buffer behind those.
  package let reserve: Int

  package init(count: Int, size: Int, reserve: Int = 0) throws(SystemError) {
    guard let ring = unsafe callsign_datagrams_create(Int32(count), Int32(size), Int32(reserve)) else {
      throw SystemError("make buffers for datagrams", code: ENOMEM)
    }
    unsafe self.ring = ring
    self.size = size
    self.reserve = reserve
  }

  deinit { unsafe callsign_datagrams_destroy(ring) }

  /// Waits for at least one datagram; gives how many came. Those of the last call are gone.
  package mutating func receive(from socket: Descriptor) throws(SystemError) -> Int {
    while true {
      let count = unsafe callsign_datagrams_receive(ring, socket.number)
      if count != -EINTR { return Int(try checked(count, "receive datagrams")) }
    }
  }

  /// A datagram that came in.
  @safe
  package struct Datagram {
    /// The buffer, its reserve included, valid until the batch is destroyed.
    @unsafe package let memory: UnsafeMutableRawBufferPointer
    /// Octets that came in.
    package let length: Int
    package let isIPv6: Bool
    /// Where it came from: an IPv6 address as its two halves, an IPv4 address in the low one.
    package let source: (high: UInt64, low: UInt64)
    package let port: UInt16
  }

  package mutating func datagram(_ index: Int) -> Datagram {
    let view = unsafe callsign_datagrams_view(ring, Int32(truncatingIfNeeded: index))
    return unsafe Datagram(
      memory: UnsafeMutableRawBufferPointer(start: view.octets, count: size &+ reserve), length: Int(view.length),
      isIPv6: view.family == 6, source: (view.high, view.low), port: view.port)
  }

  package func peer(_ index: Int) -> DatagramPeer {
    var peer = DatagramPeer()
    unsafe callsign_datagrams_peer(ring, Int32(index), &peer.peer)
    return peer
  }

  /// Marks the first `length` octets of a buffer as the answer to what came in it. In order of `index`; nothing below
  /// an answered index may be asked for any more.
  package mutating func answer(_ index: Int, length: Int) {
    unsafe callsign_datagrams_answer(ring, Int32(index), Int32(length))
  }

  /// Sends what was marked since the last `receive`. What cannot be sent is dropped, as the network might.
  @discardableResult
  package mutating func send(to socket: Descriptor) -> Int {
    unsafe Int(callsign_datagrams_send(ring, socket.number))
  }
}

extension Descriptor {
  /// Makes reads wait for data.
  package func setBlocking() throws(SystemError) {
    try checked(callsign_set_nonblocking(number, 0), "make a descriptor block")
  }
}
