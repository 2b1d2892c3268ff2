// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Reads objects in the protobuf form of the Kubernetes API into the same trees as JSON.
///
/// The form: `k8s\0`, then a `runtime.Unknown` message: the type's `apiVersion` and `kind`, and the object's own
/// message.
/// Fields that the schema does not number are skipped. The tree still goes through ``SchemaDecoder``, which drops the
/// zero values that this form cannot leave out.
///
/// Source: "Kubernetes Protobuf encoding" of the Kubernetes documentation.
package enum ProtobufDecoder {
  /// The media type of this form.
  package static let mediaType = "application/vnd.kubernetes.protobuf"
  /// Octets that are still read. The API server takes bodies of 3 MiB.
  package static let maximumSize = 3 << 20
  /// Nesting of messages that is still read.
  static let maximumDepth = 64

  /// What every object in this form begins with: `k8s\0`.
  package static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

  /// The object, `apiVersion` and `kind` first.
  package static func decode(_ octets: [UInt8]) throws(ProtobufError) -> JSONObject {
    let top = FieldPath()
    guard octets.count <= maximumSize else { throw ProtobufError(top, "more than \(maximumSize) octets") }
    guard octets.starts(with: magic) else { throw ProtobufError(top, "the prefix \"k8s\\0\" is missing") }
    let envelope = try Envelope(octets.dropFirst(magic.count))
    guard envelope.contentEncoding.isEmpty else {
      throw ProtobufError(top, "unknown content encoding \"\(envelope.contentEncoding)\"")
    }
    guard let type = type(apiVersion: envelope.apiVersion, kind: envelope.kind) else {
      throw ProtobufError(top, "no kind \"\(envelope.kind)\" in version \"\(envelope.apiVersion)\"")
    }
    var members: JSONObject = ["apiVersion": .string(envelope.apiVersion), "kind": .string(envelope.kind)]
    try ProtobufMessage.read(envelope.raw, as: type, into: &members, at: top, depth: 0)
    return members
  }

  /// The type of what may be sent: a kind that is served, or what belongs to a request or its answer.
  private static func type(apiVersion: String, kind: String) -> ObjectType? {
    switch (apiVersion, kind) {
    // Every group names the options of a deletion in its own version.
    case (_, "DeleteOptions"): .deleteOptions
    case ("autoscaling/v1", "Scale"): .scale
    case ("v1", "Status"): .status
    default: APIResource.of(apiVersion: apiVersion, kind: kind)?.type
    }
  }

  /// The fields of `runtime.Unknown`.
  private struct Envelope {
    var apiVersion = ""
    var kind = ""
    var raw: ArraySlice<UInt8> = []
    var contentEncoding = ""

    init(_ octets: ArraySlice<UInt8>) throws(ProtobufError) {
      let top = FieldPath()
      try ProtobufMessage.forEachField(of: octets, at: top) { (number, value) throws(ProtobufError) in
        switch (number, value) {
        case (1, .octets(let typeMeta)):
          try ProtobufMessage.forEachField(of: typeMeta, at: top) { (number, value) throws(ProtobufError) in
            guard case .octets(let text) = value else { return }
            if number == 1 { apiVersion = try ProtobufMessage.text(text, at: top.appending("apiVersion")) }
            if number == 2 { kind = try ProtobufMessage.text(text, at: top.appending("kind")) }
          }
        case (2, .octets(let object)): raw = object
        case (3, .octets(let text)): contentEncoding = try ProtobufMessage.text(text, at: top)
        default: break
        }
      }
    }
  }
}
