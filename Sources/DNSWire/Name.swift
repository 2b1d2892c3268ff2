// SPDX-License-Identifier: Apache-2.0

/// A whole domain name that owns its octets: uncompressed wire format with the root label at its end, letter case
/// as it was given. Names are equal when they differ only in ASCII case (RFC 4343 §3).
///
/// The other two states of a name: octets inside a message that nothing has checked yet (`MessageReader` reads
/// those), and the fixed-size lower-case form that a question is looked up with (`QueryName`).
package struct Name: Sendable {
  /// Most octets of a name on the wire, the root label included (RFC 1035 §2.3.4).
  package static let maximumLength = 255
  /// Most octets of one label (RFC 1035 §2.3.4).
  package static let maximumLabelLength = 63

  /// Length octet and label, again and again, then a zero.
  package let wire: [UInt8]

  package static let root = Name(uncheckedWire: [0])

  /// For octets that are known to be a name.
  package init(uncheckedWire wire: [UInt8]) { self.wire = wire }

  /// Joins labels. Throws `nameTooLong` or `reservedLabelType` (an empty or over-long label).
  package init(labels: some Sequence<some Collection<UInt8>>) throws(WireError) {
    var wire: [UInt8] = []
    for label in labels {
      guard (1...Self.maximumLabelLength).contains(label.count) else { throw .reservedLabelType }
      wire.append(UInt8(label.count))
      wire.append(contentsOf: label)
    }
    wire.append(0)
    guard wire.count <= Self.maximumLength else { throw .nameTooLong }
    self.wire = wire
  }

  /// The labels from left to right, without the root.
  package var labels: [ArraySlice<UInt8>] {
    var labels: [ArraySlice<UInt8>] = []
    var offset = 0
    while wire[offset] != 0 {
      let end = offset + 1 + Int(wire[offset])
      labels.append(wire[(offset + 1)..<end])
      offset = end
    }
    return labels
  }

  /// The same name with every ASCII letter in lower case.
  package var lowercased: Name { Name(uncheckedWire: wire.map(\.asciiLowercased)) }

  /// Whether this name is `ancestor` or lies below it.
  package func isEqual(toOrBelow ancestor: Name) -> Bool {
    guard wire.count >= ancestor.wire.count else { return false }
    let start = wire.count - ancestor.wire.count
    var offset = 0
    while offset < start { offset += 1 + Int(wire[offset]) }
    return offset == start
      && zip(wire[start...], ancestor.wire).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
  }
}

extension Name: Hashable {
  package static func == (left: Name, right: Name) -> Bool {
    left.wire.count == right.wire.count
      && zip(left.wire, right.wire).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
  }

  package func hash(into hasher: inout Hasher) {
    for octet in wire { hasher.combine(octet.asciiLowercased) }
  }
}

extension UInt8 {
  /// `A`…`Z` become `a`…`z`. Length octets are below 64 and so never change.
  @inlinable
  package var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
