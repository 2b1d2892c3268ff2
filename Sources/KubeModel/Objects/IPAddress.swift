// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address, parsed strictly (RFC 4291 §2.2, RFC 5952 for output).
///
/// IPv4 octets with leading zeros are refused: some programs read them as octal.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  package enum Family: Sendable { case ipv4, ipv6 }

  /// Four or sixteen octets in network order.
  package let octets: [UInt8]

  package var family: Family { octets.count == 4 ? .ipv4 : .ipv6 }

  package init?(octets: [UInt8]) {
    guard octets.count == 4 || octets.count == 16 else { return nil }
    self.octets = octets
  }

  /// Reads the textual form; nil where it is not exactly one address.
  package init?(_ text: String) {
    guard let octets = text.contains(":") ? Self.ipv6(text[...]) : Self.ipv4(text[...]) else { return nil }
    self.octets = octets
  }

  private static func ipv4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var octets: [UInt8] = []
    for part in parts {
      guard part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), part.count == 1 || !part.hasPrefix("0"),
        let octet = UInt8(part)
      else { return nil }
      octets.append(octet)
    }
    return octets
  }

  private static func ipv6(_ text: Substring) -> [UInt8]? {
    guard let gap = text.firstRange(of: "::") else {
      guard let octets = groups(text), octets.count == 16 else { return nil }
      return octets
    }
    let rest = text[gap.upperBound...]
    guard !rest.hasPrefix(":"), let head = groups(text[..<gap.lowerBound], allowsIPv4: false), let tail = groups(rest),
      head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func groups(_ text: Substring, allowsIPv4: Bool = true) -> [UInt8]? {
    if text.isEmpty { return [] }
    var octets: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if allowsIPv4, index == parts.count - 1, part.contains(".") {
        guard let mapped = ipv4(part) else { return nil }
        octets += mapped
        continue
      }
      guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16)
      else { return nil }
      octets += [UInt8(group >> 8), UInt8(group & 255)]
    }
    return octets
  }

  /// The canonical text: dotted quad, or RFC 5952 (lower case, the longest run of zero groups as `::`).
  package var description: String {
    if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }
}
