// SPDX-License-Identifier: Apache-2.0

/// A block of IPv4 or IPv6 addresses, `10.0.0.0/8` (RFC 4632, RFC 4291 §2.3).
package struct AddressBlock: Sendable, Hashable {
  package let address: IPAddress
  /// 0 to 32, or to 128.
  package let prefixLength: Int

  /// Reads `ADDRESS/LENGTH`; nil where it is not exactly that. Bits behind the prefix count for nothing, as in
  /// Kubernetes.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])),
      parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), parts[1].count == 1 || !parts[1].hasPrefix("0"),
      let length = Int(parts[1]), length <= address.octets.count * 8
    else { return nil }
    self.address = address
    prefixLength = length
  }

  /// Whether all of another block lies in this one, and this one is larger.
  package func strictlyContains(_ other: AddressBlock) -> Bool {
    guard other.address.family == address.family, other.prefixLength > prefixLength else { return false }
    return (0..<prefixLength).allSatisfy { bit($0, of: address) == bit($0, of: other.address) }
  }

  private func bit(_ index: Int, of address: IPAddress) -> UInt8 {
    address.octets[index / 8] >> UInt8(7 - index % 8) & 1
  }
}
