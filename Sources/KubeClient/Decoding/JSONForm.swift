// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// JSON. What is skipped is not looked at but for its brackets and quotes.
enum JSONForm: WireForm {
  static func open(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> MessageCursor {
    guard range.upperBound <= octets.count, range.count >= 2, octets[range.lowerBound] == UInt8(ascii: "{"),
      octets[range.upperBound - 1] == UInt8(ascii: "}")
    else { throw DecodingProblem("no JSON object where one is due") }
    return MessageCursor((range.lowerBound + 1)..<(range.upperBound - 1))
  }

  static func next(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>, _ fields: MessageFields
  ) throws(DecodingProblem) -> (place: Int, value: WireValue)? {
    while true {
      skipSpace(&cursor, octets)
      if let inside = cursor.inside {
        if try isClosed(&cursor, octets, isMap: inside.isMap) { continue }
        let key = inside.isMap ? try key(&cursor, octets) : 0..<0
        guard var value = try value(&cursor, octets) else { continue }
        value.key = key
        return (inside.place, value)
      }
      guard cursor.offset < cursor.end else { return nil }
      if octets[cursor.offset] == UInt8(ascii: ",") {
        cursor.offset += 1
        continue
      }
      let name = try key(&cursor, octets)
      guard let place = fields.place(ofName: name, in: octets) else {
        _ = try value(&cursor, octets)
        continue
      }
      let opening = cursor.offset < cursor.end ? octets[cursor.offset] : 0
      switch fields.entries[place].shape {
      case .list where opening == UInt8(ascii: "["):
        cursor.offset += 1
        cursor.inside = (place, false)
      case .map where opening == UInt8(ascii: "{"):
        cursor.offset += 1
        cursor.inside = (place, true)
      case .list, .map:
        if try value(&cursor, octets) != nil { throw DecodingProblem("a value where a list or a map is due") }
      case .single:
        if let value = try value(&cursor, octets) { return (place, value) }
      }
    }
  }

  /// Passes the end of a list or map, or the comma in front of its next element.
  private static func isClosed(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>, isMap: Bool
  ) throws(DecodingProblem) -> Bool {
    guard cursor.offset < cursor.end else { throw DecodingProblem("JSON that ends inside a list or map") }
    switch octets[cursor.offset] {
    case UInt8(ascii: isMap ? "}" : "]"):
      cursor.offset += 1
      cursor.inside = nil
      return true
    case UInt8(ascii: ","):
      cursor.offset += 1
      skipSpace(&cursor, octets)
      return false
    default:
      return false
    }
  }

  /// A member's name, and its colon.
  private static func key(_ cursor: inout MessageCursor, _ octets: Span<UInt8>) throws(DecodingProblem) -> Range<Int> {
    guard cursor.offset < cursor.end, octets[cursor.offset] == UInt8(ascii: "\"") else {
      throw DecodingProblem("JSON without a member's name")
    }
    let name = try string(&cursor, octets).range
    skipSpace(&cursor, octets)
    guard cursor.offset < cursor.end, octets[cursor.offset] == UInt8(ascii: ":") else {
      throw DecodingProblem("JSON without a colon behind a member's name")
    }
    cursor.offset += 1
    skipSpace(&cursor, octets)
    return name
  }

  /// Passes a value; `nil` for null, which is as good as none.
  private static func value(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> WireValue? {
    guard cursor.offset < cursor.end else { throw DecodingProblem("JSON without a value") }
    let first = octets[cursor.offset]
    switch first {
    case UInt8(ascii: "\""): return try string(&cursor, octets)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let range = try brackets(&cursor, octets)
      return WireValue(kind: first == UInt8(ascii: "{") ? .object : .list, range: range)
    default:
      let start = cursor.offset
      while cursor.offset < cursor.end, octets[cursor.offset].isOfJSONWord { cursor.offset += 1 }
      guard cursor.offset > start else { throw DecodingProblem("JSON without a value") }
      let range = start..<cursor.offset
      return octets.holds(Words.null, range) ? nil : WireValue(kind: .scalar, range: range)
    }
  }

  private static func string(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> WireValue {
    let start = cursor.offset + 1
    var isEscaped = false
    cursor.offset = start
    while cursor.offset < cursor.end {
      let octet = octets[cursor.offset]
      if octet == UInt8(ascii: "\"") {
        defer { cursor.offset += 1 }
        return WireValue(kind: isEscaped ? .escaped : .octets, range: start..<cursor.offset)
      }
      if octet == UInt8(ascii: "\\") {
        isEscaped = true
        cursor.offset += 1
      }
      cursor.offset += 1
    }
    throw DecodingProblem("JSON that ends inside a text")
  }

  private static func brackets(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> Range<Int> {
    let start = cursor.offset
    var depth = 0
    while cursor.offset < cursor.end {
      switch octets[cursor.offset] {
      case UInt8(ascii: "\""):
        _ = try string(&cursor, octets)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      cursor.offset += 1
      if depth == 0 { return start..<cursor.offset }
    }
    throw DecodingProblem("JSON that ends inside a list or map")
  }

  private static func skipSpace(_ cursor: inout MessageCursor, _ octets: Span<UInt8>) {
    while cursor.offset < cursor.end, octets[cursor.offset].isJSONSpace { cursor.offset += 1 }
  }

  private enum Words {
    static let null = Array("null".utf8)
    static let yes = Array("true".utf8)
    static let no = Array("false".utf8)
  }

  static func text(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> String {
    switch value.kind {
    case .octets: return try validText(value.range, octets)
    case .escaped:
      let quoted = try validText((value.range.lowerBound - 1)..<(value.range.upperBound + 1), octets)
      do throws(JSONParseError) { return try JSONParser.parse(quoted).string ?? "" } catch {
        throw DecodingProblem(error.description)
      }
    case .scalar, .object, .list: throw DecodingProblem("a JSON value that is no text where a text is due")
    }
  }

  static func flag(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Bool {
    if value.kind == .scalar, octets.holds(Words.yes, value.range) { return true }
    if value.kind == .scalar, octets.holds(Words.no, value.range) { return false }
    throw DecodingProblem("a JSON value where true or false is due")
  }

  static func number(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Int64 {
    guard value.kind == .scalar, let number = Int64(try validText(value.range, octets)) else {
      throw DecodingProblem("a JSON value that is no whole number where one is due")
    }
    return number
  }

  static func unwrap(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Range<Int> {
    guard value.kind == .object else { throw DecodingProblem("an event without an object") }
    return value.range
  }
}

extension UInt8 {
  var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

  /// Of numbers, true, false and null.
  fileprivate var isOfJSONWord: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
