// SPDX-License-Identifier: Apache-2.0

/// Memory of a fixed size in which a question arrives and its answer is built behind it.
///
/// All access is checked against `capacity`. The memory is the caller's (`init(borrowing:)`: a slot of a receive
/// ring) or the buffer's own.
@safe
package struct MessageBuffer: ~Copyable {
  let memory: UnsafeMutableRawBufferPointer
  private let ownsMemory: Bool
  /// Octets of message in the buffer; the next append goes here.
  package private(set) var count: Int

  /// Octets that the buffer can hold.
  package let capacity: Int

  /// Octets of memory behind the message that a buffer needs: there its question's name is kept in lower case.
  package static let reserve = QueryName.memoryLength

  /// A buffer of its own.
  package init(capacity: Int) {
    unsafe memory = .allocate(byteCount: capacity + Self.reserve, alignment: 8)
    self.capacity = capacity
    ownsMemory = true
    count = 0
  }

  /// Over memory that must outlive the buffer, and that nothing else touches meanwhile. The last `reserve` octets of it
  /// hold no message.
  package init(borrowing memory: UnsafeMutableRawBufferPointer, count: Int) {
    unsafe self.memory = memory
    capacity = memory.count - Self.reserve
    ownsMemory = false
    precondition(count >= 0 && count <= capacity)
    self.count = count
  }

  deinit {
    if ownsMemory { unsafe memory.deallocate() }
  }

  /// Calls `body` with the message.
  @inline(__always)
  package func withMessage<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: unsafe memory[..<count])))
  }

  /// The `reserve` octets behind the message.
  @unsafe
  var scratch: UnsafeMutableRawPointer { unsafe memory.baseAddress! + capacity }

  /// A copy of the message.
  package var octets: [UInt8] { unsafe [UInt8](memory[..<count]) }

  /// Drops everything after the first `count` octets.
  package mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  @inline(__always)
  package mutating func append(_ octet: UInt8) {
    precondition(capacity - count >= 1)
    unsafe memory.storeBytes(of: octet, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  @inline(__always)
  package mutating func append(bigEndian value: UInt16) {
    precondition(capacity - count >= 2)
    unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt16.self)
    count += 2
  }

  @inline(__always)
  package mutating func append(bigEndian value: UInt32) {
    precondition(capacity - count >= 4)
    unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt32.self)
    count += 4
  }

  /// Appends the octets of `source` in `range`.
  @inline(__always)
  package mutating func append(_ source: borrowing RawSpan, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= source.byteCount && capacity - count >= range.count)
    guard !range.isEmpty else { return }
    unsafe source.withUnsafeBytes {
      unsafe (memory.baseAddress! + count).copyMemory(
        from: $0.baseAddress! + range.lowerBound, byteCount: range.count)
    }
    count += range.count
  }

  @inline(__always)
  package mutating func append(_ source: [UInt8], _ range: Range<Int>) { append(unsafe source.span.bytes, range) }

  package mutating func append(_ octets: [UInt8]) { append(octets, 0..<octets.count) }

  /// Overwrites 16 bits that are already there.
  @inline(__always)
  package mutating func store(_ value: UInt16, at offset: Int) {
    precondition(offset >= 0 && offset <= count - 2)
    unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
  }
}
