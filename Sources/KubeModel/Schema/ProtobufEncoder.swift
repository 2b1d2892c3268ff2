// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Writes objects in the protobuf form of the Kubernetes API, by the tables of their types: the counterpart of
/// ``ProtobufDecoder``.
///
/// What the tree holds is written, and nothing else: zero values that the tree does not hold are left out, which every
/// reader takes for the same. Fields are in order of their numbers. A member whose value is not of the declared type is
/// left out; there is none in a tree that went through ``SchemaDecoder``.
package enum ProtobufEncoder {
  /// The object's own message, without its envelope.
  /// - Parameter sizeHint: octets that the message may take; its JSON is nearly always longer.
  package static func encode(_ members: JSONObject, as type: ObjectType, sizeHint: Int = 256) -> [UInt8] {
    var writer = ProtobufWriter(capacity: sizeHint)
    write(members, type.protobufEntries, to: &writer)
    return writer.octets
  }

  private static func write(_ members: JSONObject, _ entries: [ProtobufEntry], to writer: inout ProtobufWriter) {
    for entry in entries {
      switch entry {
      case .field(let name, let number, let type):
        if let value = member(name, of: members) { write(value, number, as: type, to: &writer) }
      case .embedded(let number, let fields):
        writer.messageUnlessEmpty(number) { write(members, fields, to: &$0) }
      }
    }
  }

  /// Most objects have a handful of members, most names differ in their lengths already, and a lookup is made for each
  /// field of the type: so lengths are compared first, and nothing is hashed.
  private static func member(_ name: String, of members: JSONObject) -> JSONValue? {
    guard members.count <= 15 else { return members[name] }
    let length = name.utf8.count
    for index in 0..<members.count {
      let (key, value) = members.elements[index]
      if key.utf8.count == length, key == name { return value }
    }
    return nil
  }

  private static func write(_ value: JSONValue, _ number: Int, as type: FieldType, to writer: inout ProtobufWriter) {
    switch (type, value) {
    case (.string, .string(let text)): writer.text(number, text)
    case (.bool, .bool(let flag)): writer.number(number, flag ? 1 : 0)
    case (.int32, .int(let value)), (.int64, .int(let value)): writer.number(number, value)
    case (.double, .double(let value)): writer.double(number, value)
    case (.double, .int(let value)): writer.double(number, Double(value))
    case (.object(let type), .object(let members)):
      writer.message(number) { write(members, type.protobufEntries, to: &$0) }
    case (.list(let element, _), .array(let elements)):
      for value in elements { write(value, number, as: element, to: &writer) }
    case (.map(let element), .object(let members)):
      for (key, value) in members {
        writer.message(number) { entry in
          entry.text(1, key)
          write(value, 2, as: element, to: &entry)
        }
      }
    case (.bytes, .string(let text)):
      if let octets = Base64.decode(text) { writer.bytes(number, octets) }
    case (.time, .string(let text)): write(time: text, number, withFraction: false, to: &writer)
    case (.microTime, .string(let text)): write(time: text, number, withFraction: true, to: &writer)
    case (.quantity, .string(let text)): writer.message(number) { $0.text(1, text) }
    case (.intOrString, .int(let value)):
      writer.message(number) { message in
        message.number(1, 0)
        message.number(2, value)
      }
    case (.intOrString, .string(let text)):
      writer.message(number) { message in
        message.number(1, 1)
        message.text(3, text)
      }
    case (.raw, _): writer.message(number) { $0.bytes(1, value.encoded()) }
    default: break
    }
  }

  /// `Time` and `MicroTime`: seconds (1) and nanoseconds (2) since 1970. `Time` has whole seconds, as in JSON.
  private static func write(time text: String, _ number: Int, withFraction: Bool, to writer: inout ProtobufWriter) {
    guard let time = Timestamp(text) else { return }
    writer.message(number) { message in
      message.number(1, time.seconds)
      let fraction = (time.microseconds - time.seconds * 1_000_000) * 1000
      if withFraction, fraction != 0 { message.number(2, fraction) }
    }
  }
}

/// What stands around a message: `k8s\0` and the fields of `runtime.Unknown`, the type (1) and the message (2).
package struct ProtobufEnvelope: Sendable {
  private let head: [UInt8]

  package init(apiVersion: String, kind: String) {
    var writer = ProtobufWriter()
    writer.message(1) { type in
      type.text(1, apiVersion)
      type.text(2, kind)
    }
    head = ProtobufDecoder.magic + writer.octets
  }

  /// Writes what comes before a message of `count` octets.
  package func writeHead(ofMessage count: Int, to bytes: inout [UInt8]) {
    bytes += head
    bytes.appendProtobufTag(2, wireType: 2)
    bytes.appendProtobufNumber(UInt64(count))
  }

  /// Octets of the envelope and its message of `count` octets.
  package func size(ofMessage count: Int) -> Int {
    head.count + 1 + [UInt8].protobufNumberSize(UInt64(count)) + count
  }

  package func write(_ message: [UInt8], to bytes: inout [UInt8]) {
    writeHead(ofMessage: message.count, to: &bytes)
    bytes += message
  }
}
