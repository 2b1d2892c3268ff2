// SPDX-License-Identifier: Apache-2.0

/// Memory of a fixed size in which a question arrives and its answer is built behind it.
///
/// All access is checked against `capacity`. The memory is the caller's (`init(borrowing:)`: a slot of a receive
/// ring) or the buffer's own.
@safe @usableFromInline
package struct MessageBuffer: ~Copyable {
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline let ownsMemory: Bool
  /// Octets of message in the buffer; the next append goes here.
  @usableFromInline package internal(set) var count: Int
  /// Octets that the buffer can hold.
  @usableFromInline package internal(set) var capacity: Int

  /// Octets of memory behind the message that a buffer needs: there its question's name is kept in lower case.
  package static let reserve = QueryName.memoryLength

  /// A buffer of its own.
  package init(capacity: Int) {
    unsafe base = .allocate(byteCount: capacity + Self.reserve, alignment: 8)
    self.capacity = capacity
    ownsMemory = true
    count = 0
  }

  /// Over memory that must outlive the buffer, and that nothing else touches meanwhile. The last `reserve` octets of it
  /// hold no message.
  package init(borrowing memory: UnsafeMutableRawBufferPointer, count: Int) {
    unsafe base = memory.baseAddress!
    capacity = memory.count - Self.reserve
    ownsMemory = false
    precondition(count >= 0 && count <= capacity)
    self.count = count
  }

  deinit {
    if ownsMemory { unsafe base.deallocate() }
  }

  /// Goes on to the next piece of borrowed memory of the same size, which holds a message of `count` octets.
  @inlinable @inline(__always)
  package mutating func move(to memory: UnsafeMutableRawPointer, count: Int) {
    precondition(!ownsMemory && count >= 0 && count <= capacity)
    unsafe base = memory
    self.count = count
  }

  /// Calls `body` with the message.
  @inline(__always)
  package func withMessage<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count))
  }

  /// The `reserve` octets behind the message.
  @inlinable @inline(__always) @unsafe
  var scratch: UnsafeMutableRawPointer { unsafe base + capacity }

  /// A copy of the message.
  package var octets: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

  /// Drops everything after the first `count` octets.
  @inlinable @inline(__always)
  package mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  @inlinable @inline(__always)
  package mutating func append(_ octet: UInt8) { append(number: octet) }

  @inlinable @inline(__always)
  package mutating func append(bigEndian value: UInt16) { append(number: value.bigEndian) }

  @inlinable @inline(__always)
  package mutating func append(bigEndian value: UInt32) { append(number: value.bigEndian) }

  /// Appends a number as it lies in memory.
  @inlinable @inline(__always)
  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(number value: Number) {
    let size = MemoryLayout<Number>.size
    precondition(capacity &- count >= size)
    unsafe base.storeBytes(of: value, toByteOffset: count, as: Number.self)
    count &+= size
  }

  /// Appends the octets of `source` in `range`.
  @inlinable @inline(__always)
  package mutating func append(_ source: borrowing RawSpan, _ range: Range<Int>) {
    let size = range.upperBound &- range.lowerBound
    precondition(range.lowerBound >= 0 && range.upperBound <= source.byteCount && capacity &- count >= size)
    guard size > 0 else { return }
    unsafe source.withUnsafeBytes {
      unsafe (base + count).copyMemory(from: $0.baseAddress.unsafelyUnwrapped + range.lowerBound, byteCount: size)
    }
    count &+= size
  }

  @inline(__always)
  package mutating func append(_ source: [UInt8], _ range: Range<Int>) { append(unsafe source.span.bytes, range) }

  package mutating func append(_ octets: [UInt8]) { append(octets, 0..<octets.count) }

  /// Overwrites 16 bits that are already there.
  @inlinable @inline(__always)
  package mutating func store(_ value: UInt16, at offset: Int) {
    precondition(offset >= 0 && offset <= count &- 2)
    unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
  }
}
