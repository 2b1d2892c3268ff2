// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// A piece of memory that snapshots share: written once, before a snapshot with it is published, then only read.
///
/// Nobody counts references to a block. It lives from `init` until `deallocate`, which `Retired` calls when no
/// snapshot that leads to the block is left; so a question copies plain words on its way from table to record. This
/// file, with `Retired`, is the one place where that is unsafe: every access below is checked against `count`, and
/// whoever holds a block has it from a snapshot that is held too.
@safe
struct Block: @unchecked Sendable, Equatable {
  /// Octets in front, which hold `count`.
  private static let headerLength = 8

  private let base: UnsafeMutableRawPointer

  /// Octets that the block holds.
  @inline(__always)
  var count: Int { unsafe base.load(fromByteOffset: -Self.headerLength, as: Int.self) }

  /// New memory, whose content is not defined.
  init(count: Int) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.headerLength + count, alignment: 8)
    unsafe memory.storeBytes(of: count, as: Int.self)
    unsafe base = memory + Self.headerLength
  }

  /// New memory with zeros in it.
  init(zeroed count: Int) {
    self.init(count: count)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// New memory with the octets of `bytes` in `range`.
  init(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    self.init(count: range.count)
    unsafe bytes.withUnsafeBytes {
      if let source = $0.baseAddress {
        unsafe base.copyMemory(from: source + range.lowerBound, byteCount: range.count)
      }
    }
  }

  /// The block that `word` stands for; `nil` for 0.
  @inline(__always)
  init?(word: UInt64) {
    guard let pointer = unsafe UnsafeMutableRawPointer(bitPattern: UInt(word)) else { return nil }
    unsafe base = pointer
  }

  /// The block as a number, for blocks that hold others.
  @inline(__always)
  var word: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }

  static func == (left: Block, right: Block) -> Bool { left.word == right.word }

  /// Ends the block's life. Nobody may use it afterwards.
  func deallocate() { unsafe (base - Self.headerLength).deallocate() }

  @inline(__always)
  func octet(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count)
    return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
  }

  @inline(__always)
  func word16(at offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset <= count - 2)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
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

  /// The same without a check, for tables that have just made sure of it.
  @inline(__always) @unsafe
  func uncheckedWord64(at offset: Int) -> UInt64 {
    unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// For the writer, before the block is published.
  @inline(__always)
  func store(_ value: UInt64, at offset: Int) {
    precondition(offset >= 0 && offset <= count - 8)
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }

  /// Copies the octets of another block in `range` to `offset`. For the writer, before the block is published.
  func copy(_ other: Block, _ range: Range<Int>, to offset: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
    precondition(offset >= 0 && offset + range.count <= count)
    unsafe (base + offset).copyMemory(from: other.base + range.lowerBound, byteCount: range.count)
  }

  /// Calls `body` with the octets, which are valid only as long as the block.
  @inline(__always)
  func withBytes<Result: ~Copyable>(_ body: (RawSpan) -> Result) -> Result {
    body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: count)))
  }

  /// A copy of the octets in `range`.
  func octets(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// Whether the octets in `own` are those of `bytes` in `range`.
  @inline(__always)
  func holds(_ bytes: borrowing RawSpan, _ range: Range<Int>, at own: Range<Int>) -> Bool {
    own.count == range.count
      && withBytes { $0.isEqual(at: own.lowerBound, to: bytes, at: range.lowerBound, count: range.count) }
  }

  /// Whether the octets in `range` are these.
  func holds(_ octets: [UInt8], _ range: Range<Int>) -> Bool {
    holds(unsafe octets.span.bytes, 0..<octets.count, at: range)
  }
}
