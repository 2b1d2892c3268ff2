// SPDX-License-Identifier: Apache-2.0

/// The messages of the API that are plain values in JSON.
enum ProtobufWellKnown {
  /// `Time` and `MicroTime`: seconds (1) and nanoseconds (2) since 1970; nil for one that is not set.
  static func time(_ octets: ArraySlice<UInt8>, at path: FieldPath) throws(ProtobufError) -> Timestamp? {
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    try ProtobufMessage.forEachField(of: octets, at: path) { (number, value) throws(ProtobufError) in
      if number == 1 { seconds = Int64(bitPattern: try ProtobufMessage.varint(value, path)) }
      if number == 2 { nanoseconds = Int64(Int32(truncatingIfNeeded: try ProtobufMessage.varint(value, path))) }
    }
    // The years 1 to 9999, which is what RFC 3339 can say.
    guard (-62_135_596_800...253_402_300_799).contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else {
      throw ProtobufError(path, "a time out of range")
    }
    if octets.isEmpty { return nil }
    return Timestamp(microseconds: seconds * 1_000_000 + nanoseconds / 1000)
  }

  /// `Quantity`: its text (1); nil for one that is not set.
  static func quantity(_ octets: ArraySlice<UInt8>, at path: FieldPath) throws(ProtobufError) -> JSONValue? {
    var text = ""
    try ProtobufMessage.forEachField(of: octets, at: path) { (number, value) throws(ProtobufError) in
      if number == 1 { text = try ProtobufMessage.text(try ProtobufMessage.octets(value, path), at: path) }
    }
    return text.isEmpty ? nil : .string(text)
  }

  /// `IntOrString`: which of the two (1), the number (2), the text (3).
  static func intOrString(_ octets: ArraySlice<UInt8>, at path: FieldPath) throws(ProtobufError) -> JSONValue? {
    var isText = false
    var number: Int32 = 0
    var text = ""
    try ProtobufMessage.forEachField(of: octets, at: path) { (field, value) throws(ProtobufError) in
      switch field {
      case 1: isText = try ProtobufMessage.varint(value, path) == 1
      case 2: number = Int32(truncatingIfNeeded: try ProtobufMessage.varint(value, path))
      case 3: text = try ProtobufMessage.text(try ProtobufMessage.octets(value, path), at: path)
      default: break
      }
    }
    return isText ? .string(text) : .int(Int64(number))
  }

  /// `RawExtension` and `FieldsV1`: JSON (1); nil for one that is not set.
  static func raw(_ octets: ArraySlice<UInt8>, at path: FieldPath) throws(ProtobufError) -> JSONValue? {
    var json: ArraySlice<UInt8> = []
    try ProtobufMessage.forEachField(of: octets, at: path) { (number, value) throws(ProtobufError) in
      if number == 1 { json = try ProtobufMessage.octets(value, path) }
    }
    if json.isEmpty { return nil }
    do throws(JSONParseError) {
      return try JSONParser.parse(Array(json))
    } catch {
      throw ProtobufError(path, error.description)
    }
  }
}
