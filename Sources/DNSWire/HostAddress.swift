// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address as plain bits: what A, AAAA and reverse names are made of. It needs no memory of its own,
/// so a question's path can hold one.
package struct HostAddress: Hashable, Sendable {
  package enum Family: UInt8, Sendable { case ipv4 = 4, ipv6 = 6 }

  package let family: Family
  /// The first eight octets of an IPv6 address; 0 for IPv4.
  package let high: UInt64
  /// The last eight octets of an IPv6 address; the four of IPv4 in the low half.
  package let low: UInt64

  package init(ipv4: UInt32) {
    family = .ipv4
    high = 0
    low = UInt64(ipv4)
  }

  package init(ipv6High high: UInt64, low: UInt64) {
    family = .ipv6
    self.high = high
    self.low = low
  }

  /// From four or sixteen octets in network order; `nil` for any other number.
  package init?(octets: some Collection<UInt8>) {
    switch octets.count {
    case 4:
      self.init(ipv4: octets.reduce(0) { $0 << 8 | UInt32($1) })
    case 16:
      self.init(
        ipv6High: octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
        low: octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
    default:
      return nil
    }
  }

  /// The octets in network order: four or sixteen.
  package var octets: [UInt8] {
    switch family {
    case .ipv4: (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
    case .ipv6: (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 & 7))) }
    }
  }

  /// `127.0.0.0/8` or `::1`.
  package var isLoopback: Bool {
    family == .ipv4 ? low >> 24 == 127 : high == 0 && low == 1
  }

  /// `0.0.0.0` or `::`.
  package var isUnspecified: Bool { high == 0 && low == 0 }
}
