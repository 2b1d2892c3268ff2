// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Memory in which the writer puts a block together: it grows as it is written, and is used again for the next block.
/// All access is checked.
@safe
struct GrowingBytes: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    precondition(capacity > 0)
    unsafe base = .allocate(byteCount: capacity, alignment: 8)
    self.capacity = capacity
  }

  deinit { unsafe base.deallocate() }

  mutating func removeAll() { count = 0 }

  /// A copy of all that was written.
  var octets: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

  /// A block with all that was written.
  var block: Block { withBytes { Block($0, 0..<count) } }

  @inline(__always)
  func withBytes<Result: ~Copyable>(_ body: (RawSpan) -> Result) -> Result {
    body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: count)))
  }

  @inline(__always)
  func octet(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count)
    return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// 16 bits in network order.
  @inline(__always)
  func bigEndian16(at offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset <= count - 2)
    return UInt16(bigEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always)
  func word32(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset <= count - 4)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  @inline(__always)
  func word64(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset <= count - 8)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// Appends a number as it lies in memory.
  @inline(__always)
  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
    let size = MemoryLayout<Number>.size
    reserve(size)
    unsafe base.storeBytes(of: value, toByteOffset: count, as: Number.self)
    count += size
  }

  /// Overwrites a number that is already there.
  @inline(__always)
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number, at offset: Int) {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size)
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: Number.self)
  }

  /// Appends the octets of `bytes` in `range`.
  mutating func append(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    reserve(range.count)
    let target = unsafe base + count
    unsafe bytes.withUnsafeBytes {
      guard let source = $0.baseAddress else { return }
      unsafe target.copyMemory(from: source + range.lowerBound, byteCount: range.count)
    }
    count += range.count
  }

  mutating func append(_ bytes: [UInt8]) { append(unsafe bytes.span.bytes, 0..<bytes.count) }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { unsafe append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0)), 0..<$0.count) }
  }

  /// Appends the octets of `text`, `A`…`Z` as `a`…`z`.
  mutating func appendLowercased(_ text: String) {
    var text = text
    text.withUTF8 {
      guard let source = $0.baseAddress else { return }
      reserve($0.count)
      unsafe (base + count).copyLowercased(from: UnsafeRawPointer(source), count: $0.count)
      count += $0.count
    }
  }

  private mutating func reserve(_ more: Int) {
    guard capacity - count < more else { return }
    let grown = max(capacity * 2, count + more)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 8)
    unsafe memory.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = memory
    capacity = grown
  }
}
