// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore
import OrderedCollections

extension RequestHandler {
  func create(_ path: ObjectPath, _ request: ObjectRequest) async throws(StatusError) -> Response {
    let dryRun = try request.query.isDryRun()
    var object = try await readObject(path.resource, request)
    try Self.place(&object.root, in: path)
    let created = try await store.create(object.root, in: path.resource, dryRun: dryRun)
    return try answer(created, request, status: .created, warnings: object.warnings + path.resource.notices)
  }

  func update(
    _ path: ObjectPath, _ name: String, status: Bool, _ request: ObjectRequest
  ) async throws(StatusError) -> Response {
    let dryRun = try request.query.isDryRun()
    var object = try await readObject(path.resource, request)
    try Self.place(&object.root, in: path)
    let found = object.root["metadata"]?["name"]?.string ?? ""
    guard found == name else {
      throw StatusError(
        .badRequest, "the name of the object (\(found)) does not match the name on the URL (\(name))")
    }
    let updated = try await store.update(object.root, of: path.resource, status: status, dryRun: dryRun)
    return try answer(
      dryRun ? unversioned(updated) : updated, request, warnings: object.warnings + path.resource.notices)
  }

  /// The outcome of a dry run with the version that the object has: what was not written has no version of its own, and
  /// `kubectl diff` would show one.
  func unversioned(_ outcome: KubeObject) -> KubeObject {
    guard let current = store.object(outcome.key) else { return outcome }
    var root = outcome.root
    root["metadata"]?["resourceVersion"] = .string(String(current.metadata.resourceVersion))
    return KubeObject(root, of: outcome.resource)
  }

  /// The object in a request's body, read as the `fieldValidation` parameter says.
  private func readObject(
    _ resource: APIResource, _ request: ObjectRequest
  ) async throws(StatusError) -> DecodedObject {
    let reader = BodyReader(resource: resource, validation: try FieldValidation(request.query))
    let bytes = try await body(of: request.http)
    return try reader.read(bytes, contentType: request.http.headers[.contentType])
  }

  /// Puts an object into the namespace of the path, where it names none itself.
  private static func place(_ root: inout JSONObject, in path: ObjectPath) throws(StatusError) {
    let found = root["metadata"]?["namespace"]?.string ?? ""
    guard let namespace = path.namespace else {
      if !found.isEmpty { root["metadata"]?["namespace"] = nil }
      return
    }
    if found.isEmpty {
      var metadata = root["metadata"] ?? [:]
      metadata["namespace"] = .string(namespace)
      root["metadata"] = metadata
    } else if found != namespace {
      throw StatusError(
        .badRequest,
        "the namespace of the provided object does not match the namespace sent on the request")
    }
  }
}
