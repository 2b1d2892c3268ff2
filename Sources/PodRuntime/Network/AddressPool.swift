// SPDX-License-Identifier: Apache-2.0

/// Addresses of pods, given out in turn: one that was freed comes back only after all others, so that what was told
/// about an old pod never reaches a new one.
struct AddressPool: Sendable {
  /// The range 10.244.0.0/16 without the first two addresses, which are the network and the node, and the last.
  private static let base: UInt32 = 10 << 24 | 244 << 16
  private static let offsets: ClosedRange<UInt32> = 2...65_534

  private var last: UInt32
  private var used: Set<UInt32> = []

  /// - Parameter last: the address that was given out last, of an earlier run; nil for none.
  init(last: String? = nil) {
    self.last = last.flatMap(Self.offset) ?? Self.offsets.lowerBound - 1
  }

  /// The next free address; nil where all are in use.
  mutating func take() -> String? {
    for _ in Self.offsets {
      last = last >= Self.offsets.upperBound ? Self.offsets.lowerBound : last + 1
      if used.insert(last).inserted { return Self.text(last) }
    }
    return nil
  }

  /// Takes a certain address; false where it is in use, or not of the range.
  mutating func claim(_ address: String) -> Bool {
    guard let offset = Self.offset(address) else { return false }
    return used.insert(offset).inserted
  }

  mutating func free(_ address: String) {
    if let offset = Self.offset(address) { used.remove(offset) }
  }

  private static func offset(_ address: String) -> UInt32? {
    let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard parts.count == 4, let a = parts[0], let b = parts[1], let c = parts[2], let d = parts[3] else { return nil }
    let value = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    guard value >= base, offsets.contains(value - base) else { return nil }
    return value - base
  }

  private static func text(_ offset: UInt32) -> String { "10.244.\(offset >> 8).\(offset & 255)" }
}
