// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the namespaces that every cluster has.
package struct SystemNamespacesReconciler: Reconciler {
  static let namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]

  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "system-namespaces" }
  package var watches: [APIResource] { [.namespaces] }
  package var initialKeys: [ObjectKey] {
    Self.namespaces.map { ObjectKey(resource: .namespaces, namespace: "", name: $0) }
  }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    isDeleted && Self.namespaces.contains(object.metadata.name) ? [object.key] : []
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard cluster.source.object(key) == nil else { return .settled }
    _ = try await cluster.writer.create(
      ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(key.name)]], in: .namespaces)
    return .settled
  }
}
