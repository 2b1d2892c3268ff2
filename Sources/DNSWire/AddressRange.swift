// SPDX-License-Identifier: Apache-2.0

/// Addresses that share their first bits: `10.244.0.0/16`, `fd00::/8`, or one address.
package struct AddressRange: Hashable, Sendable {
  /// The first address; bits behind the prefix are zero.
  package let first: HostAddress
  /// Bits that all addresses share: 0…32 for IPv4, 0…128 for IPv6.
  package let prefixLength: Int

  /// `nil` where the length is none of the family's.
  package init?(_ address: HostAddress, prefixLength: Int) {
    guard (0...address.bitCount).contains(prefixLength) else { return nil }
    self.prefixLength = prefixLength
    first = address.masked(prefixLength)
  }

  /// The range of this address alone.
  package init(_ address: HostAddress) {
    first = address
    prefixLength = address.bitCount
  }

  /// Reads `ADDRESS/LENGTH` or `ADDRESS`; `nil` if it is neither.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = HostAddress(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      self.init(address)
      return
    }
    guard parts[1].allSatisfy({ ("0"..."9").contains($0) }), let length = Int(parts[1]) else { return nil }
    self.init(address, prefixLength: length)
  }

  package func contains(_ address: HostAddress) -> Bool {
    address.family == first.family && address.masked(prefixLength) == first
  }
}

extension AddressRange: CustomStringConvertible {
  package var description: String { "\(first)/\(prefixLength)" }
}

extension HostAddress {
  fileprivate var bitCount: Int { family == .ipv4 ? 32 : 128 }

  /// The address with all bits behind the first `length` at zero.
  fileprivate func masked(_ length: Int) -> HostAddress {
    switch family {
    case .ipv4:
      // A shift by the whole width or more gives zero.
      HostAddress(ipv4: UInt32(truncatingIfNeeded: low) & (UInt32.max << (32 - length)))
    case .ipv6:
      HostAddress(
        ipv6High: high & (UInt64.max << max(64 - length, 0)), low: low & (UInt64.max << min(128 - length, 64)))
    }
  }
}
