// SPDX-License-Identifier: Apache-2.0

extension Name {
  /// Reads the presentation format (RFC 1035 §5.1): labels with dots between, `\.` and `\DDD` escapes, a dot at the
  /// end or not. The name is taken as absolute either way.
  package init(_ text: String) throws(WireError) {
    var labels: [[UInt8]] = []
    var label: [UInt8] = []
    var octets = text.utf8[...]
    if text == "." { octets = octets.dropFirst() }
    while let octet = octets.popFirst() {
      switch octet {
      case UInt8(ascii: "."):
        labels.append(label)
        label = []
      case UInt8(ascii: "\\"):
        label.append(try Self.escaped(&octets))
      default:
        label.append(octet)
      }
    }
    if !label.isEmpty { labels.append(label) }
    try self.init(labels: labels)
  }

  /// What follows a backslash: three decimal digits of one octet, or any character for itself.
  private static func escaped(_ octets: inout Substring.UTF8View) throws(WireError) -> UInt8 {
    guard let first = octets.popFirst() else { throw .truncated }
    guard first.isASCIIDigit else { return first }
    guard let second = octets.popFirst(), let third = octets.popFirst(), second.isASCIIDigit, third.isASCIIDigit
    else { throw .truncated }
    let value = [first, second, third].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    guard let octet = UInt8(exactly: value) else { throw .reservedLabelType }
    return octet
  }
}

extension Name: CustomStringConvertible {
  /// The presentation format, with a dot at the end (RFC 1035 §5.1).
  package var description: String {
    guard wire.count > 1 else { return "." }
    return labels.map { Self.text(ofLabel: $0) + "." }.joined()
  }

  /// One label in presentation format.
  package static func text(ofLabel label: some Sequence<UInt8>) -> String {
    label.map { $0.presentation(escaping: ".\\\"();@$") }.joined()
  }
}

extension UInt8 {
  package var isASCIIDigit: Bool { self &- 0x30 < 10 }

  /// This octet in presentation format: itself if printable, after a backslash if it is one of `special`, else `\DDD`.
  func presentation(escaping special: String, keepingSpaces: Bool = false) -> String {
    switch self {
    case 0x20 where keepingSpaces: " "
    case 0x21...0x7E:
      special.utf8.contains(self) ? "\\" + String(UnicodeScalar(self)) : String(UnicodeScalar(self))
    default:
      "\\" + String(repeating: "0", count: self < 10 ? 2 : self < 100 ? 1 : 0) + String(self)
    }
  }
}
