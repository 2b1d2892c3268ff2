// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Writes objects in protobuf by the tables of their types: what an API server sends.
enum SchemaProtobuf {
  /// A field whose content has a length in front.
  static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(UInt64(number) << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  static func message(_ members: JSONObject, _ type: ObjectType) -> [UInt8] {
    type.fields.sorted { $0.number < $1.number }.filter { $0.number > 0 && $0.embeddingMessage == nil }
      .flatMap { field in members[field.name].map { value($0, field.number, field.type) } ?? [] }
  }

  private static func value(_ value: JSONValue, _ number: Int, _ type: FieldType) -> [UInt8] {
    switch (type, value) {
    case (.string, .string(let text)): field(number, Array(text.utf8))
    case (.bool, .bool(let flag)): varint(UInt64(number) << 3) + [flag ? 1 : 0]
    case (.int32, .int(let value)), (.int64, .int(let value)):
      varint(UInt64(number) << 3) + varint(UInt64(bitPattern: value))
    case (.object(let type), .object(let members)): field(number, message(members, type))
    case (.list(let element, _), .array(let values)): values.flatMap { self.value($0, number, element) }
    case (.map(let element), .object(let members)):
      members.flatMap { field(number, field(1, Array($0.key.utf8)) + self.value($0.value, 2, element)) }
    default: []  // Times and quantities, which names do not depend on.
    }
  }

  /// An object as it is sent by itself.
  static func envelope(_ message: [UInt8]) -> [UInt8] { [0x6B, 0x38, 0x73, 0] + field(1, [0x0A, 0]) + field(2, message) }

  static func list(_ items: [[UInt8]], version: String, continueToken: String = "") -> [UInt8] {
    envelope(
      field(1, field(2, Array(version.utf8)) + field(3, Array(continueToken.utf8))) + items.flatMap { field(2, $0) })
  }

  /// An event of a watch.
  static func frame(_ type: String, _ object: [UInt8]) -> [UInt8] {
    let event = field(1, Array(type.utf8)) + field(2, field(1, envelope(object)))
    return (0..<4).map { UInt8(truncatingIfNeeded: event.count >> (24 - 8 * $0)) } + event
  }
}
