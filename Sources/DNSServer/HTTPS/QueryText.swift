// SPDX-License-Identifier: Apache-2.0

/// The query of a URL: names and values, in which any character may be percent-encoded (RFC 3986 §2.1). One that need
/// not be is the same as the plain one (§6.2.2.2).
enum QueryText {
  /// The first value of a parameter; `nil` where there is none, or it cannot be decoded.
  static func value(of name: String, in query: Substring) -> Substring? {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = decoded(parts[0]), key == name else { continue }
      return parts.count == 2 ? decoded(parts[1]) : nil
    }
    return nil
  }

  /// `nil` for a percent sign without two hexadecimal digits, and for octets that are no text.
  static func decoded(_ text: Substring) -> Substring? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    var octets: [UInt8] = []
    octets.reserveCapacity(text.utf8.count)
    var rest = text.utf8[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        octets.append(octet)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      octets.append(high << 4 | low)
    }
    return String(validating: octets, as: UTF8.self).map { Substring($0) }
  }

  private static func digit(_ octet: UInt8) -> UInt8? {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
