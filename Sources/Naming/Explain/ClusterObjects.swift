// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// The objects that names come from, as an explanation reads them.
struct ClusterObjects: Sendable {
  private let source: any ObjectSource
  /// The kinds that `source` has. Of others it is not known whether there are any.
  private let kinds: Set<APIResource>
  /// The namespaces whose objects it has of them; nil for all. Of others the same is true.
  private let namespaces: Set<String>?
  private let filter: ObjectFilter

  /// - Parameter filter: namespaces and Services that it leaves out are found by ``exclusion(ofNamespace:)`` and
  ///   ``exclusion(of:)`` alone.
  init(
    _ source: any ObjectSource, kinds: Set<APIResource>, namespaces: Set<String>? = nil,
    filter: ObjectFilter = ObjectFilter()
  ) {
    self.source = source
    self.kinds = kinds
    self.namespaces = namespaces
    self.filter = filter
  }

  /// Whether an object that is not found here is not there.
  /// - Parameter namespace: nil for all; without meaning for kinds that have none.
  func reads(_ resource: APIResource, in namespace: String?) -> Bool {
    guard kinds.contains(resource) else { return false }
    guard resource.isNamespaced, let namespaces else { return true }
    return namespace.map { namespaces.contains($0) } ?? false
  }

  /// What of a kind is not read, in words: `services`, `services of namespace "shop"`.
  func unread(_ resource: APIResource, in namespace: String?) -> String {
    let plural = resource.qualifiedPlural
    guard kinds.contains(resource) else { return plural }
    return plural + (namespace.map { " of namespace \"\($0)\"" } ?? " of other namespaces")
  }

  private func all(_ resource: APIResource, _ namespace: String?) -> [KubeObject] {
    kinds.contains(resource) ? source.objects(resource, namespace: namespace) : []
  }

  private func one(_ resource: APIResource, _ namespace: String, _ name: String) -> KubeObject? {
    kinds.contains(resource) ? source.object(resource, namespace: namespace, name: name) : nil
  }

  // MARK: Namespaces and Services

  /// What leaves a namespace out, whose object need not be known for all settings; nil for nothing.
  func exclusion(ofNamespace name: String) -> ObjectFilter.Exclusion? {
    filter.exclusion(ofNamespace: name, one(.namespaces, "", name))
  }

  /// What leaves a Service out of a namespace that counts; nil for nothing, and where there is no such Service.
  func exclusion(of service: ServiceID) -> ObjectFilter.Exclusion? {
    one(.services, service.namespace, service.name).flatMap { filter.exclusion(of: Service($0)) }
  }

  func namespace(_ name: String) -> Namespace? {
    exclusion(ofNamespace: name) == nil ? one(.namespaces, "", name).map { Namespace($0) } : nil
  }

  /// Those that there are objects of, and those that Services stand in.
  var namespaceNames: [String] {
    let objects = all(.namespaces, nil).map(\.metadata.name) + all(.services, nil).map(\.metadata.namespace)
    return Set(objects).filter { exclusion(ofNamespace: $0) == nil }.sorted()
  }

  func service(_ id: ServiceID) -> Service? {
    one(.services, id.namespace, id.name).map { Service($0) }.flatMap { isServed($0) ? $0 : nil }
  }

  /// - Parameter namespace: nil for all.
  func services(in namespace: String?) -> [Service] {
    all(.services, namespace).map { Service($0) }.filter(isServed)
  }

  private func isServed(_ service: Service) -> Bool {
    filter.exclusion(of: service) == nil && exclusion(ofNamespace: service.metadata.namespace) == nil
  }

  // MARK: Endpoints

  /// - Parameter namespace: nil for all.
  func slices(in namespace: String?) -> [EndpointSlice] { all(.endpointSlices, namespace).map { EndpointSlice($0) } }

  /// The slices that make up a Service's endpoints.
  func slices(of service: ServiceID) -> [EndpointSlice] {
    slices(in: service.namespace).filter { $0.serviceName == service.name }
  }

  // MARK: Pods and workloads

  func pod(_ namespace: String, _ name: String) -> Pod? { one(.pods, namespace, name).map { Pod($0) } }
  /// - Parameter namespace: nil for all.
  func pods(in namespace: String?) -> [Pod] { all(.pods, namespace).map { Pod($0) } }

  /// The living pods that have an address.
  func pods(with address: HostAddress) -> [Pod] {
    pods(in: nil).filter { !$0.hasEnded && $0.podIPs.contains { HostAddress($0) == address } }
  }

  /// StatefulSets and Deployments of a namespace.
  func workloads(in namespace: String) -> [KubeObject] { all(.statefulSets, namespace) + all(.deployments, namespace) }

  func statefulSet(_ namespace: String, _ name: String) -> KubeObject? { one(.statefulSets, namespace, name) }

  func replicaSet(_ namespace: String, _ name: String) -> KubeObject? { one(.replicaSets, namespace, name) }

  /// The StatefulSet, Deployment or ReplicaSet of its own whose template a pod was made from.
  func workload(of pod: Pod) -> KubeObject? {
    guard let owner = pod.metadata.controller else { return nil }
    let namespace = pod.metadata.namespace
    switch owner.kind {
    case APIResource.statefulSets.kind: return statefulSet(namespace, owner.name)
    case APIResource.replicaSets.kind:
      let set = replicaSet(namespace, owner.name)
      guard let owner = set?.metadata.controller else { return set }
      return owner.kind == APIResource.deployments.kind ? one(.deployments, namespace, owner.name) : nil
    default: return nil
    }
  }
}

extension KubeObject {
  var objectName: ObjectName { ObjectName(resource.kind, metadata.namespace, metadata.name) }
}

extension Service {
  var id: ServiceID { ServiceID(name: metadata.name, namespace: metadata.namespace) }
}
