// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import KubeModel

/// What names depend on in a Pod.
package struct PodFacts: Hashable, Sendable {
  /// At most one a family, as a rule.
  package var addresses: [HostAddress]
  /// The wanted hostname; empty where the pod's name serves.
  package var hostname: String
  /// The headless Service that the pod's name stands under; empty for none.
  package var subdomain: String
  /// Its addresses are the machine's.
  package var usesHostNetwork: Bool
  /// It has succeeded or failed, and its addresses may be another's.
  package var hasEnded: Bool

  package init(
    addresses: [HostAddress] = [], hostname: String = "", subdomain: String = "", usesHostNetwork: Bool = false,
    hasEnded: Bool = false
  ) {
    self.addresses = addresses
    self.hostname = hostname
    self.subdomain = subdomain
    self.usesHostNetwork = usesHostNetwork
    self.hasEnded = hasEnded
  }

  package init(_ pod: Pod) {
    self.init(
      addresses: pod.podIPs.compactMap { HostAddress($0) }, hostname: pod.hostname, subdomain: pod.subdomain,
      usesHostNetwork: pod.usesHostNetwork, hasEnded: pod.hasEnded)
  }

  /// The addresses that the pod has as long as it lives.
  package var livingAddresses: [HostAddress] { hasEnded ? [] : addresses }
}

/// The pods that a StatefulSet is to have.
package struct StatefulSetFacts: Hashable, Sendable {
  /// The headless Service below which they have names.
  package var serviceName: String
  package var ordinals: Range<Int64>

  /// `nil` where the pods have no names.
  package init?(serviceName: String, start: Int64 = 0, replicas: Int64 = 1) {
    guard !serviceName.isEmpty else { return nil }
    self.serviceName = serviceName
    ordinals = Self.ordinals(start: start, replicas: replicas)
  }

  /// The numbers of a set's pods. Both values are as somebody wrote them, and may be any.
  static func ordinals(start: Int64, replicas: Int64) -> Range<Int64> {
    let start = max(0, start)
    let (end, isOverflow) = start.addingReportingOverflow(max(0, replicas))
    return start..<(isOverflow ? .max : end)
  }

  package init?(_ set: KubeObject) {
    let spec = set["spec"]
    self.init(
      serviceName: spec?["serviceName"]?.string ?? "", start: spec?["ordinals"]?["start"]?.int ?? 0,
      replicas: spec?["replicas"]?.int ?? 1)
  }
}

/// What a directory of pods is told: the new state of one object. `nil` facts say that it is gone.
package enum PodChange: Sendable {
  case pod(namespace: String, name: String, PodFacts?)
  case statefulSet(namespace: String, name: String, StatefulSetFacts?)

  /// What a change of an object means; `nil` for kinds that do not matter.
  package init?(_ change: ObjectChange) {
    switch change {
    case .synced: return nil
    case .updated(let object): self.init(object, exists: true)
    case .deleted(let object): self.init(object, exists: false)
    }
  }

  private init?(_ object: KubeObject, exists: Bool) {
    let (namespace, name) = (object.metadata.namespace, object.metadata.name)
    switch object.resource {
    case .pods: self = .pod(namespace: namespace, name: name, exists ? PodFacts(Pod(object)) : nil)
    case .statefulSets:
      self = .statefulSet(namespace: namespace, name: name, exists ? StatefulSetFacts(object) : nil)
    default: return nil
    }
  }
}
