// SPDX-License-Identifier: Apache-2.0

/// The name of a question in lower case, with the offset of each label: what a look-up needs.
///
/// It stands in memory that it is given, behind the buffer that the question came in, so that a question takes none
/// from the heap; where it is given none, it has its own. An inline array would not do: the compiler copies it for
/// each look at a borrowed name.
@safe
package struct QueryName: ~Copyable {
  /// Octets of memory for a name: its wire format, then an octet for each label's offset.
  package static let memoryLength = offsetsStart + maximumLabelCount
  private static let offsetsStart = 256
  private static let maximumLabelCount = 128

  @unsafe package let memory: UnsafeMutableRawPointer
  private let ownsMemory: Bool
  /// Octets of the name, the root label included.
  package let length: Int
  /// Labels without the root.
  package let labelCount: Int

  /// Reads the name at `offset`, which may not be compressed: before a question there is nothing to point to.
  package init(parsing message: borrowing RawSpan, at offset: Int) throws(WireError) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.memoryLength, alignment: 8)
    do {
      (length, labelCount) = try unsafe Self.parse(message, at: offset, into: memory)
    } catch {
      unsafe memory.deallocate()
      throw error
    }
    unsafe self.memory = memory
    ownsMemory = true
  }

  /// The same in memory of the caller's: `memoryLength` octets that outlive the name, and that nothing else touches.
  @unsafe
  package init(
    parsing message: borrowing RawSpan, at offset: Int, in memory: UnsafeMutableRawPointer
  ) throws(WireError) {
    (length, labelCount) = try unsafe Self.parse(message, at: offset, into: memory)
    unsafe self.memory = memory
    ownsMemory = false
  }

  package init(_ name: Name) {
    // An owned name is whole and at most 255 octets long.
    try! self.init(parsing: unsafe name.wire.span.bytes, at: 0)
  }

  deinit {
    if ownsMemory { unsafe memory.deallocate() }
  }

  /// Gives the name's length and its number of labels. `memory` has `memoryLength` octets; the checks below keep the
  /// name within 255 octets, which is less than 128 labels.
  @unsafe
  private static func parse(
    _ message: borrowing RawSpan, at start: Int, into memory: UnsafeMutableRawPointer
  ) throws(WireError) -> (length: Int, labelCount: Int) {
    precondition(start >= 0)
    var end = 0
    var count = 0
    while true {
      guard end < Name.maximumLength else { throw .nameTooLong }
      guard start + end < message.byteCount else { throw .truncated }
      let size = unsafe message.unsafeLoad(fromByteOffset: start + end, as: UInt8.self)
      guard size > 0 else { break }
      guard size < 0x40 else { throw size < 0xC0 ? .reservedLabelType : .badPointer }
      unsafe memory.storeBytes(
        of: UInt8(truncatingIfNeeded: end), toByteOffset: offsetsStart + count, as: UInt8.self)
      count += 1
      end += 1 + Int(size)
    }
    // All of it is in the message: checked above, octet for octet.
    unsafe message.withUnsafeBytes { unsafe memory.copyLowercased(from: $0.baseAddress! + start, count: end + 1) }
    return (end + 1, count)
  }

  /// Calls `body` with the name in wire format, lower case.
  @inline(__always)
  private func withBytes<Result: ~Copyable>(_ body: (RawSpan) -> Result) -> Result {
    body(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: memory, count: length)))
  }

  /// The octet at `offset` of the wire format in lower case.
  @inline(__always)
  package subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < length)
    return unsafe memory.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// A copy of the wire format in lower case.
  package var octets: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: memory, count: length)) }

  /// Where a label's own octets are. The label's length octet is just before. `labelRange(labelCount)` is the root.
  package func labelRange(_ index: Int) -> Range<Int> {
    let start = labelStart(index)
    return (start + 1)..<(start + 1 + Int(self[start]))
  }

  /// The offset of a label's length octet; for `labelCount` that of the root.
  package func labelStart(_ index: Int) -> Int {
    precondition(index >= 0 && index <= labelCount)
    if index == labelCount { return length - 1 }
    return Int(unsafe memory.load(fromByteOffset: Self.offsetsStart + index, as: UInt8.self))
  }

  /// Whether the labels from `index` on, the root included, are `suffix` (wire format, lower case).
  package func hasSuffix(_ suffix: [UInt8], fromLabel index: Int) -> Bool {
    isEqual(labelStart(index)..<length, to: suffix, in: 0..<suffix.count)
  }

  /// Whether the octets in `range` are those of `other`.
  package func isEqual(_ range: Range<Int>, to other: [UInt8]) -> Bool {
    isEqual(range, to: other, in: 0..<other.count)
  }

  /// Whether the octets in `range` are those of `other` in `otherRange`.
  package func isEqual(_ range: Range<Int>, to other: [UInt8], in otherRange: Range<Int>) -> Bool {
    range.count == otherRange.count && isEqual(range, to: unsafe other.span.bytes, at: otherRange.lowerBound)
  }

  /// Whether the octets in `range` are those of `other` from `start` on.
  package func isEqual(_ range: Range<Int>, to other: borrowing RawSpan, at start: Int) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= length)
    let own = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: memory, count: length))
    return own.isEqual(at: range.lowerBound, to: other, at: start, count: range.count)
  }

  /// Whether the octets in `range` are this ASCII text.
  package func isEqual(_ range: Range<Int>, to text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return isEqual(
      range, to: unsafe RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: range.count), at: 0)
  }

  /// The hash of the octets in `range`.
  package func hash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    withBytes { $0.nameHash(range, seed: seed) }
  }

  /// A copy that owns its octets.
  package var name: Name { Name(uncheckedWire: octets) }
}
