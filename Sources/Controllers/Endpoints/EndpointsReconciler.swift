// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the legacy `v1 Endpoints` of each Service that has a selector, for readers that know no slices.
/// Keys are Services.
package struct EndpointsReconciler: Reconciler {
  /// The label that says who writes an Endpoints object.
  static let managedByLabel = "endpoints.kubernetes.io/managed-by"
  static let manager = "endpoint-controller"
  static let overCapacityAnnotation = "endpoints.kubernetes.io/over-capacity"

  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "endpoints" }
  package var watches: [APIResource] { [.services, .pods, .endpoints] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    switch object.resource {
    case .services: [object.key]
    case .pods: cluster.source.servicesSelecting(pod: object)
    default: [ObjectKey(resource: .services, namespace: object.metadata.namespace, name: object.metadata.name)]
    }
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    let existing = cluster.source.object(.endpoints, namespace: key.namespace, name: key.name)
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else {
      if let existing, existing.metadata.labels[Self.managedByLabel] == Self.manager {
        try await cluster.delete(existing)
      }
      return .settled
    }
    let service = Service(object)
    if service.isExternalName || service.selector == nil || existing?.metadata.isBeingDeleted == true {
      return .settled
    }
    let pods = cluster.source.objects(.pods, namespace: key.namespace).map { Pod($0) }
    try await write(EndpointSubsets(of: service, pods: pods), of: service, over: existing)
    return .settled
  }

  private static func labels(of service: Service) -> [String: String] {
    var labels = service.metadata.labels.withoutEndpointLabels
    labels[managedByLabel] = manager
    if service.isHeadless { labels[EndpointSlice.headlessLabel] = "" }
    return labels
  }

  private func write(
    _ subsets: EndpointSubsets, of service: Service, over existing: KubeObject?
  ) async throws(StatusError) {
    let labels = Self.labels(of: service)
    if let existing, existing.metadata.labels == labels,
      (existing["subsets"] ?? []).isEquivalent(to: subsets.json),
      (existing.metadata.annotations[Self.overCapacityAnnotation] != nil) == subsets.isTruncated
    {
      return
    }
    let trigger = JSONValue.string(cluster.now().microText)
    let change = { @Sendable (root: inout JSONObject) throws(StatusError) in
      var metadata = root["metadata"] ?? [:]
      var annotations = metadata["annotations"] ?? [:]
      annotations[EndpointSlice.triggerTimeAnnotation] = trigger
      annotations[Self.overCapacityAnnotation] = subsets.isTruncated ? "truncated" : nil
      metadata["annotations"] = annotations
      metadata["labels"] = JSONValue(labels)
      root["metadata"] = metadata
      root["subsets"] = subsets.json
    }
    if let existing {
      try await cluster.modify(existing, change)
    } else {
      var root: JSONObject = [
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": ["name": .string(service.metadata.name), "namespace": .string(service.metadata.namespace)],
      ]
      try change(&root)
      _ = try await cluster.writer.create(root, in: .endpoints)
    }
  }
}
