// SPDX-License-Identifier: Apache-2.0

/// A block of IPv4 addresses, `10.96.0.0/12` (RFC 4632).
package struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
  /// The first address as a number, host bits zero.
  package let base: UInt32
  /// 0 to 32.
  package let prefixLength: Int

  /// The block of Service addresses that Kubernetes' own tools set up.
  package static let kubernetesServices = IPv4Range(base: 10 << 24 | 96 << 16, prefixLength: 12)

  private init(base: UInt32, prefixLength: Int) {
    self.base = base
    self.prefixLength = prefixLength
  }

  /// Reads `address/length`; nil where it is malformed or has host bits set.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])), address.family == .ipv4,
      let length = Int(parts[1]), (0...32).contains(length)
    else { return nil }
    let base = address.octets.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    guard base & Self.hostMask(length) == 0 else { return nil }
    self.init(base: base, prefixLength: length)
  }

  private static func hostMask(_ length: Int) -> UInt32 {
    length == 0 ? .max : UInt32((UInt64(1) << (32 - UInt64(length))) - 1)
  }

  /// How many addresses the block holds.
  package var count: Int { Int(Self.hostMask(prefixLength)) + 1 }

  /// The address at an offset from the first.
  package subscript(_ offset: Int) -> IPAddress {
    let number = base + UInt32(offset)
    // Four octets always make an address.
    return IPAddress(octets: [24, 16, 8, 0].map { UInt8(number >> $0 & 255) })!
  }

  /// The offset of an address in the block; nil where it lies outside.
  package func offset(of address: IPAddress) -> Int? {
    guard address.family == .ipv4 else { return nil }
    let number = address.octets.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    guard number & ~Self.hostMask(prefixLength) == base else { return nil }
    return Int(number - base)
  }

  package var description: String { "\(self[0])/\(prefixLength)" }
}
