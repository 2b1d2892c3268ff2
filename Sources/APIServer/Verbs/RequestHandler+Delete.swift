// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore

extension RequestHandler {
  /// Deletes one object. The answer is a `Status` where it is gone, and the object where it is still ending.
  func delete(_ path: ObjectPath, _ name: String, _ request: ObjectRequest) async throws(StatusError) -> Response {
    let (options, dryRun) = try await deleteOptions(request)
    return try await delete(path, name, options, dryRun: dryRun, request)
  }

  private func delete(
    _ path: ObjectPath, _ name: String, _ options: DeleteOptions, dryRun: Bool, _ request: ObjectRequest,
    status: HTTPResponse.Status = .ok
  ) async throws(StatusError) -> Response {
    let outcome = try await store.delete(
      path.resource, namespace: path.storeNamespace, name: name, options: options, dryRun: dryRun)
    switch outcome {
    case .pending(let object): return try answer(object, request, status: status)
    case .removed(let object):
      var details: JSONValue = ["name": .string(name)]
      if !path.resource.group.isEmpty { details["group"] = .string(path.resource.group) }
      details["kind"] = .string(path.resource.plural)
      details["uid"] = .string(object.metadata.uid)
      return .document(Self.success(details), of: .status, try request.form().encoding, status: status)
    }
  }

  private static func success(_ details: JSONValue) -> JSONValue {
    ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details]
  }

  /// Deletes all objects that a list with the same parameters shows, and answers with that list.
  func deleteCollection(_ path: ObjectPath, _ request: ObjectRequest) async throws(StatusError) -> Response {
    guard path.resource.isNamespaced == (path.namespace != nil) else { throw .methodNotAllowed }
    let labels = try request.query.labelSelector()
    let fields = try request.query.fieldSelector(for: path.resource)
    let encoder = try encoder(path.resource, request)
    let (options, dryRun) = try await deleteOptions(request)
    let found = store.list(path.resource, namespace: path.namespace).objects
      .filter { labels.matches($0.metadata.labels) && fields.matches($0) }
    var deleted: [KubeObject] = []
    for object in found {
      do throws(StatusError) {
        let outcome = try await store.delete(
          path.resource, namespace: object.metadata.namespace, name: object.metadata.name, options: options,
          dryRun: dryRun)
        deleted.append(outcome.object)
      } catch where error.reason == .notFound {
        continue  // someone else was faster
      }
    }
    return ListAnswer(
      encoder: encoder, objects: deleted[...], metadata: ["resourceVersion": .string(String(store.version))],
      chunk: limits.chunk
    ).response
  }

  /// `policy/v1 Eviction`: there are no disruption budgets to ask, so a pod that may be deleted may be evicted.
  func evict(_ path: ObjectPath, _ name: String, _ request: ObjectRequest) async throws(StatusError) -> Response {
    let eviction = try await value(of: request)
    let (options, dryRun) = try deleteOptions(eviction["deleteOptions"] ?? [:], request.query)
    _ = try await delete(path, name, options, dryRun: dryRun, request)
    return .document(Self.success([:]), of: .status, try request.form().encoding, status: .created)
  }

  /// The options in the body, if there is one, and in the query.
  private func deleteOptions(
    _ request: ObjectRequest
  ) async throws(StatusError) -> (options: DeleteOptions, dryRun: Bool) {
    try deleteOptions(try await value(of: request), request.query)
  }

  private func deleteOptions(
    _ value: JSONValue, _ query: Query
  ) throws(StatusError) -> (options: DeleteOptions, dryRun: Bool) {
    // kubectl says in the body what other requests say in the query.
    let isDryRun = try query.isDryRun() || value["dryRun"]?.array?.contains("All") == true
    return (try DeleteOptions(value, query), isDryRun)
  }

}

extension DeleteOptions {
  /// Options as `meta/v1 DeleteOptions`, with parameters of the query for what it does not say.
  init(_ value: JSONValue, _ query: Query) throws(StatusError) {
    let grace = try query.number("gracePeriodSeconds")
    self.init(gracePeriodSeconds: value["gracePeriodSeconds"]?.int ?? grace)
    if let text = value["propagationPolicy"]?.string ?? query["propagationPolicy"] {
      guard let propagation = Propagation(rawValue: text) else {
        throw StatusError(
          .badRequest,
          "propagationPolicy: Unsupported value: \"\(text)\": supported values: \"Background\", \"Foreground\", "
            + "\"Orphan\"")
      }
      self.propagation = propagation
    } else if value["orphanDependents"]?.bool ?? query.flag("orphanDependents") {
      propagation = .orphan
    }
    uid = value["preconditions"]?["uid"]?.string
    resourceVersion = value["preconditions"]?["resourceVersion"]?.string.flatMap { UInt64($0) }
  }
}
