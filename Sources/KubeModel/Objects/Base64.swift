// SPDX-License-Identifier: Apache-2.0

/// Base64 with padding (RFC 4648 §4), as `data` of binary fields is written in JSON.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The octets, or nil where the text is not base64. Line breaks are passed over, as they come in folded text.
  package static func decode(_ text: String) -> [UInt8]? {
    let bytes = text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard bytes.count % 4 == 0 else { return nil }
    let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var result: [UInt8] = []
    var bits: UInt32 = 0
    for (index, byte) in bytes.dropLast(padding).enumerated() {
      guard let digit = digit(byte) else { return nil }
      bits = bits << 6 | UInt32(digit)
      if index % 4 == 3 {
        result += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        bits = 0
      }
    }
    if padding == 1 { result += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)] }
    if padding == 2 { result.append(UInt8(bits >> 4 & 255)) }
    return result
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for index in 0..<3 { bits = bits << 8 | (index < chunk.count ? UInt32(chunk[start + index]) : 0) }
      for index in 0..<4 {
        text.append(index <= chunk.count ? alphabet[Int(bits >> (18 - 6 * UInt32(index)) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
