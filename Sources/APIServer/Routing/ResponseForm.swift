// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The form in which a client wants objects (Kubernetes API concepts: "Receiving resources as Tables").
enum ResponseForm: Sendable, Equatable {
  /// The objects themselves.
  case objects
  /// Rows of `kubectl get`.
  case table
  /// `metadata` alone.
  case metadata

  /// The form of the first entry of an `Accept` header that this server can answer with.
  init(accept: String?) throws(StatusError) {
    guard let accept, !accept.isEmpty else {
      self = .objects
      return
    }
    for type in MediaType.accepted(accept) {
      if let form = Self.form(of: type) {
        self = form
        return
      }
    }
    throw StatusError(
      .notAcceptable,
      "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io, "
        + "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
  }

  private static func form(of type: MediaType) -> ResponseForm? {
    guard ["application/json", "application/*", "*/*"].contains(type.name) else { return nil }
    guard let kind = type.parameters["as"] else { return .objects }
    guard type.parameters["g"] == "meta.k8s.io", type.parameters["v"] == "v1" else { return nil }
    switch kind {
    case "Table": return .table
    case "PartialObjectMetadata", "PartialObjectMetadataList": return .metadata
    default: return nil
    }
  }
}
