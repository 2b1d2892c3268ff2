// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
  /// A 64-bit hash of the octets in `range`, eight at a time: multiply and fold. It only has to spread the names
  /// that this server itself publishes; `seed` keeps the spread unknown to whoever chooses them.
  func nameHash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    var state = seed ^ (UInt64(range.count) &* 0x9E37_79B9_7F4A_7C15)
    var offset = range.lowerBound
    while range.upperBound - offset >= 8 {
      state = Self.fold(state, unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    if offset < range.upperBound {
      var rest: UInt64 = 0
      while offset < range.upperBound {
        rest = rest << 8 | UInt64(unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        offset += 1
      }
      state = Self.fold(state, rest)
    }
    return state ^ state >> 32
  }

  private static func fold(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }

  /// Whether the `count` octets at `start` are those of `other` at `otherStart`.
  func isEqual(at start: Int, to other: borrowing RawSpan, at otherStart: Int, count: Int) -> Bool {
    precondition(otherStart >= 0 && otherStart + count <= other.byteCount)
    guard start >= 0, start + count <= byteCount else { return false }
    var offset = 0
    while count - offset >= 8 {
      let left = unsafe unsafeLoadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
      let right = unsafe other.unsafeLoadUnaligned(fromByteOffset: otherStart + offset, as: UInt64.self)
      if left != right { return false }
      offset += 8
    }
    while offset < count {
      let left = unsafe unsafeLoad(fromByteOffset: start + offset, as: UInt8.self)
      let right = unsafe other.unsafeLoad(fromByteOffset: otherStart + offset, as: UInt8.self)
      if left != right { return false }
      offset += 1
    }
    return true
  }
}

extension [UInt8] {
  /// The hash of the octets in `range`: `QueryName.hash` of the same octets.
  package func nameHash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    unsafe span.bytes.nameHash(range, seed: seed)
  }
}
