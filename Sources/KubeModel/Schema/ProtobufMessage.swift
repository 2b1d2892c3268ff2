// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Reads messages by the tables of their types.
enum ProtobufMessage {
  /// Reads the fields of a message into the members of an object.
  /// - Parameter embedding: the number of the embedded message that this is, where its fields are members of the
  ///   object around it.
  static func read(
    _ octets: ArraySlice<UInt8>, as type: ObjectType, into members: inout JSONObject, at path: FieldPath, depth: Int,
    embedding: Int? = nil
  ) throws(ProtobufError) {
    guard depth < ProtobufDecoder.maximumDepth else {
      throw ProtobufError(path, "nested deeper than \(ProtobufDecoder.maximumDepth) messages")
    }
    try forEachField(of: octets, at: path) { (number, value) throws(ProtobufError) in
      if embedding == nil, type.embeddedMessages.contains(number), case .octets(let inner) = value {
        try read(inner, as: type, into: &members, at: path, depth: depth + 1, embedding: number)
        return
      }
      guard let field = type.field(numbered: number, embeddedIn: embedding) else { return }
      let place = path.appending(field.name)
      members[field.name] = try merged(value, into: members[field.name], as: field.type, at: place, depth: depth)
    }
  }

  static func forEachField(
    of octets: ArraySlice<UInt8>, at path: FieldPath,
    _ body: (_ number: Int, _ value: ProtobufReader.Value) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    var reader = ProtobufReader(octets)
    while true {
      let field: (number: Int, value: ProtobufReader.Value)?
      do throws(WireProblem) { field = try reader.next() } catch { throw ProtobufError(path, error.text) }
      guard let field else { return }
      try body(field.number, field.value)
    }
  }

  static func text(_ octets: ArraySlice<UInt8>, at path: FieldPath) throws(ProtobufError) -> String {
    guard let text = String(validating: octets, as: UTF8.self) else { throw ProtobufError(path, "not UTF-8") }
    return text
  }

  /// The member's value after one more occurrence of its field: lists and maps grow, objects are merged.
  private static func merged(
    _ value: ProtobufReader.Value, into old: JSONValue?, as type: FieldType, at path: FieldPath, depth: Int
  ) throws(ProtobufError) -> JSONValue? {
    switch type {
    case .list(let element, _):
      var elements = old?.array ?? []
      if case .octets(let packed) = value, element.isScalarNumber {
        elements += try numbers(packed, as: element, at: path)
      } else {
        elements.append(try single(value, as: element, at: path.appending(index: elements.count), depth: depth) ?? "")
      }
      return .array(elements)
    case .map(let element):
      var members = old?.object ?? [:]
      let entry = try entry(value, as: element, at: path, depth: depth)
      members[entry.key] = entry.value
      return .object(members)
    case .object(let type):
      var members = old?.object ?? [:]
      try read(try octets(value, path), as: type, into: &members, at: path, depth: depth + 1)
      return .object(members)
    default: return try single(value, as: type, at: path, depth: depth)
    }
  }

  /// - Returns: nil for a message that stands for no value, such as a time that is not set.
  private static func single(
    _ value: ProtobufReader.Value, as type: FieldType, at path: FieldPath, depth: Int
  ) throws(ProtobufError) -> JSONValue? {
    switch type {
    case .string: return .string(try text(try octets(value, path), at: path))
    case .bytes: return .string(Base64.encode(Array(try octets(value, path))))
    case .bool: return .bool(try varint(value, path) != 0)
    case .int32: return .int(Int64(Int32(truncatingIfNeeded: try varint(value, path))))
    case .int64: return .int(Int64(bitPattern: try varint(value, path)))
    case .double:
      guard case .fixed64(let bits) = value else { throw ProtobufError(path, "expected a 64-bit number") }
      return .double(Double(bitPattern: bits))
    case .object(let type):
      var members: JSONObject = [:]
      try read(try octets(value, path), as: type, into: &members, at: path, depth: depth + 1)
      return .object(members)
    case .time: return try ProtobufWellKnown.time(try octets(value, path), at: path).map { .string($0.text) }
    case .microTime: return try ProtobufWellKnown.time(try octets(value, path), at: path).map { .string($0.microText) }
    case .quantity: return try ProtobufWellKnown.quantity(try octets(value, path), at: path)
    case .intOrString: return try ProtobufWellKnown.intOrString(try octets(value, path), at: path)
    case .raw: return try ProtobufWellKnown.raw(try octets(value, path), at: path)
    case .list, .map: throw ProtobufError(path, "a list of lists or maps has no protobuf form")
    }
  }

  private static func entry(
    _ value: ProtobufReader.Value, as element: FieldType, at path: FieldPath, depth: Int
  ) throws(ProtobufError) -> (key: String, value: JSONValue) {
    var key = ""
    var entryValue: JSONValue?
    try forEachField(of: try octets(value, path), at: path) { (number, value) throws(ProtobufError) in
      if number == 1 { key = try text(try octets(value, path), at: path) }
      if number == 2 { entryValue = try single(value, as: element, at: path.appending(key: key), depth: depth + 1) }
    }
    return (key, entryValue ?? "")
  }

  private static func numbers(
    _ packed: ArraySlice<UInt8>, as type: FieldType, at path: FieldPath
  ) throws(ProtobufError) -> [JSONValue] {
    var reader = ProtobufReader(packed)
    var numbers: [JSONValue] = []
    while !reader.isAtEnd {
      let number: UInt64
      do throws(WireProblem) { number = try reader.varint() } catch { throw ProtobufError(path, error.text) }
      if let value = try single(.varint(number), as: type, at: path, depth: 0) { numbers.append(value) }
    }
    return numbers
  }

  static func octets(_ value: ProtobufReader.Value, _ path: FieldPath) throws(ProtobufError) -> ArraySlice<UInt8> {
    guard case .octets(let octets) = value else { throw ProtobufError(path, "expected octets") }
    return octets
  }

  static func varint(_ value: ProtobufReader.Value, _ path: FieldPath) throws(ProtobufError) -> UInt64 {
    guard case .varint(let number) = value else { throw ProtobufError(path, "expected a number") }
    return number
  }
}

extension FieldType {
  /// Whether a list of the type may be packed into one field.
  fileprivate var isScalarNumber: Bool {
    switch self {
    case .bool, .int32, .int64: true
    default: false
    }
  }
}
