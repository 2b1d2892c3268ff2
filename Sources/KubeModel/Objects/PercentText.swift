// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding (RFC 3986 §2.1).
package enum PercentText {
  /// A path whose segments are meant as they are.
  package static func path(_ text: String) -> String { encoded(text) { "/:@!$&'()*+,;=".utf8.contains($0) } }

  /// A name or a value of a query.
  package static func query(_ text: String) -> String { encoded(text) { _ in false } }

  private static func encoded(_ text: String, isAllowed: (UInt8) -> Bool) -> String {
    var octets: [UInt8] = []
    octets.reserveCapacity(text.utf8.count)
    for octet in text.utf8 {
      if isUnreserved(octet) || isAllowed(octet) {
        octets.append(octet)
      } else {
        octets.append(UInt8(ascii: "%"))
        octets.append(digit(octet >> 4))
        octets.append(digit(octet & 15))
      }
    }
    return String(decoding: octets, as: UTF8.self)
  }

  /// `nil` where a `%` is not followed by two digits, or the octets are no UTF-8.
  package static func decoded(_ text: some StringProtocol) -> String? {
    var octets: [UInt8] = []
    var rest = text.utf8[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        octets.append(octet)
        continue
      }
      guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else { return nil }
      octets.append(high << 4 | low)
    }
    return String(validating: octets, as: UTF8.self)
  }

  private static func isUnreserved(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    Character(UnicodeScalar(digit)).hexDigitValue.map { UInt8($0) }
  }
}
