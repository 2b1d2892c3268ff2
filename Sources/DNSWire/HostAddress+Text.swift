// SPDX-License-Identifier: Apache-2.0

extension HostAddress {
  /// Reads `192.0.2.1` or any form of RFC 4291 §2.2. `nil` for everything else: octets with leading zeros (some
  /// programs read them as octal), zones (`%eth0`), blanks.
  package init?(_ text: some StringProtocol) {
    let octets = Array(text.utf8)
    self.init(text: octets[...], separator: octets.contains(UInt8(ascii: ":")) ? UInt8(ascii: ":") : nil)
  }

  /// The same from octets of text. Takes no memory for an IPv4 address.
  package init?(text: Span<UInt8>) {
    if let address = Self.parsePlainIPv4(text) {
      self = address
      return
    }
    var octets: [UInt8] = []
    for index in text.indices { octets.append(text[index]) }
    self.init(text: octets[...], separator: octets.contains(UInt8(ascii: ":")) ? UInt8(ascii: ":") : nil)
  }

  private static func parsePlainIPv4(_ text: Span<UInt8>) -> HostAddress? {
    guard (7...15).contains(text.count) else { return nil }
    var (value, part, digits, dots) = (0 as UInt32, 0 as UInt32, 0, 0)
    for index in text.indices {
      let octet = text[index]
      if octet == UInt8(ascii: "."), digits > 0, dots < 3 {
        value = value << 8 | part
        (part, digits, dots) = (0, 0, dots + 1)
      } else if octet.isASCIIDigit, digits == 0 || part > 0 {
        part = part * 10 + UInt32(octet - 0x30)
        digits += 1
        guard part <= 255 else { return nil }
      } else {
        return nil
      }
    }
    return dots == 3 && digits > 0 ? HostAddress(ipv4: value << 8 | part) : nil
  }

  /// Reads the form used in a label, with every dot or colon turned into a dash: `10-244-0-7`, `2001-db8--1`.
  package init?(dashed label: some Sequence<UInt8>) {
    let octets = Array(label)
    let dash = UInt8(ascii: "-")
    let parts = octets.split(separator: dash, omittingEmptySubsequences: false)
    if parts.count == 4, let address = Self.parseIPv4(octets[...], separator: dash) {
      self = address
    } else {
      self.init(text: octets[...], separator: dash)
    }
  }

  /// `separator` is what divides IPv6 groups; `nil` means IPv4 with dots.
  private init?(text: ArraySlice<UInt8>, separator: UInt8?) {
    guard let address = separator.map({ Self.parseIPv6(text, separator: $0) })
      ?? Self.parseIPv4(text, separator: UInt8(ascii: "."))
    else { return nil }
    self = address
  }

  private static func parseIPv4(_ text: ArraySlice<UInt8>, separator: UInt8) -> HostAddress? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy(\.isASCIIDigit), part.count == 1 || part.first != 0x30
      else { return nil }
      let number = part.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
      guard number <= 255 else { return nil }
      value = value << 8 | number
    }
    return HostAddress(ipv4: value)
  }

  private static func parseIPv6(_ text: ArraySlice<UInt8>, separator: UInt8) -> HostAddress? {
    var parts = text.split(separator: separator, omittingEmptySubsequences: false)
    if text.count == 2, parts.count == 3 { return HostAddress(ipv6High: 0, low: 0) }  // `::` and nothing else.
    // A single separator at either end leaves something out without saying so.
    guard parts.count > 1, !parts[0].isEmpty || parts[1].isEmpty,
      !parts[parts.count - 1].isEmpty || parts[parts.count - 2].isEmpty
    else { return nil }
    // `::x` and `x::` split into one empty part too many.
    if parts.count > 2, parts[0].isEmpty, parts[1].isEmpty { parts.removeFirst() }
    if parts.count > 2, parts[parts.count - 1].isEmpty, parts[parts.count - 2].isEmpty { parts.removeLast() }

    var groups: [UInt16] = []
    var gap: Int?
    for (index, part) in parts.enumerated() {
      if part.isEmpty {
        guard gap == nil else { return nil }
        gap = groups.count
      } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
        guard let last = parseIPv4(part, separator: UInt8(ascii: ".")) else { return nil }
        groups += [UInt16(truncatingIfNeeded: last.low >> 16), UInt16(truncatingIfNeeded: last.low)]
      } else {
        guard let group = hexadecimalGroup(part) else { return nil }
        groups.append(group)
      }
    }
    if let gap {
      guard parts.count > 1, groups.count <= 7 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    return HostAddress(
      ipv6High: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
      low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
  }

  private static func hexadecimalGroup(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for digit in digits {
      guard let number = digit.hexadecimalValue else { return nil }
      value = value << 4 | UInt16(number)
    }
    return value
  }

  /// The label that stands for an endpoint without a hostname: the text with dashes for dots and colons. An IPv6
  /// address that begins or ends with `::` gets a zero there, because a label may not begin or end with a dash.
  package var dashedLabel: [UInt8] {
    var label = description.utf8.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") ? UInt8(ascii: "-") : $0 }
    if label.first == UInt8(ascii: "-") { label.insert(UInt8(ascii: "0"), at: 0) }
    if label.last == UInt8(ascii: "-") { label.append(UInt8(ascii: "0")) }
    return label
  }
}

extension HostAddress: CustomStringConvertible {
  /// Dotted decimal, or the form of RFC 5952: lower case, no leading zeros, `::` for the longest run of zeros.
  package var description: String {
    switch family {
    case .ipv4: return octets.map(String.init).joined(separator: ".")
    case .ipv6:
      let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 & 3))) }
      let run = Self.longestZeroRun(groups)
      let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
      return run.isEmpty
        ? text(groups[...]) : text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
    }
  }

  /// The first of the longest runs of at least two zero groups (RFC 5952 §4.2).
  private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > max(longest.count, 1) { longest = start..<index }
      start = index + 1
    }
    return longest
  }
}

extension UInt8 {
  /// The value of one hexadecimal digit.
  var hexadecimalValue: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}
