// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  // MARK: Pods by their addresses

  /// False, with a cause, where such names are turned off.
  mutating func requirePodNames() -> Bool {
    guard evidence.settings.podNames == .disabled else { return true }
    add(
      Finding(
        .podNamesDisabled, found: "disabled", wanted: "insecure or verified",
        "names below pod.\(zone) are turned off in this server",
        remedy: "turn pod names on, or ask for a Service's name"))
    return false
  }

  /// `10-244-0-7.NS.pod.ZONE`
  mutating func inquire(pod label: String, _ namespace: String) {
    guard requirePodNames(), requireNamespace(namespace) else { return }
    guard let address = HostAddress(dashed: label.utf8) else {
      let pod = objects.pod(namespace, label)
      let name = pod?.podIPs.first.flatMap { HostAddress($0)?.labelText }
      if let pod { check(pod.object.objectName, "exists") }
      add(
        Finding(
          .podNameNoAddress, found: label,
          wanted: name, "names below pod.\(zone) are made of addresses, with dashes for dots, not of pods' names",
          remedy: name.map { "ask for \($0).\(namespace).pod.\(zone), or for a name below a headless Service" } ?? ""))
      return
    }
    let pods = objects.pods(with: address)
    for pod in pods where pod.metadata.namespace == namespace {
      depth = max(depth, 3)
      check(pod.object.objectName, "has the address \(address)")
    }
    let others = pods.filter { $0.metadata.namespace != namespace }
    if verdict == .nameError {
      guard !others.isEmpty || knows(.pods, in: namespace) else { return }
      let place = objects.reads(.pods, in: nil) ? "" : " of namespace \"\(namespace)\""
      add(
        Finding(
          .podAddressUnknown, object: others.first?.object.objectName,
          field: others.isEmpty ? "" : "metadata.namespace",
          found: others.first?.metadata.namespace, wanted: namespace,
          others.isEmpty
            ? "no pod\(place) that runs has the address \(address)"
            : "has the address \(address), and is not in namespace \"\(namespace)\"",
          remedy: others.first.map { "ask for \(label).\($0.metadata.namespace).pod.\(zone)" } ?? ""))
    } else if answers, evidence.settings.podNames == .insecure, objects.reads(.pods, in: namespace),
      pods.count == others.count
    {
      add(
        Finding(
          .podAddressUnknown, weight: .note,
          "no pod in namespace \"\(namespace)\" has the address \(address): such names are answered without a look "
            + "whether there is a pod"))
    } else if verdict == .noData {
      let wanted: RecordType = address.family == .ipv4 ? .a : .aaaa
      guard type == .a || type == .aaaa else { return }
      add(
        Finding(
          .familyMissing, found: wanted.description, wanted: type.description,
          "\(address) is an \(address.family == .ipv4 ? "IPv4" : "IPv6") address, which \(wanted) is for",
          remedy: "ask for \(wanted)"))
    }
  }

  // MARK: Names of addresses

  /// A name below `in-addr.arpa` or `ip6.arpa`; nil where it spells no whole address.
  mutating func inquire(address: HostAddress?, _ zone: ReverseZone) {
    guard let address else {
      add(
        Finding(
          .reverseIncomplete, found: "\(name.labels.count - zone.name.labels.count)",
          wanted: "\(zone.addressLabelCount)",
          "the labels before \(zone.name.text) are not the \(zone.addressLabelCount) of an address"))
      addForwarding()
      return
    }
    let services = objects.services(in: nil)
    let owners = services.filter { $0.clusterIPs.contains { HostAddress($0) == address } }
    let endpoints = endpoints(with: address, services)
    switch verdict {
    case .answers, .noData:
      addOwners(address, owners, endpoints.filter(\.isNamed))
    default:
      inquire(unnamed: address, endpoints)
      addForwarding()
    }
  }

  private struct AddressedEndpoint {
    var slice: EndpointSlice
    var endpoint: Endpoint
    var service: Service
    var isNamed: Bool { endpoint.isReady || service.publishesNotReadyAddresses }
  }

  private func endpoints(with address: HostAddress, _ services: [Service]) -> [AddressedEndpoint] {
    let byID = Dictionary(services.map { ($0.id, $0) }) { first, _ in first }
    return objects.slices(in: nil).flatMap { slice in
      slice.endpoints.filter { $0.addresses.contains { HostAddress($0) == address } }.compactMap { endpoint in
        slice.serviceName.flatMap { byID[ServiceID(name: $0, namespace: slice.metadata.namespace)] }.map {
          AddressedEndpoint(slice: slice, endpoint: endpoint, service: $0)
        }
      }
    }
  }

  private mutating func addOwners(_ address: HostAddress, _ owners: [Service], _ endpoints: [AddressedEndpoint]) {
    depth = 2
    for service in owners { check(service.id.object, "has the address \(address)") }
    for entry in endpoints {
      let pod = entry.endpoint.pod.map { "Pod \($0.name)" } ?? "an endpoint"
      let called = entry.endpoint.hostname.map { "the hostname \"\($0)\"" } ?? "no hostname"
      check(entry.service.id.object, "has \(pod) with the address \(address) and \(called)")
    }
    let services = Set(owners.map(\.id) + endpoints.map(\.service.id))
    guard services.count > 1 else { return }
    let isNamed = !owners.isEmpty || endpoints.contains { $0.endpoint.hostname != nil }
    let rule = evidence.settings.givesAllReverseNames
      ? "all their names are given"
      : isNamed
        ? "given are the names of Services with this address and of endpoints with a hostname, and those alone"
        : "none has a hostname, so one name is given for each"
    let list = services.map(\.object.description).sorted()
    add(
      Finding(
        .addressShared, weight: .note, found: list.joined(separator: ","),
        "the address \(address) belongs to \(list.listed): \(rule)",
        remedy: services.count > 1 && records > 1
          ? "for one name alone, have the pod made anew with a hostname and one of the Services as subdomain" : ""))
  }

  private var records: Int { answer.records.count }

  /// No Service has named the address.
  private mutating func inquire(unnamed address: HostAddress, _ endpoints: [AddressedEndpoint]) {
    for entry in endpoints.prefix(Self.maximumListed) {
      check(entry.service.id.object, "has an endpoint with the address \(address)")
      add(finding(entry.endpoint, in: entry.slice))
    }
    guard endpoints.isEmpty else { return }
    let pods = objects.pods(with: address)
    guard let pod = pods.first else {
      // That no name is served tells of all namespaces, but not of endpoints that are not ready.
      let isAll = knows(.services) && knows(.endpointSlices)
      add(
        Finding(
          .addressUnknown, found: address.description,
          "no Service and no \(isAll ? "" : "ready ")endpoint of one has the address \(address)"
            + (objects.reads(.pods, in: nil) ? ", and no pod" : "")))
      return
    }
    let namespace = pod.metadata.namespace
    guard knows(.services, in: namespace), knows(.endpointSlices, in: namespace) else { return }
    let exclusions = exclusions(of: address, in: namespace)
    guard exclusions.isEmpty else { return exclusions.forEach { add($0) } }
    add(
      Finding(
        .addressInNoService, object: pod.object.objectName, field: "status.podIPs", found: address.description,
        "has the address \(address), and is an endpoint of no Service, so that the address has no name",
        remedy: "create a Service that selects \(pod.object.objectName)"))
  }

  /// What leaves the Services out that have an endpoint with the address.
  private func exclusions(of address: HostAddress, in namespace: String) -> [ObjectFilter.Exclusion] {
    if let exclusion = objects.exclusion(ofNamespace: namespace) { return [exclusion] }
    let slices = objects.slices(in: namespace).filter { slice in
      slice.endpoints.contains { $0.addresses.contains { HostAddress($0) == address } }
    }
    return Set(slices.compactMap(\.serviceName)).sorted()
      .compactMap { objects.exclusion(of: ServiceID(name: $0, namespace: namespace)) }
  }
}
