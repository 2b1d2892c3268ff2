// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import KubeModel

/// What the writer of names is told: the new state of one object, as far as names depend on it. `nil` facts say that
/// the object is gone. All that an `ObjectChange` can mean for names, without its JSON.
package enum NameChange: Sendable {
  case namespace(String, exists: Bool)
  case service(namespace: String, name: String, ServiceFacts?)
  case slice(namespace: String, name: String, SliceFacts?)
  /// The addresses of a living pod; none for one that is gone, or has ended.
  case pod(namespace: String, name: String, [HostAddress])
  /// All that existed when the source was first read has been told.
  case synced

  /// What a change of an object means; `nil` for kinds that no name comes from.
  package init?(_ change: ObjectChange) {
    switch change {
    case .synced: self = .synced
    case .updated(let object): self.init(object, exists: true)
    case .deleted(let object): self.init(object, exists: false)
    }
  }

  private init?(_ object: KubeObject, exists: Bool) {
    let (namespace, name) = (object.metadata.namespace, object.metadata.name)
    switch object.resource {
    case .namespaces:
      self = .namespace(name, exists: exists)
    case .services:
      self = .service(namespace: namespace, name: name, exists ? ServiceFacts(Service(object)) : nil)
    case .endpointSlices:
      self = .slice(namespace: namespace, name: name, exists ? SliceFacts(EndpointSlice(object)) : nil)
    case .pods:
      let pod = Pod(object)
      let isAlive = exists && !pod.hasEnded
      self = .pod(namespace: namespace, name: name, isAlive ? pod.podIPs.compactMap { HostAddress($0) } : [])
    default:
      return nil
    }
  }
}
