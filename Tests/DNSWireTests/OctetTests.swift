// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

/// The loops that take many octets at a time, against one octet at a time, at every length and alignment.
@Suite("Octets taken many at a time")
struct OctetTests {
  /// Every octet, then again shifted by one, so that all of them come by at each place of a word.
  private static let octets = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 256) }

  @Test("Lower case, nothing beside", arguments: [0, 1, 5, 8, 13])
  func lowercase(start: Int) {
    for count in Array(0...70) + [255, 1000] {
      var target = [UInt8](repeating: 0xEE, count: count + 16)
      unsafe Self.octets.withUnsafeBytes { source in
        unsafe target.withUnsafeMutableBytes {
          unsafe $0.baseAddress!.copyLowercased(from: source.baseAddress! + start, count: count)
        }
      }
      let expected = Self.octets[start..<(start + count)].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
      #expect(Array(target.prefix(count)) == expected)
      #expect(target.suffix(16).allSatisfy { $0 == 0xEE })
    }
  }

  @Test("Two runs are equal unless an octet differs, and only inside their spans", arguments: 0...40)
  func equality(count: Int) {
    let left = Array(Self.octets[3..<(3 + count)])
    let right = [9, 9] + left + [9]
    func isEqual(_ left: [UInt8], at start: Int = 0, _ right: [UInt8]) -> Bool {
      unsafe left.span.bytes.isEqual(at: start, to: right.span.bytes, at: 2, count: count)
    }
    #expect(isEqual(left, right))
    for place in 0..<count {
      var other = right
      other[2 + place] ^= 0x20
      #expect(!isEqual(left, other), "octet \(place)")
    }
    #expect(!isEqual(left, at: 1, right))
    #expect(!isEqual(left, at: -1, right))
  }

  @Test("A hash hangs on each octet, the length and the seed, and not on the place", arguments: 1...40)
  func hash(count: Int) {
    let octets = Array(Self.octets[7..<(7 + count)])
    let hash = octets.nameHash(0..<count, seed: 5)
    #expect(([1, 2, 3] + octets + [4]).nameHash(3..<(3 + count), seed: 5) == hash)
    #expect(octets.nameHash(0..<count, seed: 6) != hash)
    #expect((octets + [0]).nameHash(0..<(count + 1), seed: 5) != hash)
    for place in 0..<count {
      var other = octets
      other[place] ^= 1
      #expect(other.nameHash(0..<count, seed: 5) != hash, "octet \(place)")
    }
  }
}
