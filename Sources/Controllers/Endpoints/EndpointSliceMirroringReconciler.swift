// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Mirrors Endpoints that a user writes for a Service without selector into EndpointSlices, which is what names and
/// balancing are made from. Keys are Endpoints.
package struct EndpointSliceMirroringReconciler: Reconciler {
  /// The value of ``EndpointSlice/managedByLabel`` on mirrored slices.
  package static let manager = "endpointslicemirroring-controller.k8s.io"
  /// An Endpoints object with this label set to `true` is left alone.
  package static let skipLabel = "endpointslice.kubernetes.io/skip-mirror"
  /// An Endpoints object with this annotation is a lock, not a list of addresses.
  static let leaderAnnotation = "control-plane.alpha.kubernetes.io/leader"

  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "endpointslice-mirroring" }
  package var watches: [APIResource] { [.services, .endpoints, .endpointSlices] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    func key(_ name: String) -> [ObjectKey] {
      [ObjectKey(resource: .endpoints, namespace: object.metadata.namespace, name: name)]
    }
    if object.resource != .endpointSlices { return key(object.metadata.name) }
    guard object.metadata.labels[EndpointSlice.managedByLabel] == Self.manager else { return [] }
    return EndpointSlice(object).serviceName.map(key) ?? []
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let endpoints = cluster.source.object(key), shouldMirror(endpoints),
      let service = cluster.source.object(.services, namespace: key.namespace, name: key.name),
      Service(service).selector == nil, !service.metadata.isBeingDeleted
    else {
      try await deleteMirrors(of: key)
      return .settled
    }
    try await EndpointSliceSync(
      cluster: cluster, owner: endpoints, serviceName: key.name, managedBy: Self.manager,
      labels: endpoints.metadata.labels.withoutEndpointLabels
    ).run(groups: Self.groups(of: endpoints), families: [])
    return .settled
  }

  private func shouldMirror(_ endpoints: KubeObject) -> Bool {
    !endpoints.metadata.isBeingDeleted && endpoints.metadata.labels[Self.skipLabel] != "true"
      && endpoints.metadata.annotations[Self.leaderAnnotation] == nil
  }

  private func deleteMirrors(of key: ObjectKey) async throws(StatusError) {
    for slice in cluster.source.objects(.endpointSlices, namespace: key.namespace)
    where slice.metadata.labels[EndpointSlice.managedByLabel] == Self.manager
      && slice.metadata.labels[EndpointSlice.serviceNameLabel] == key.name && !slice.metadata.isBeingDeleted
    {
      try await cluster.delete(slice)
    }
  }

  /// The endpoints of each subset by family; at most ``EndpointSubsets/addressLimit`` of a subset.
  static func groups(of endpoints: KubeObject) -> [EndpointGroup] {
    var groups: OrderedDictionary<String, OrderedDictionary<[SlicePort], EndpointGroup>> = [:]
    var seen: Set<String> = []
    for (index, subset) in (endpoints["subsets"]?.array ?? []).enumerated() {
      let ports = (subset["ports"]?.array ?? []).map { SlicePort($0) }
      let ready = (subset["addresses"]?.array ?? []).map { ($0, true) }
      let notReady = (subset["notReadyAddresses"]?.array ?? []).map { ($0, false) }
      for (value, isReady) in (ready + notReady).prefix(EndpointSubsets.addressLimit) {
        guard let text = value["ip"]?.string, let address = IPAddress(text), seen.insert("\(index) \(text)").inserted
        else { continue }
        let family = address.family == .ipv4 ? "IPv4" : "IPv6"
        groups[family, default: [:]][ports, default: EndpointGroup(addressType: family, ports: ports, endpoints: [])]
          .endpoints.append(
            SliceEndpoint(
              address: text, hostname: value["hostname"]?.string, isReady: isReady, isServing: isReady,
              isTerminating: false, nodeName: value["nodeName"]?.string, target: value["targetRef"]))
      }
    }
    return groups.values.flatMap(\.values)
  }
}
