// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore

/// Turns changes into the lines of a watch: `{"type":"ADDED","object":…}`.
struct WatchEncoder: Sendable {
  let request: WatchRequest
  let encoder: ObjectEncoder
  /// A table names its columns in the first event only.
  private var namesColumns = true

  init(_ request: WatchRequest, _ encoder: ObjectEncoder) {
    self.request = request
    self.encoder = encoder
  }

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
    if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    let event: JSONValue = [
      "type": "BOOKMARK",
      "object": [
        "kind": .string(encoder.resource.kind), "apiVersion": .string(encoder.resource.apiVersion),
        "metadata": metadata,
      ],
    ]
    event.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The last event of a watch that cannot go on.
  func error(_ error: StatusError, to bytes: inout [UInt8]) {
    let event: JSONValue = ["type": "ERROR", "object": error.json]
    event.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func write(_ type: String, _ object: KubeObject, to bytes: inout [UInt8]) {
    bytes += "{\"type\":\"\(type)\",\"object\":".utf8
    encoder.write(object, withColumns: namesColumns, to: &bytes)
    namesColumns = false
    bytes += "}\n".utf8
  }
}
