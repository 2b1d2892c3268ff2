// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The form in which a client wants objects: what of them, and in which octets.
struct ResponseForm: Sendable, Equatable {
  /// What of the objects (Kubernetes API concepts: "Receiving resources as Tables").
  enum Content: Sendable {
    /// The objects themselves.
    case objects
    /// Rows of `kubectl get`.
    case table
    /// `metadata` alone.
    case metadata
  }

  /// In which octets (Kubernetes API concepts: "Alternate representations of resources").
  enum Encoding: Sendable {
    case json
    case protobuf

    /// The `Content-Type` of an answer.
    var mediaType: String {
      switch self {
      case .json: "application/json"
      case .protobuf: ProtobufDecoder.mediaType
      }
    }

    /// The `Content-Type` of a watch.
    var streamType: String {
      switch self {
      case .json: mediaType
      case .protobuf: "\(mediaType);stream=watch"
      }
    }
  }

  let content: Content
  let encoding: Encoding

  init(_ content: Content, _ encoding: Encoding = .json) {
    self.content = content
    self.encoding = encoding
  }

  /// The form of the first entry of an `Accept` header that this server can answer with.
  init(accept: String?) throws(StatusError) {
    guard let accept, !accept.isEmpty else {
      self.init(.objects)
      return
    }
    guard let form = MediaType.accepted(accept).lazy.compactMap(Self.form).first else {
      throw StatusError(
        .notAcceptable,
        "only the following media types are accepted: application/json, \(ProtobufDecoder.mediaType), each also with "
          + ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io, and application/json;as=Table;v=v1;g=meta.k8s.io")
    }
    self = form
  }

  private static func form(of type: MediaType) -> ResponseForm? {
    let encoding: Encoding
    switch type.name {
    case "application/json", "application/*", "*/*": encoding = .json
    case ProtobufDecoder.mediaType: encoding = .protobuf
    default: return nil
    }
    guard let kind = type.parameters["as"] else { return ResponseForm(.objects, encoding) }
    guard type.parameters["g"] == "meta.k8s.io", type.parameters["v"] == "v1" else { return nil }
    switch kind {
    // A table has cells of any type, for which there is no message.
    case "Table" where encoding == .json: return ResponseForm(.table)
    case "PartialObjectMetadata", "PartialObjectMetadataList": return ResponseForm(.metadata, encoding)
    default: return nil
    }
  }
}
