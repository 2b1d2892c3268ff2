// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// Empties each Namespace that is being deleted, then lets it go. Keys are Namespaces.
///
/// The store refuses new objects in such a namespace, and removes it for good when it is deleted once more while
/// empty.
package struct NamespaceReconciler: Reconciler {
  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "namespace" }
  package var watches: [APIResource] { [.namespaces] + contents }

  private var contents: [APIResource] { APIResource.all.filter(\.isNamespaced) }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    if object.resource == .namespaces { return object.metadata.isBeingDeleted && !isDeleted ? [object.key] : [] }
    guard let namespace = cluster.source.object(.namespaces, name: object.metadata.namespace),
      namespace.metadata.isBeingDeleted
    else { return [] }
    return [namespace.key]
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let namespace = cluster.source.object(key), namespace.metadata.isBeingDeleted else { return .settled }
    let objects = contents.flatMap { cluster.source.objects($0, namespace: key.name) }
    if objects.isEmpty {
      try await cluster.delete(namespace, gracePeriodSeconds: 0)
    } else {
      // Those that are ending already make a change when they are gone.
      try await concurrently(objects.filter { !$0.metadata.isBeingDeleted }) { object throws(StatusError) in
        try await cluster.delete(object)
      }
    }
    return .settled
  }
}
