// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// What an API server puts around objects in protobuf.
enum ServerProtobuf {
  /// A field whose content has a length in front.
  static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(UInt64(number) << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  /// An object as it is sent by itself.
  static func envelope(_ message: [UInt8]) -> [UInt8] {
    ProtobufDecoder.magic + field(1, [0x0A, 0]) + field(2, message)
  }

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

extension KubeObject {
  /// Its message, without an envelope.
  var protobufMessage: [UInt8] { ProtobufEncoder.encode(root, as: resource.type) }
}
