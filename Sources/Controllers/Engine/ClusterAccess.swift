// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// What a reconciler reads from and writes to.
package struct ClusterAccess: Sendable {
  package let source: any ObjectSource
  package let writer: any ObjectWriter
  /// The wall clock, which the objects' timestamps are compared with.
  package let now: @Sendable () -> Timestamp

  package init(source: any ObjectSource, writer: any ObjectWriter, now: @escaping @Sendable () -> Timestamp) {
    self.source = source
    self.writer = writer
    self.now = now
  }

  /// Changes all but the status of an object.
  @discardableResult
  func modify(
    _ object: KubeObject, _ change: @escaping @Sendable (inout JSONObject) throws(StatusError) -> Void
  ) async throws(StatusError) -> KubeObject {
    let uid = object.metadata.uid
    return try await writer.modify(
      object.resource, namespace: object.metadata.namespace, name: object.metadata.name, status: false
    ) { root throws(StatusError) in
      guard root["metadata"]?["uid"]?.string == uid else { throw .replaced(object) }
      try change(&root)
    }
  }

  /// Makes `status` the object's status, unless it is so already.
  func setStatus(_ status: JSONObject, of object: KubeObject) async throws(StatusError) {
    if let current = object["status"]?.object, JSONValue.areEquivalent(current, status) { return }
    let uid = object.metadata.uid
    _ = try await writer.modify(
      object.resource, namespace: object.metadata.namespace, name: object.metadata.name, status: true
    ) { root throws(StatusError) in
      guard root["metadata"]?["uid"]?.string == uid else { throw .replaced(object) }
      root["status"] = .object(status)
    }
  }

  /// Deletes this very object, not another that has taken its name since. That it is gone already is no error.
  func delete(
    _ object: KubeObject, propagation: DeleteOptions.Propagation = .background, gracePeriodSeconds: Int64? = nil
  ) async throws(StatusError) {
    do {
      try await writer.delete(
        object.resource, namespace: object.metadata.namespace, name: object.metadata.name,
        options: DeleteOptions(
          gracePeriodSeconds: gracePeriodSeconds, propagation: propagation, uid: object.metadata.uid))
    } catch {
      if error.reason != .notFound && error.reason != .conflict { throw error }
    }
  }
}

extension StatusError {
  /// The object was deleted, and another has its name.
  static func replaced(_ object: KubeObject) -> StatusError {
    .conflict(object.resource, object.metadata.name, "its uid is no longer \(object.metadata.uid)")
  }
}
