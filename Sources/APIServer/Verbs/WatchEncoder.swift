// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import OrderedCollections

/// Turns changes into the events of a watch.
///
/// In JSON, an event is a line: `{"type":"ADDED","object":…}`. In protobuf it is a frame: the length in four octets,
/// the highest first, then a `WatchEvent` message, in which the object stands with its envelope.
struct WatchEncoder: Sendable {
  let request: WatchRequest
  let encoder: ObjectEncoder
  private let envelope: ProtobufEnvelope
  /// A table names its columns in the first event only.
  private var namesColumns = true

  init(_ request: WatchRequest, _ encoder: ObjectEncoder) {
    self.request = request
    self.encoder = encoder
    envelope = encoder.envelope
  }

  private var isProtobuf: Bool { encoder.form.encoding == .protobuf }

  /// An object that was there when the watch began.
  mutating func initial(_ object: KubeObject, to bytes: inout [UInt8]) {
    write("ADDED", object, to: &bytes)
  }

  /// A change as the selectors see it: an object that begins to match is added, one that ends to match is deleted.
  mutating func event(_ event: WatchEvent, to bytes: inout [UInt8]) {
    let matches = request.matches(event.object)
    let matched = event.previous.map(request.matches) ?? false
    switch event.kind {
    case .added where matches: write("ADDED", event.object, to: &bytes)
    case .modified where matches: write(matched ? "MODIFIED" : "ADDED", event.object, to: &bytes)
    case .modified where matched: write("DELETED", event.object, to: &bytes)
    case .deleted where matches: write("DELETED", event.object, to: &bytes)
    default: break
    }
  }

  /// Tells the client how far it is.
  /// - Parameter endsInitial: what came before were the objects that there were.
  func bookmark(_ version: UInt64, endsInitial: Bool, to bytes: inout [UInt8]) {
    var metadata: JSONValue = ["resourceVersion": .string(String(version)), "creationTimestamp": nil]
    if endsInitial { metadata["annotations"] = [ObjectMeta.initialEventsEndAnnotation: "true"] }
    let object: JSONObject = [
      "kind": .string(encoder.kind.name), "apiVersion": .string(encoder.kind.apiVersion), "metadata": metadata,
    ]
    if isProtobuf {
      Self.writeFrame("BOOKMARK", encoder.message(of: object), in: envelope, to: &bytes)
    } else {
      Self.writeLine("BOOKMARK", to: &bytes) { JSONValue.write(object, to: &$0) }
    }
  }

  /// The last event of a watch that cannot go on.
  func error(_ error: StatusError, to bytes: inout [UInt8]) {
    if isProtobuf {
      let message = ProtobufEncoder.encode(error.json.object ?? [:], as: .status)
      Self.writeFrame("ERROR", message, in: ProtobufEnvelope(apiVersion: "v1", kind: "Status"), to: &bytes)
    } else {
      Self.writeLine("ERROR", to: &bytes) { error.json.write(to: &$0) }
    }
  }

  private mutating func write(_ type: String, _ object: KubeObject, to bytes: inout [UInt8]) {
    if isProtobuf { return Self.writeFrame(type, encoder.message(of: object), in: envelope, to: &bytes) }
    Self.writeLine(type, to: &bytes) { encoder.write(object, withColumns: namesColumns, to: &$0) }
    namesColumns = false
  }

  private static func writeLine(_ type: String, to bytes: inout [UInt8], object: (inout [UInt8]) -> Void) {
    bytes += "{\"type\":\"\(type)\",\"object\":".utf8
    object(&bytes)
    bytes += "}\n".utf8
  }

  /// `WatchEvent`: the type (1) and the object (2), a `RawExtension` whose octets (1) are the object in its envelope.
  private static func writeFrame(
    _ type: String, _ message: [UInt8], in envelope: ProtobufEnvelope, to bytes: inout [UInt8]
  ) {
    let object = envelope.size(ofMessage: message.count)
    let raw = 1 + [UInt8].protobufNumberSize(UInt64(object)) + object
    let event = 2 + type.utf8.count + 1 + [UInt8].protobufNumberSize(UInt64(raw)) + raw
    for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: event >> shift)) }
    bytes.appendProtobufTag(1, wireType: 2)
    bytes.appendProtobufNumber(UInt64(type.utf8.count))
    bytes += type.utf8
    bytes.appendProtobufTag(2, wireType: 2)
    bytes.appendProtobufNumber(UInt64(raw))
    bytes.appendProtobufTag(1, wireType: 2)
    bytes.appendProtobufNumber(UInt64(object))
    envelope.write(message, to: &bytes)
  }
}
