// SPDX-License-Identifier: Apache-2.0

/// Octets as text that can be read and compared: two digits an octet, blanks and lines as wanted, `#` to the line's
/// end is a remark.
package enum HexText {
  package static func octets(_ text: String) throws(FuzzFailure) -> [UInt8] {
    var digits: [UInt8] = []
    for line in text.split(whereSeparator: \.isNewline) {
      for character in line.prefix(while: { $0 != "#" }) where !character.isWhitespace {
        guard let digit = character.hexDigitValue else { throw FuzzFailure("\(character) is no hexadecimal digit") }
        digits.append(UInt8(digit))
      }
    }
    guard digits.count.isMultiple(of: 2) else { throw FuzzFailure("half an octet at the end") }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// 32 octets a line.
  package static func text(_ octets: [UInt8]) -> String {
    stride(from: 0, to: octets.count, by: 32).map { start in
      octets[start..<min(start + 32, octets.count)].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
    }.joined()
  }
}
