// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// What became of an object that was to be deleted.
package enum DeletionOutcome: Sendable {
  /// It is gone; this was its last state.
  case removed(KubeObject)
  /// It is marked, and goes when its finalizers or its grace have ended.
  case pending(KubeObject)

  package var object: KubeObject {
    switch self {
    case .removed(let object), .pending(let object): object
    }
  }
}

extension ObjectStore: ObjectWriter {
  package func create(_ root: JSONObject, in resource: APIResource) async throws(StatusError) -> KubeObject {
    try await create(root, in: resource, dryRun: false)
  }

  /// - Parameter dryRun: carry the creation out and take it back.
  package func create(
    _ root: JSONObject, in resource: APIResource, dryRun: Bool
  ) async throws(StatusError) -> KubeObject {
    try await writer.submit(to: self, dryRun: dryRun) { transaction throws(StatusError) in
      .stored(try Registry.create(root, in: resource, &transaction))
    }.object
  }

  /// Replaces an object whole, or its status.
  ///
  /// - Parameter root: where it carries a `resourceVersion`, that must be the current one.
  package func update(
    _ root: JSONObject, of resource: APIResource, status: Bool, dryRun: Bool
  ) async throws(StatusError) -> KubeObject {
    let metadata = ObjectMeta(root["metadata"]?.object ?? [:])
    let key = ObjectKey(resource: resource, namespace: metadata.namespace, name: metadata.name)
    return try await writer.submit(to: self, dryRun: dryRun) { transaction throws(StatusError) in
      guard let old = transaction.object(key) else { throw .notFound(resource, metadata.name) }
      return try Registry.update(old, to: root, status: status, &transaction)
    }.object
  }

  package func modify(
    _ resource: APIResource, namespace: String, name: String, status: Bool,
    _ change: @escaping @Sendable (inout JSONObject) throws(StatusError) -> Void
  ) async throws(StatusError) -> KubeObject {
    try await modify(resource, namespace: namespace, name: name, status: status, dryRun: false, change)
  }

  package func modify(
    _ resource: APIResource, namespace: String, name: String, status: Bool, dryRun: Bool,
    _ change: @escaping @Sendable (inout JSONObject) throws(StatusError) -> Void
  ) async throws(StatusError) -> KubeObject {
    let key = ObjectKey(resource: resource, namespace: namespace, name: name)
    return try await writer.submit(to: self, dryRun: dryRun) { transaction throws(StatusError) in
      guard let old = transaction.object(key) else { throw .notFound(resource, name) }
      var root = old.root
      try change(&root)
      return try Registry.update(old, to: root, status: status, &transaction)
    }.object
  }

  package func delete(
    _ resource: APIResource, namespace: String, name: String, options: DeleteOptions
  ) async throws(StatusError) {
    _ = try await delete(resource, namespace: namespace, name: name, options: options, dryRun: false)
  }

  package func delete(
    _ resource: APIResource, namespace: String, name: String, options: DeleteOptions, dryRun: Bool
  ) async throws(StatusError) -> DeletionOutcome {
    let key = ObjectKey(resource: resource, namespace: namespace, name: name)
    let result = try await writer.submit(to: self, dryRun: dryRun) { transaction throws(StatusError) in
      guard let old = transaction.object(key) else { throw .notFound(resource, name) }
      return try Registry.delete(old, options, &transaction)
    }
    return switch result {
    case .removed(let object): .removed(object)
    case .stored(let object): .pending(object)
    }
  }
}
