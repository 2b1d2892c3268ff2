// SPDX-License-Identifier: Apache-2.0

/// Makes the identifiers of objects.
package enum UID {
  /// A random UUID (RFC 9562, version 4) in lower case.
  package static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    let digits = Array(hex(high) + hex(low))
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    return groups.joined(separator: "-")
  }

  /// Letters and digits that cannot form words, as Kubernetes uses for generated names.
  private static let suffixAlphabet = Array("bcdfghjklmnpqrstvwxz2456789")

  /// The random end of a generated name.
  package static func nameSuffix(length: Int = 5) -> String {
    String((0..<length).map { _ in suffixAlphabet[Int.random(in: 0..<suffixAlphabet.count)] })
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
