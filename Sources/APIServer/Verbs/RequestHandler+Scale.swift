// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore
import OrderedCollections

/// `autoscaling/v1 Scale`: the number of pods of a workload, as an object of its own.
enum Scale {
  /// The view of a workload.
  static func view(of object: KubeObject) -> JSONValue {
    var metadata: JSONValue = [:]
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      if let value = object[at: "metadata", field] { metadata[field] = value }
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
      "spec": ["replicas": object[at: "spec", "replicas"] ?? 0],
      "status": [
        "replicas": object[at: "status", "replicas"] ?? 0, "selector": .string(selector(of: object)),
      ],
    ]
  }

  /// The labels of the workload's pods as text.
  private static func selector(of object: KubeObject) -> String {
    let labels = object[at: "spec", "selector", "matchLabels"]?.stringMap ?? [:]
    return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }

  /// Writes a changed view back into the workload it is of.
  static func apply(
    _ scale: JSONValue, to root: inout JSONObject, of resource: APIResource, _ name: String
  ) throws(StatusError) {
    guard let replicas = scale["spec"]?["replicas"]?.int, Int32(exactly: replicas) != nil, replicas >= 0 else {
      let found = scale["spec"]?["replicas"] ?? .null
      throw .invalid(
        resource, name, [.invalid(FieldPath("spec", "replicas"), found, "must be a 32-bit integer, zero or more")])
    }
    let wanted = scale["metadata"]?["resourceVersion"]?.string ?? ""
    guard wanted.isEmpty || wanted == root["metadata"]?["resourceVersion"]?.string else {
      throw .conflict(resource, name, StatusError.wasModified)
    }
    var spec = root["spec"] ?? [:]
    spec["replicas"] = .int(replicas)
    root["spec"] = spec
  }
}

extension StatusError {
  /// Why a write with an old version is refused, in the words that kubectl knows.
  static let wasModified =
    "the object has been modified; please apply your changes to the latest version and try again"
}

extension RequestHandler {
  func scale(_ path: ObjectPath, _ name: String, _ request: ObjectRequest) async throws(StatusError) -> Response {
    let resource = path.resource
    switch request.http.method {
    case .get:
      guard let object = store.object(resource, namespace: path.storeNamespace, name: name) else {
        throw .notFound(resource, name)
      }
      return .document(Scale.view(of: object), of: .scale, try request.form().encoding)
    case .put:
      let wanted = try await value(of: request)
      return try await rescale(path, name, request) { _ throws(StatusError) in wanted }
    case .patch:
      let patch = try await patch(of: request)
      return try await rescale(path, name, request) { current throws(StatusError) in
        .object(try patch.applied(to: current.object ?? [:], as: .scale))
      }
    default: throw .methodNotAllowed
    }
  }

  /// Changes the number of pods.
  /// - Parameter change: from the current view of the workload to the wanted one.
  private func rescale(
    _ path: ObjectPath, _ name: String, _ request: ObjectRequest,
    _ change: @escaping @Sendable (JSONValue) throws(StatusError) -> JSONValue
  ) async throws(StatusError) -> Response {
    let resource = path.resource
    let object = try await store.modify(
      resource, namespace: path.storeNamespace, name: name, status: false, dryRun: try request.query.isDryRun()
    ) { root throws(StatusError) in
      let wanted = try change(Scale.view(of: KubeObject(root, of: resource)))
      try Scale.apply(wanted, to: &root, of: resource, name)
    }
    return .document(Scale.view(of: object), of: .scale, try request.form().encoding)
  }
}
