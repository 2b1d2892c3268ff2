// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore
import OrderedCollections
import Synchronization

extension RequestHandler {
  /// The patch in a request's body, of the kind that its `Content-Type` names.
  func patch(of request: ObjectRequest) async throws(StatusError) -> ObjectPatch {
    try ObjectPatch(try await body(of: request.http), contentType: request.http.headers[.contentType])
  }

  /// Patches an object as one step: nothing else can write between the read and the write.
  func patch(
    _ path: ObjectPath, _ name: String, status: Bool, _ request: ObjectRequest
  ) async throws(StatusError) -> Response {
    let resource = path.resource
    let patch = try await patch(of: request)
    let reader = BodyReader(resource: resource, validation: try FieldValidation(request.query))
    let dryRun = try request.query.isDryRun()
    let warnings = WarningBox()
    let object = try await store.modify(
      resource, namespace: path.storeNamespace, name: name, status: status, dryRun: dryRun
    ) { root throws(StatusError) in
      let old = ObjectMeta(root["metadata"]?.object ?? [:])
      let decoded = try reader.decode(.object(try patch.applied(to: root, as: resource.type)))
      let new = ObjectMeta(decoded.root["metadata"]?.object ?? [:])
      guard new.resourceVersion == old.resourceVersion || new.resourceVersion == 0 else {
        throw .conflict(resource, name, StatusError.wasModified)
      }
      guard new.name == old.name, new.namespace == old.namespace else {
        throw StatusError(.badRequest, "a patch cannot change the name or the namespace of an object")
      }
      warnings.set(decoded.warnings)
      root = decoded.root
    }
    return try answer(
      dryRun ? unversioned(object) : object, request, warnings: warnings.warnings + resource.notices)
  }
}

/// Carries warnings out of a change that the store carries out elsewhere.
private final class WarningBox: Sendable {
  private let state = Mutex<[String]>([])

  var warnings: [String] { state.withLock { $0 } }

  func set(_ warnings: [String]) { state.withLock { $0 = warnings } }
}
