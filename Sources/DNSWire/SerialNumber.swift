// SPDX-License-Identifier: Apache-2.0

/// A zone's serial: 32 bits that go round, so "newer" means ahead by less than half the circle (RFC 1982 §3.2).
package struct SerialNumber: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// False for equal numbers, and for two that are exactly half the circle apart, whose order is undefined.
  package func isNewer(than other: SerialNumber) -> Bool {
    let distance = rawValue &- other.rawValue
    return distance != 0 && distance < 1 << 31
  }
}

extension SerialNumber: CustomStringConvertible {
  package var description: String { "\(rawValue)" }
}
