// SPDX-License-Identifier: Apache-2.0

extension UnsafeMutableRawPointer {
  /// Copies octets, `A`…`Z` as `a`…`z`, sixteen at a time. A name may be copied whole: its length octets are below
  /// 64.
  @inlinable @inline(__always) @unsafe
  package func copyLowercased(from source: UnsafeRawPointer, count: Int) {
    guard count >= 16 else {
      for offset in 0..<count {
        let octet = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
        unsafe storeBytes(of: octet.asciiLowercased, toByteOffset: offset, as: UInt8.self)
      }
      return
    }
    let last = count &- 16  // The last sixteen may overlap those before.
    var offset = 0
    while offset < last {
      unsafe copyLowercasedPair(from: source, at: offset)
      offset &+= 16
    }
    unsafe copyLowercasedPair(from: source, at: last)
  }

  @inlinable @inline(__always) @unsafe
  func copyLowercasedPair(from source: UnsafeRawPointer, at offset: Int) {
    let words = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
    unsafe storeBytes(of: words.asciiLowercased, toByteOffset: offset, as: SIMD2<UInt64>.self)
  }
}

extension SIMD2<UInt64> {
  /// Sixteen octets with `A`…`Z` turned to `a`…`z`: bit 7 of each octet of the sums says "not below A" and "above Z".
  /// In words, for the compiler makes loops of comparisons between vectors of octets.
  @inlinable @inline(__always)
  var asciiLowercased: Self {
    let sevenBits = self & Self(repeating: 0x7F7F_7F7F_7F7F_7F7F)
    let notBelowA = sevenBits &+ Self(repeating: 0x3F3F_3F3F_3F3F_3F3F)
    let aboveZ = sevenBits &+ Self(repeating: 0x2525_2525_2525_2525)
    return self | ((notBelowA & ~aboveZ & ~self & Self(repeating: 0x8080_8080_8080_8080)) &>> 2)
  }
}
