// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// Keeps the EndpointSlices of each Service that has a selector. Keys are Services.
///
/// A Service that loses its selector or becomes an ExternalName keeps its slices as they are, as on Kubernetes.
package struct EndpointSliceReconciler: Reconciler {
  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "endpointslice" }
  package var watches: [APIResource] { [.services, .pods, .endpointSlices] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    switch object.resource {
    case .services: [object.key]
    case .pods: cluster.source.servicesSelecting(pod: object)
    default:
      if object.metadata.labels[EndpointSlice.managedByLabel] == EndpointSlice.controller,
        let service = EndpointSlice(object).serviceName
      {
        [ObjectKey(resource: .services, namespace: object.metadata.namespace, name: service)]
      } else {
        []
      }
    }
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    // The slices of a Service that is gone, or is going, belong to the garbage collector.
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else { return .settled }
    let service = Service(object)
    if service.isExternalName || service.selector == nil { return .settled }
    var labels = object.metadata.labels.withoutEndpointLabels
    if service.isHeadless { labels[EndpointSlice.headlessLabel] = "" }
    let pods = cluster.source.objects(.pods, namespace: key.namespace).map { Pod($0) }
    try await EndpointSliceSync(
      cluster: cluster, owner: object, serviceName: key.name, managedBy: EndpointSlice.controller, labels: labels
    ).run(groups: ServiceEndpoints.groups(of: service, pods: pods), families: ServiceEndpoints.families(of: service))
    return .settled
  }
}

extension ObjectSource {
  /// The Services of a pod's namespace whose selectors match it.
  func servicesSelecting(pod: KubeObject) -> [ObjectKey] {
    objects(.services, namespace: pod.metadata.namespace).compactMap { object in
      Service(object).selector?.matches(pod.metadata.labels) == true ? object.key : nil
    }
  }
}
