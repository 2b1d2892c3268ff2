// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Protobuf. Source: "Encoding" of the Protocol Buffers documentation.
enum ProtobufForm: WireForm {
  /// `runtime.Unknown`: the object without its type, and how it is encoded.
  static let envelope = MessageFields([("raw", 2, .single), ("contentEncoding", 3, .single)])
  /// `runtime.RawExtension`.
  private static let extensionFields = MessageFields([("raw", 1, .single)])
  private static let mapFields = MessageFields([("key", 1, .single), ("value", 2, .single)])

  static func open(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> MessageCursor {
    guard range.upperBound <= octets.count else { throw DecodingProblem("a message beyond the end") }
    return MessageCursor(range)
  }

  @inline(__always)
  static func next(
    _ cursor: inout MessageCursor, _ octets: Span<UInt8>, _ fields: MessageFields
  ) throws(DecodingProblem) -> (place: Int, value: WireValue)? {
    while cursor.offset < cursor.end {
      let tag = try varint(&cursor, octets)
      let place = try fields.place(ofNumber: number(ofTag: tag))
      var value: WireValue
      switch tag & 7 {
      case 0: value = WireValue(kind: .scalar, range: 0..<0, number: try varint(&cursor, octets))
      case 1: value = WireValue(kind: .scalar, range: try take(8, &cursor))
      case 2:
        let count = try varint(&cursor, octets)
        value = WireValue(kind: .octets, range: try take(count, &cursor))
      case 5: value = WireValue(kind: .scalar, range: try take(4, &cursor))
      default: throw DecodingProblem("an unknown wire type")
      }
      guard let place else { continue }
      if fields.entries[place].shape == .map { value = try entry(value, octets) }
      return (place, value)
    }
    return nil
  }

  /// - Throws: for numbers that no field has.
  static func number(ofTag tag: UInt64) throws(DecodingProblem) -> Int {
    guard let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29 else {
      throw DecodingProblem("a bad field number")
    }
    return number
  }

  @inline(__always)
  private static func varint(_ cursor: inout MessageCursor, _ octets: Span<UInt8>) throws(DecodingProblem) -> UInt64 {
    // Most numbers have one octet.
    if cursor.offset < cursor.end, octets[cursor.offset] < 0x80 {
      defer { cursor.offset += 1 }
      return UInt64(octets[cursor.offset])
    }
    guard let (value, length) = try varint(octets.extracting(cursor.offset..<cursor.end)) else {
      throw DecodingProblem("a message that ends inside a number")
    }
    cursor.offset += length
    return value
  }

  /// The number at the beginning, and how many octets it has; `nil` where its end is not there.
  static func varint(_ octets: Span<UInt8>) throws(DecodingProblem) -> (value: UInt64, length: Int)? {
    var value: UInt64 = 0
    for index in 0..<min(octets.count, 10) {
      let octet = octets[index]
      if index == 9, octet > 1 { break }
      value |= UInt64(octet & 0x7F) << (7 * UInt64(index))
      if octet < 0x80 { return (value, index + 1) }
    }
    if octets.count < 10 { return nil }
    throw DecodingProblem("a number of more than 64 bits")
  }

  @inline(__always)
  private static func take(_ count: UInt64, _ cursor: inout MessageCursor) throws(DecodingProblem) -> Range<Int> {
    guard count <= UInt64(cursor.end - cursor.offset) else {
      throw DecodingProblem("a length beyond the message's end")
    }
    let range = cursor.offset..<(cursor.offset + Int(count))
    cursor.offset = range.upperBound
    return range
  }

  private static func entry(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> WireValue {
    var entry = WireValue(kind: .octets, range: value.range.lowerBound..<value.range.lowerBound)
    var cursor = try open(try message(value), octets)
    while let (place, part) = try next(&cursor, octets, mapFields) {
      if place == 0 { entry.key = try message(part) } else { entry.range = try message(part) }
    }
    return entry
  }

  static func text(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> String {
    try validText(try message(value), octets)
  }

  static func flag(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Bool {
    try number(value, octets) != 0
  }

  static func number(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Int64 {
    guard value.kind == .scalar, value.range.isEmpty else { throw DecodingProblem("a text where a number is due") }
    return Int64(bitPattern: value.number)
  }

  static func unwrap(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> Range<Int> {
    var cursor = try open(try message(value), octets)
    while let (_, raw) = try next(&cursor, octets, extensionFields) {
      return try object(try message(raw), octets)
    }
    throw DecodingProblem("an event without an object")
  }

  /// Where the fields of an object are that is sent by itself.
  static func object(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> Range<Int> {
    let start = range.lowerBound + ProtobufDecoder.magic.count
    guard start <= range.upperBound, octets.holds(ProtobufDecoder.magic, range.lowerBound..<start) else {
      throw DecodingProblem("the prefix \"k8s\\0\" is missing")
    }
    var cursor = try open(start..<range.upperBound, octets)
    var found: Range<Int>?
    while let (place, value) = try next(&cursor, octets, envelope) {
      if place == 0 {
        found = try message(value)
      } else if !value.range.isEmpty {
        throw DecodingProblem("an object with a content encoding")
      }
    }
    // An object of zeros alone has no octets, and a server may leave the field out.
    return found ?? range.upperBound..<range.upperBound
  }
}
