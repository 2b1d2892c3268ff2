// SPDX-License-Identifier: Apache-2.0

extension HostAddress {
  /// The name whose PTR record names this address (RFC 1035 §3.5, RFC 3596 §2.5).
  package var reverseName: Name {
    var wire: [UInt8] = []
    for octet in octets.reversed() {
      let labels = family == .ipv4 ? [Array(String(octet).utf8)] : [[octet & 0xF], [octet >> 4]].map { nibble in
        Array(String(nibble[0], radix: 16).utf8)
      }
      for label in labels {
        wire.append(UInt8(label.count))
        wire += label
      }
    }
    return Name(uncheckedWire: wire + ReverseZone(family).name.wire)
  }
}

/// The two trees of names that stand for addresses.
package enum ReverseZone: Sendable {
  case inAddrArpa, ip6Arpa

  package init(_ family: HostAddress.Family) { self = family == .ipv4 ? .inAddrArpa : .ip6Arpa }

  package var name: Name {
    switch self {
    case .inAddrArpa: Name(uncheckedWire: Array("\u{7}in-addr\u{4}arpa\u{0}".utf8))
    case .ip6Arpa: Name(uncheckedWire: Array("\u{3}ip6\u{4}arpa\u{0}".utf8))
    }
  }

  /// Labels of a name in this tree that stands for one whole address, without the tree's own two.
  package var addressLabelCount: Int { self == .inAddrArpa ? 4 : 32 }
}

extension QueryName {
  /// Whether names of addresses can be below this one: it spells the beginning of an address, or nothing of it.
  package var isAboveAddresses: Bool {
    let count = labelCount - 2
    guard count >= 0 else { return false }
    if hasSuffix(ReverseZone.inAddrArpa.name.wire, fromLabel: count) {
      return count < ReverseZone.inAddrArpa.addressLabelCount && (0..<count).allSatisfy { reverseOctet($0) != nil }
    }
    return hasSuffix(ReverseZone.ip6Arpa.name.wire, fromLabel: count)
      && count < ReverseZone.ip6Arpa.addressLabelCount && (0..<count).allSatisfy { reverseNibble($0) != nil }
  }

  /// The address that the first `addressLabelCount` labels spell, `nil` if they spell none.
  package func reverseAddress(in zone: ReverseZone) -> HostAddress? {
    guard labelCount == zone.addressLabelCount + 2 else { return nil }
    switch zone {
    case .inAddrArpa: return reverseIPv4()
    case .ip6Arpa: return reverseIPv6()
    }
  }

  private func reverseIPv4() -> HostAddress? {
    var value: UInt32 = 0
    for label in 0..<4 {
      guard let octet = reverseOctet(label) else { return nil }
      value |= octet << UInt32(8 * label)
    }
    return HostAddress(ipv4: value)
  }

  /// The number that a label spells, if it is one of an IPv4 address.
  private func reverseOctet(_ label: Int) -> UInt32? {
    let range = labelRange(label)
    guard range.count <= 3, range.count == 1 || self[range.lowerBound] != 0x30 else { return nil }
    var number: UInt32 = 0
    for offset in range {
      guard self[offset].isASCIIDigit else { return nil }
      number = number * 10 + UInt32(self[offset] - 0x30)
    }
    return number <= 255 ? number : nil
  }

  private func reverseIPv6() -> HostAddress? {
    var halves: (low: UInt64, high: UInt64) = (0, 0)
    for label in 0..<32 {
      guard let nibble = reverseNibble(label) else { return nil }
      if label < 16 { halves.low |= UInt64(nibble) << UInt64(4 * label) } else {
        halves.high |= UInt64(nibble) << UInt64(4 * (label - 16))
      }
    }
    return HostAddress(ipv6High: halves.high, low: halves.low)
  }

  /// The four bits that a label spells, if it is one of an IPv6 address.
  private func reverseNibble(_ label: Int) -> UInt8? {
    let range = labelRange(label)
    return range.count == 1 ? self[range.lowerBound].hexadecimalValue : nil
  }
}
