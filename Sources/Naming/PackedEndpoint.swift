// SPDX-License-Identifier: Apache-2.0

/// One endpoint among packed facts.
struct PackedEndpoint {
  let flags: UInt8
  /// The length octet included.
  let label: Range<Int>
  let addresses: Int
  let ipv4: Int
  let ipv6: Int
  let end: Int

  @inline(__always)
  init(at start: Int, _ bytes: borrowing GrowingBytes) {
    flags = bytes.octet(at: start)
    label = (start + 1)..<(start + 2 + Int(bytes.octet(at: start + 1)))
    if flags & PackedFacts.Endpoint.isOneIPv4 != 0 {
      (ipv4, ipv6, addresses) = (1, 0, label.upperBound)
    } else if flags & PackedFacts.Endpoint.isOneIPv6 != 0 {
      (ipv4, ipv6, addresses) = (0, 1, label.upperBound)
    } else {
      ipv4 = Int(bytes.bigEndian16(at: label.upperBound))
      ipv6 = Int(bytes.bigEndian16(at: label.upperBound + 2))
      addresses = label.upperBound + 4
    }
    end = addresses + ipv4 * 4 + ipv6 * 16
  }
}
