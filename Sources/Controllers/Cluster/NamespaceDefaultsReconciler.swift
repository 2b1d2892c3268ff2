// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps what every Namespace has: the ServiceAccount `default`, and the ConfigMap `kube-root-ca.crt` by which pods
/// verify the API server. Keys are Namespaces.
package struct NamespaceDefaultsReconciler: Reconciler {
  static let accountName = "default"
  static let authorityName = "kube-root-ca.crt"

  private let cluster: ClusterAccess
  private let certificateAuthority: String

  package init(_ cluster: ClusterAccess, configuration: ClusterConfiguration) {
    self.cluster = cluster
    certificateAuthority = configuration.certificateAuthority
  }

  package var name: String { "namespace-defaults" }
  package var watches: [APIResource] { [.namespaces, .serviceAccounts, .configMaps] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    let isOurs =
      switch object.resource {
      case .namespaces: !isDeleted
      case .serviceAccounts: object.metadata.name == Self.accountName
      default: object.metadata.name == Self.authorityName
      }
    let name = object.resource == .namespaces ? object.metadata.name : object.metadata.namespace
    return isOurs ? [ObjectKey(resource: .namespaces, namespace: "", name: name)] : []
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let namespace = cluster.source.object(key), !namespace.metadata.isBeingDeleted else { return .settled }
    if cluster.source.object(.serviceAccounts, namespace: key.name, name: Self.accountName) == nil {
      _ = try await cluster.writer.create(
        [
          "apiVersion": "v1", "kind": "ServiceAccount",
          "metadata": ["name": .string(Self.accountName), "namespace": .string(key.name)],
        ], in: .serviceAccounts)
    }
    let data: JSONValue = ["ca.crt": .string(certificateAuthority)]
    guard let current = cluster.source.object(.configMaps, namespace: key.name, name: Self.authorityName) else {
      _ = try await cluster.writer.create(
        [
          "apiVersion": "v1", "kind": "ConfigMap",
          "metadata": ["name": .string(Self.authorityName), "namespace": .string(key.name)], "data": data,
        ], in: .configMaps)
      return .settled
    }
    if current["data"] != data {
      try await cluster.modify(current) { root throws(StatusError) in root["data"] = data }
    }
    return .settled
  }
}
