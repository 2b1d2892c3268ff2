// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Buffers in which datagrams are received and answered together: one call to the kernel for many (recvmmsg(2),
/// sendmmsg(2)). For one thread.
///
/// What each datagram needs is inlined where it is used. The rest is asked for only where it is wanted.
@safe @usableFromInline
package struct DatagramBatch: ~Copyable {
  private let ring: OpaquePointer
  /// The first buffer; each of the others lies behind the one before.
  @usableFromInline let memory: UnsafeMutableRawPointer
  /// For each buffer the octets that came in, and those of the answer in it.
  @usableFromInline let questions: UnsafePointer<Int32>
  @usableFromInline let answers: UnsafeMutablePointer<Int32>
  /// Octets that a datagram may have.
  @usableFromInline package let size: Int
  /// Octets of each buffer behind those.
  @usableFromInline package let reserve: Int
  /// Buffers.
  package let capacity: Int
  /// Datagrams that the last `receive` has taken.
  @usableFromInline package private(set) var count = 0

  package init(count: Int, size: Int, reserve: Int = 0) throws(SystemError) {
    guard let ring = unsafe callsign_datagrams_create(Int32(count), Int32(size), Int32(reserve)) else {
      throw SystemError("make buffers for datagrams", code: ENOMEM)
    }
    unsafe self.ring = ring
    unsafe memory = UnsafeMutableRawPointer(callsign_datagrams_memory(ring))
    unsafe questions = UnsafePointer(callsign_datagrams_questions(ring))
    unsafe answers = callsign_datagrams_answers(ring)
    capacity = count
    self.size = size
    self.reserve = reserve
  }

  deinit { unsafe callsign_datagrams_destroy(ring) }

  /// Waits for at least one datagram; gives how many came. Those of the last call are gone.
  package mutating func receive(from socket: Descriptor) throws(SystemError) -> Int {
    count = 0
    while true {
      let result = unsafe callsign_datagrams_receive(ring, socket.number)
      if result == -EINTR { continue }
      count = Int(try checked(result, "receive datagrams"))
      return count
    }
  }

  /// The same from several sockets.
  /// - Parameters:
  ///   - first: the one that is looked at first.
  ///   - share: datagrams that one socket may have of the batch.
  /// - Returns: 0 where what seemed to be there was not.
  package mutating func receive(
    from sockets: [Descriptor], first: Int, share: Int
  ) throws(SystemError) -> Int {
    count = 0
    let numbers = sockets.map(\.number)
    while true {
      let result = unsafe callsign_datagrams_gather(ring, numbers, Int32(numbers.count), Int32(first), Int32(share))
      if result == -EINTR { continue }
      count = Int(try checked(result, "receive datagrams"))
      return count
    }
  }

  /// Octets that came in.
  @inlinable @inline(__always)
  package func length(_ index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return Int(unsafe questions[index])
  }

  /// The buffer that it came in, its reserve included: `size` and `reserve` octets, valid until the batch is destroyed.
  @inlinable @inline(__always) @unsafe
  package func buffer(_ index: Int) -> UnsafeMutableRawBufferPointer {
    precondition(index >= 0 && index < count)
    let octets = size &+ reserve
    return unsafe UnsafeMutableRawBufferPointer(start: memory + index &* octets, count: octets)
  }

  /// Marks the first `length` octets of a buffer as the answer to what came in it.
  @inlinable @inline(__always)
  package mutating func answer(_ index: Int, length: Int) {
    precondition(index >= 0 && index < count && length >= 0 && length <= size)
    unsafe answers[index] = Int32(truncatingIfNeeded: length)
  }

  /// The address and port that a datagram came from.
  package struct Source {
    package let isIPv6: Bool
    /// An IPv6 address as its two halves; an IPv4 address in the low one.
    package let high: UInt64
    package let low: UInt64
    package let port: UInt16
  }

  package func source(_ index: Int) -> Source {
    precondition(index >= 0 && index < count)
    let source = unsafe callsign_datagrams_source(ring, Int32(index))
    return Source(isIPv6: source.family == 6, high: source.high, low: source.low, port: source.port)
  }

  /// Where an answer to a datagram has to go: what `DatagramSocket.send` needs, later and on any thread.
  package func peer(_ index: Int) -> DatagramPeer {
    precondition(index >= 0 && index < count)
    var peer = DatagramPeer()
    unsafe callsign_datagrams_peer(ring, Int32(index), &peer.peer)
    return peer
  }

  /// Sends what was marked since the last `receive`. What cannot be sent is dropped, as the network might.
  @discardableResult
  package mutating func send(to socket: Descriptor) -> Int {
    unsafe Int(callsign_datagrams_send(ring, socket.number))
  }
}
