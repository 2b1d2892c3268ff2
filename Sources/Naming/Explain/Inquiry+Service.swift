// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// The Service, if there is one and its namespace; a cause where not.
  mutating func requireService(_ id: ServiceID) -> Service? {
    guard requireNamespace(id.namespace) else {
      addServiceElsewhere(id)
      return nil
    }
    guard let service = objects.service(id) else {
      if let exclusion = objects.exclusion(of: id) {
        depth = max(depth, 3)
        add(exclusion)
        return nil
      }
      if knows(.services, in: id.namespace) { addServiceMissing(id) }
      addServiceElsewhere(id)
      return nil
    }
    depth = max(depth, 3)
    check(id.object, describe(service))
    return service
  }

  private func describe(_ service: Service) -> String {
    if service.isExternalName { return "is another name for \(service.externalName)" }
    let addresses = service.clusterIPs.joined(separator: " and ")
    let address = service.isHeadless ? "is headless" : "has the address \(addresses)"
    guard let selector = service.selector else { return address + ", without a selector" }
    return address + ", selects \(selector.text)"
  }

  func otherNamespaces(_ id: ServiceID) -> [ServiceID] {
    objects.services(in: nil).map(\.id).filter { $0.name == id.name && $0.namespace != id.namespace }
  }

  private mutating func addServiceElsewhere(_ id: ServiceID) {
    let others = otherNamespaces(id)
    guard !others.isEmpty else { return }
    isNear = true
    add(
      Finding(
        .serviceElsewhere, weight: .note, object: others[0].object, field: "metadata.namespace",
        found: others[0].namespace, wanted: id.namespace,
        "is in another namespace" + (others.count == 1 ? "" : ", and \(others.count - 1) more of that name are"),
        remedy: "ask for \(others.map(dnsName).listed)"))
  }

  /// `SVC.NS.svc.ZONE`
  mutating func inquire(service id: ServiceID) {
    guard let service = requireService(id) else { return }
    if service.isExternalName { return inquire(alias: service) }
    switch verdict {
    case .answers, .noData:
      if verdict == .noData { addTypeOrFamily(service) }
      // A cluster address answers whether or not somebody is behind it. That it leads nowhere is worth saying.
      inquire(endpointsOf: service, .note)
    case .nameError: inquire(endpointsOf: service, .cause)
    default: break
    }
  }

  /// For a Service that exists, and has no records of the type.
  private mutating func addTypeOrFamily(_ service: Service) {
    if type == .a || type == .aaaa { return addFamily(service) }
    if type == .srv {
      add(
        Finding(
          .portMissing, object: service.id.object, field: "spec.ports", "has no ports, and so no SRV records",
          remedy: "give \(service.id.object) the port in spec.ports"))
    }
  }

  /// For a name of a Service that has addresses, and none of the family that was asked for.
  mutating func addFamily(_ service: Service) {
    let family = type == .a ? "IPv4" : "IPv6"
    let other: RecordType = type == .a ? .aaaa : .a
    guard servedTypes.contains(other) else {
      if !service.isHeadless {
        add(
          Finding(
            .familyMissing, object: service.id.object, field: "spec.clusterIPs", wanted: family,
            "has no address yet: spec.clusterIPs is empty"))
      }
      return
    }
    let found = other == .a ? "IPv4" : "IPv6"
    let whose = service.isHeadless ? "has endpoints with" : "has"
    add(
      Finding(
        .familyMissing, object: service.id.object, field: service.isHeadless ? "spec.ipFamilies" : "spec.clusterIPs",
        found: found, wanted: family, "\(whose) \(found) addresses only, and \(type) is for \(family)",
        remedy: "ask for \(other), or give the Service both families with ipFamilyPolicy: PreferDualStack where the "
          + "cluster has both"))
  }
}

extension LabelSelector {
  /// The selector of a Service as people write it: `app=web,tier=front`.
  var text: String {
    requirements.map { requirement in
      if case .equals(let key, let value) = requirement { return "\(key)=\(value)" }
      return "\(requirement)"
    }.joined(separator: ",")
  }
}
