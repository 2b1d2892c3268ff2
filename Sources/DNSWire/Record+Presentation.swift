// SPDX-License-Identifier: Apache-2.0

extension Record: CustomStringConvertible {
  /// The record as a zone file and `dig` write it: owner, TTL, class, type, data.
  package var description: String { "\(name) \(ttl) \(recordClass) \(type) \(dataText)" }

  /// RDATA in presentation format; `\# length hex` (RFC 3597 §5) for types without one here, and for data that does
  /// not fit its type.
  package var dataText: String {
    (try? knownDataText()) ?? genericDataText
  }

  private func knownDataText() throws(WireError) -> String? {
    let bytes = unsafe data.span.bytes
    var reader = MessageReader(offset: 0)
    switch type {
    case .a where data.count == 4, .aaaa where data.count == 16:
      return HostAddress(octets: data)?.description
    case .cname, .ns, .ptr, .dname:
      return try reader.readName(bytes).description
    case .mx:
      reader = MessageReader(offset: 2)
      return "\(try bytes.bigEndian16(at: 0)) \(try reader.readName(bytes))"
    case .srv:
      reader = MessageReader(offset: 6)
      let numbers = "\(try bytes.bigEndian16(at: 0)) \(try bytes.bigEndian16(at: 2)) \(try bytes.bigEndian16(at: 4))"
      return "\(numbers) \(try reader.readName(bytes))"
    case .soa:
      var text = "\(try reader.readName(bytes)) \(try reader.readName(bytes))"
      for field in 0..<5 { text += " \(try bytes.bigEndian32(at: reader.offset + 4 * field))" }
      return text
    case .txt, .hinfo:
      return characterStrings()
    default:
      return nil
    }
  }

  /// Strings of a length octet and that many octets (RFC 1035 §3.3), in quotes.
  private func characterStrings() -> String? {
    var texts: [String] = []
    var rest = data[...]
    while let length = rest.popFirst() {
      guard rest.count >= Int(length) else { return nil }
      let octets = rest.prefix(Int(length))
      rest = rest.dropFirst(Int(length))
      texts.append("\"" + octets.map { $0.presentation(escaping: "\"\\", keepingSpaces: true) }.joined() + "\"")
    }
    return texts.isEmpty ? nil : texts.joined(separator: " ")
  }

  private var genericDataText: String {
    let digits = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return data.isEmpty ? "\\# 0" : "\\# \(data.count) \(digits)"
  }
}
