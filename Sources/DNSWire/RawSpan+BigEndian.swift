// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
  /// The octet at `offset`.
  package func octet(at offset: Int) throws(WireError) -> UInt8 {
    guard offset >= 0, offset < byteCount else { throw .truncated }
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)  // Inside: checked above.
  }

  /// The 16 bits at `offset`, in network order.
  package func bigEndian16(at offset: Int) throws(WireError) -> UInt16 {
    guard offset >= 0, offset <= byteCount - 2 else { throw .truncated }
    return UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The 32 bits at `offset`, in network order.
  package func bigEndian32(at offset: Int) throws(WireError) -> UInt32 {
    guard offset >= 0, offset <= byteCount - 4 else { throw .truncated }
    return UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// A copy of the octets in `range`.
  package func octets(in range: Range<Int>) throws(WireError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= byteCount else { throw .truncated }
    return unsafe [UInt8](unsafeUninitializedCapacity: range.count) { target, count in
      for offset in range {
        unsafe target[count] = unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        count += 1
      }
    }
  }
}
