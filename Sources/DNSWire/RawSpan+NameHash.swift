// SPDX-License-Identifier: Apache-2.0

// These few are public because the compiler carries no `package` function into other modules, and each question
// passes here several times.
extension RawSpan {
  /// A 64-bit hash of the octets in `range`, eight at a time: multiply and fold. It only has to spread the names
  /// that this server itself publishes; `seed` keeps the spread unknown to whoever chooses them.
  @inlinable @inline(__always)
  public func nameHash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    let (start, end) = (range.lowerBound, range.upperBound)
    let count = end &- start
    var state = seed ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
    if count >= 8 {
      // The last eight octets overlap those before; the length is part of the hash, so nothing is read two ways.
      let last = end &- 8
      var offset = start
      while offset < last {
        state = Self.fold(state, unsafe word(at: offset))
        offset &+= 8
      }
      state = Self.fold(state, unsafe word(at: last))
    } else if count > 0 {
      state = Self.fold(state, unsafe shortWord(start, count))
    }
    return state ^ state >> 32
  }

  @inlinable @inline(__always)
  static func fold(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }

  /// Whether the `count` octets at `start` are those of `other` at `otherStart`. False where `start` is outside.
  @inlinable @inline(__always)
  public func isEqual(at start: Int, to other: borrowing RawSpan, at otherStart: Int, count: Int) -> Bool {
    precondition(otherStart >= 0 && count >= 0 && otherStart <= other.byteCount &- count)
    guard start >= 0, start <= byteCount &- count else { return false }
    if count < 8 {
      return unsafe count == 0 || shortWord(start, count) == other.shortWord(otherStart, count)
    }
    let last = count &- 8
    var offset = 0
    while offset < last {
      if unsafe word(at: start &+ offset) != other.word(at: otherStart &+ offset) { return false }
      offset &+= 8
    }
    return unsafe word(at: start &+ last) == other.word(at: otherStart &+ last)
  }

  // Unchecked: the two above have made sure of the whole range.

  @inlinable @inline(__always) @unsafe
  func word(at offset: Int) -> UInt64 { unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) }

  /// One to seven octets in one word, each of them in it at least once.
  @inlinable @inline(__always) @unsafe
  func shortWord(_ offset: Int, _ count: Int) -> UInt64 {
    if count >= 4 {
      let first = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
      let last = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ count &- 4, as: UInt32.self)
      return UInt64(first) | UInt64(last) << 32
    }
    let first = unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    let middle = unsafe unsafeLoad(fromUncheckedByteOffset: offset &+ count >> 1, as: UInt8.self)
    let last = unsafe unsafeLoad(fromUncheckedByteOffset: offset &+ count &- 1, as: UInt8.self)
    return UInt64(first) | UInt64(middle) << 8 | UInt64(last) << 16
  }
}

extension [UInt8] {
  /// The hash of the octets in `range`: `QueryName.hash` of the same octets.
  package func nameHash(_ range: Range<Int>, seed: UInt64) -> UInt64 {
    unsafe span.bytes.nameHash(range, seed: seed)
  }
}
