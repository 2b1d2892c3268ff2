// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// What is wrong with a text that should be JSON, and where.
package struct JSONParseError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Offset in octets from the start of the text.
  package var offset: Int
  package var problem: String
  package var description: String { "invalid JSON at byte \(offset): \(problem)" }
}

/// A strict JSON reader (RFC 8259) over UTF-8 octets.
///
/// It refuses what the grammar refuses, nesting deeper than ``maximumDepth``, and text after the value. A member that
/// occurs twice in one object keeps its last value, as Go's decoder does, and is reported in ``duplicates``.
package struct JSONParser {
  /// Nesting that is still read. Kubernetes objects stay below 30; the limit keeps hostile input off the stack.
  package static let maximumDepth = 200

  /// Members that occur twice and are still named; a text could hold any number, each with a long path.
  package static let maximumDuplicates = 10

  /// Paths of members that occurred more than once in their object, such as `spec.ports[0].port`.
  package private(set) var duplicates: [String] = []

  private let bytes: [UInt8]
  private var position = 0
  private var path: [FieldPath.Step] = []

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Reads one JSON value from UTF-8 octets.
  package static func parse(_ bytes: [UInt8]) throws(JSONParseError) -> JSONValue {
    try parseReportingDuplicates(bytes).value
  }

  /// Reads one JSON value from a string.
  package static func parse(_ text: String) throws(JSONParseError) -> JSONValue {
    try parse(Array(text.utf8))
  }

  /// Reads one JSON value, and names the members that its objects hold twice.
  package static func parseReportingDuplicates(
    _ bytes: [UInt8]
  ) throws(JSONParseError) -> (value: JSONValue, duplicates: [String]) {
    var parser = JSONParser(bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return (value, parser.duplicates)
  }

  private func error(_ problem: String) -> JSONParseError {
    JSONParseError(offset: position, problem: problem)
  }

  private var current: UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value(depth: Int) throws(JSONParseError) -> JSONValue {
    guard depth <= Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case nil: throw error("the text ends where a value should be")
    default: throw error("a value cannot start with this character")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONParseError) -> JSONValue {
    for byte in word.utf8 {
      guard current == byte else { throw error("expected '\(word)'") }
      position += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(JSONParseError) -> JSONValue {
    position += 1
    var members: JSONObject = [:]
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("expected a member name in double quotes") }
      let name = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw error("expected ':' after the member name") }
      position += 1
      path.append(.member(name))
      let value = try value(depth: depth + 1)
      if members.updateValue(value, forKey: name) != nil, duplicates.count < Self.maximumDuplicates {
        duplicates.append(FieldPath(path).description)
      }
      path.removeLast()
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(members)
      default: throw error("expected ',' or '}'")
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONParseError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      path.append(.index(elements.count))
      elements.append(try value(depth: depth + 1))
      path.removeLast()
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default: throw error("expected ',' or ']'")
      }
    }
  }

  private mutating func number() throws(JSONParseError) -> JSONValue {
    let start = position
    var isInteger = true
    if current == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try digits()
    if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 { throw error("a number with a leading zero") }
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .int(integer) }
    guard let double = Double(text), double.isFinite else { throw error("a number out of range") }
    return .double(double)
  }

  private mutating func digits() throws(JSONParseError) {
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw error("expected a digit") }
  }

  private mutating func string() throws(JSONParseError) -> String {
    position += 1
    let start = position
    // Most strings hold no escape: find the end, then copy once.
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      guard byte >= 0x20 else { throw error("a control character inside a string") }
      position += 1
    }
    if current == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try utf8(bytes[start..<position])
    }
    var text = Array(bytes[start..<position])
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try utf8(text[...])
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw error("a control character inside a string")
      default: text.append(byte)
      }
    }
    throw error("the text ends inside a string")
  }

  private func utf8(_ octets: ArraySlice<UInt8>) throws(JSONParseError) -> String {
    guard let text = String(validating: octets, as: UTF8.self) else { throw error("a string that is not UTF-8") }
    return text
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONParseError) {
    guard let byte = current else { throw error("the text ends inside an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = UInt32(try fourHexDigits())
      if (0xD800..<0xDC00).contains(scalar), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let low = UInt32(try fourHexDigits())
        if (0xDC00..<0xE000).contains(low) {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position = mark
        }
      }
      // A lone surrogate becomes U+FFFD, as in Go.
      text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    default: throw error("an unknown escape")
    }
  }

  private mutating func fourHexDigits() throws(JSONParseError) -> UInt16 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return value
  }
}
