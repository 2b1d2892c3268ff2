// SPDX-License-Identifier: Apache-2.0

/// The name of a question in lower case, in a fixed place on the stack, with the offset of each label: what a look-up
/// needs, without memory from the heap.
package struct QueryName: ~Copyable {
  /// Wire format in lower case; octets from `length` on are zero.
  package private(set) var octets: InlineArray<256, UInt8>
  /// Octets of the name, the root label included.
  package private(set) var length: Int
  /// Labels without the root.
  package private(set) var labelCount: Int
  /// Where each label's length octet is.
  private var labelOffsets: InlineArray<128, UInt8>

  /// The root.
  package init() {
    octets = InlineArray(repeating: 0)
    labelOffsets = InlineArray(repeating: 0)
    length = 1
    labelCount = 0
  }

  /// Reads the name at `offset`, which may not be compressed: before a question there is nothing to point to.
  package init(parsing message: borrowing RawSpan, at offset: Int) throws(WireError) {
    self.init()
    try parse(message, at: offset)
  }

  package init(_ name: Name) {
    self.init()
    // An owned name is whole and at most 255 octets long.
    try! parse(unsafe name.wire.span.bytes, at: 0)
  }

  package mutating func parse(_ message: borrowing RawSpan, at start: Int) throws(WireError) {
    var end = 0
    var count = 0
    while true {
      guard end < Name.maximumLength else { throw .nameTooLong }
      let size = try message.octet(at: start + end)
      guard size > 0 else { break }
      guard size < 0x40 else { throw size < 0xC0 ? .reservedLabelType : .badPointer }
      labelOffsets[count] = UInt8(truncatingIfNeeded: end)
      count += 1
      end += 1 + Int(size)
    }
    labelCount = count
    length = end + 1
    copyLowercased(message, at: start)
  }

  /// Copies `length` octets from `start` on, eight at a time. Length octets are below 64 and so are not changed.
  @inline(__always)
  private mutating func copyLowercased(_ message: borrowing RawSpan, at start: Int) {
    precondition(start >= 0 && start + length <= message.byteCount && length <= 256)
    var span = octets.mutableSpan
    var target = unsafe span.mutableBytes
    guard length >= 8 else {
      for offset in 0..<length {
        let octet = unsafe message.unsafeLoad(fromByteOffset: start + offset, as: UInt8.self)
        target.storeBytes(of: octet.asciiLowercased, toByteOffset: offset, as: UInt8.self)
      }
      return
    }
    var offset = 0
    while offset < length {
      offset = min(offset, length - 8)  // The last eight may overlap those before.
      let word = unsafe message.unsafeLoadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
      target.storeBytes(of: word.asciiLowercased, toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
  }

  /// Where a label's own octets are. The label's length octet is just before. `labelRange(labelCount)` is the root.
  package func labelRange(_ index: Int) -> Range<Int> {
    let start = labelStart(index)
    return (start + 1)..<(start + 1 + Int(octets[start]))
  }

  /// The offset of a label's length octet; for `labelCount` that of the root.
  package func labelStart(_ index: Int) -> Int {
    index == labelCount ? length - 1 : Int(labelOffsets[index])
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
    guard range.count == otherRange.count else { return false }
    return unsafe octets.span.bytes.isEqual(
      at: range.lowerBound, to: other.span.bytes, at: otherRange.lowerBound, count: range.count)
  }

  /// Whether the octets in `range` are those of `other` from `start` on.
  @inline(__always)
  package func isEqual(_ range: Range<Int>, to other: borrowing RawSpan, at start: Int) -> Bool {
    unsafe octets.span.bytes.isEqual(at: range.lowerBound, to: other, at: start, count: range.count)
  }

  /// Whether the octets in `range` are this ASCII text.
  package func isEqual(_ range: Range<Int>, to text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count {
      let octet = unsafe text.utf8Start[offset]
      if octets[range.lowerBound + offset] != octet { return false }
    }
    return true
  }

  /// The hash of the octets in `range`.
  package func hash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    unsafe octets.span.bytes.nameHash(range, seed: seed)
  }

  /// A copy that owns its octets.
  package var name: Name { Name(uncheckedWire: (0..<length).map { octets[$0] }) }
}

extension UInt64 {
  /// Eight octets with `A`…`Z` turned to `a`…`z`: bit 7 of each octet of the sums says "not below A" and "above Z".
  @inline(__always)
  var asciiLowercased: UInt64 {
    let sevenBits = self & 0x7F7F_7F7F_7F7F_7F7F
    let notBelowA = sevenBits &+ 0x3F3F_3F3F_3F3F_3F3F
    let aboveZ = sevenBits &+ 0x2525_2525_2525_2525
    return self | (notBelowA & ~aboveZ & ~self & 0x8080_8080_8080_8080) >> 2
  }
}
