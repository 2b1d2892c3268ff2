// SPDX-License-Identifier: Apache-2.0

/// How far the reading of one message has come. Offsets count from the start of the octets that hold it.
struct MessageCursor {
  var offset: Int
  let end: Int
  /// The field whose elements or entries are being read, and whether they are entries; JSON only.
  var inside: (place: Int, isMap: Bool)?

  init(_ range: Range<Int>) {
    offset = range.lowerBound
    end = range.upperBound
  }
}

/// One occurrence of a field: where its value is, without a copy of it.
struct WireValue {
  enum Kind {
    /// Protobuf: a number. JSON: a word or a number, as text.
    case scalar
    /// Protobuf: a text or a message. JSON: a text, without its quotes.
    case octets
    /// JSON: the same with a backslash in it.
    case escaped
    /// JSON: an object, with its braces.
    case object
    /// JSON: a list, with its brackets, where none is expected.
    case list
  }

  var kind: Kind
  var range: Range<Int>
  /// Of protobuf.
  var number: UInt64 = 0
  /// Of an entry of a map.
  var key: Range<Int> = 0..<0
}

/// One of the two forms in which an API server writes objects.
///
/// Readers allocate nothing for what they skip, and check every offset.
protocol WireForm {
  /// Begins to read a message.
  static func open(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> MessageCursor

  /// The next of these fields; `nil` at the message's end.
  static func next(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>, _ fields: MessageFields
  ) throws(DecodingProblem) -> (place: Int, value: WireValue)?

  static func text(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> String
  static func flag(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Bool
  static func number(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Int64

  /// Where an object is that is wrapped in another message.
  static func unwrap(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Range<Int>
}

extension WireForm {
  /// Where a message is.
  static func message(_ value: WireValue) throws(DecodingProblem) -> Range<Int> {
    guard value.kind == .octets || value.kind == .object else {
      throw DecodingProblem("a value where a message is due")
    }
    return value.range
  }

  /// Whether a text is this.
  static func isEqual(
    _ value: WireValue, _ text: [UInt8], _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> Bool {
    if value.kind == .octets { return octets.holds(text, value.range) }
    return Array(try self.text(value, octets).utf8) == text
  }

  /// A copy of the octets as text.
  static func validText(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> String {
    do { return String(copying: try UTF8Span(validating: octets.extracting(range))) } catch {
      throw DecodingProblem("text that is not UTF-8")
    }
  }
}
