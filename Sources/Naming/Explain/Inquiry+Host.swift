// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// `LABEL.SVC.NS.svc.ZONE`
  mutating func inquire(_ label: String, below id: ServiceID) {
    guard let service = requireService(id) else { return }
    if label.hasPrefix("_") { return inquire(transport: label, service) }
    if service.isExternalName {
      add(
        Finding(
          .nothingThere, object: id.object, field: "spec.type", found: "ExternalName",
          "is another name for \(service.externalName); there are no names below it"))
      return
    }
    _ = knows(.endpointSlices, in: id.namespace)
    let endpoints = objects.slices(of: id).flatMap { slice in slice.endpoints.map { (slice: slice, endpoint: $0) } }
    let named = endpoints.filter { isNamed($0.endpoint, label) }
    switch verdict {
    case .answers, .noData:
      depth = max(depth, 4)
      let shown = named.map(\.endpoint).filter { $0.isReady || service.publishesNotReadyAddresses }
      addHosts(shown, label, service)
      if verdict == .noData, type == .a || type == .aaaa { addFamily(service) }
    case .nameError where !named.isEmpty:
      depth = max(depth, 4)
      for (slice, endpoint) in named.prefix(Self.maximumListed) { add(finding(endpoint, in: slice)) }
    case .nameError: inquire(missingHost: label, service, endpoints.map(\.endpoint))
    default: break
    }
  }

  private func isNamed(_ endpoint: Endpoint, _ label: String) -> Bool {
    if let hostname = endpoint.hostname { return hostname.lowercased() == label }
    return endpoint.addresses.contains { HostAddress($0)?.labelText == label }
  }

  private mutating func addHosts(_ endpoints: [Endpoint], _ label: String, _ service: Service) {
    var pods: [String] = []
    for endpoint in endpoints {
      let address = endpoint.addresses.joined(separator: ", ")
      guard let pod = endpoint.pod else {
        check(nil, "the endpoint \(address) has this name")
        continue
      }
      if !pods.contains(pod.name) { pods.append(pod.name) }
      let isReady = objects.pod(pod.namespace, pod.name)?.isReady ?? endpoint.isReady
      check(
        ObjectName("Pod", pod.namespace, pod.name),
        "has \(endpoint.hostname == nil ? "no hostname, and so its address as a name" : "the hostname \"\(label)\""), "
          + "\(isReady ? "is ready" : "is not ready"), has the address \(address)")
    }
    guard pods.count > 1 else { return }
    add(
      Finding(
        .hostnameShared, weight: .note, object: service.id.object, found: label,
        "has the pods \(pods.listed) under one hostname, and so under one name with the addresses of all",
        remedy: "for a name each, run them as a StatefulSet"))
  }

  // MARK: Names that no endpoint has

  private mutating func inquire(missingHost label: String, _ service: Service, _ endpoints: [Endpoint]) {
    if let address = HostAddress(dashed: label.utf8) { return inquire(missingAddress: address, service, endpoints) }
    let namespace = service.metadata.namespace
    _ = knows(.pods, in: namespace)
    let pods = objects.pods(in: namespace)
    let pod = pods.first { $0.metadata.name == label } ?? pods.first { $0.hostname == label }
    guard let pod else {
      if !addOrdinal(label, service, pods) { addHostMissing(label, service, endpoints, pods) }
      addNotHeadless(service)
      return
    }
    check(pod.object.objectName, "exists")
    if pod.hostname.isEmpty {
      addHostnameMissing(pod, service)
    } else if pod.hostname != label {
      add(
        Finding(
          .hostnameDiffers, object: pod.object.objectName, field: "spec.hostname", found: pod.hostname, wanted: label,
          "has the hostname \"\(pod.hostname)\", and is called by that",
          remedy: "ask for \(pod.hostname).\(dnsName(service.id))"))
    }
    addSubdomain(pod, service)
    if hasCause { addNotHeadless(service) }
    addNotSelected(pod, service)
    if let finding = unreadiness(of: pod), !service.publishesNotReadyAddresses { add(finding) }
  }

  private mutating func addHostnameMissing(_ pod: Pod, _ service: Service) {
    let address = pod.podIPs.first.flatMap { HostAddress($0)?.labelText }
    // All pods of a template have the same one, and names that are made up for each.
    let hostname = objects.workload(of: pod)?.metadata.name ?? pod.metadata.controller?.name ?? pod.metadata.name
    add(
      Finding(
        .hostnameMissing, object: pod.object.objectName, field: "spec.hostname", wanted: hostname,
        "has no hostname" + (address.map { ", and is called \($0).\(dnsName(service.id)) when it is ready" } ?? ""),
        remedy: objects.change("spec.hostname", of: pod, to: hostname) + ", or run it as a StatefulSet"))
  }

  /// Whether the pod is told to stand under this Service.
  private mutating func addSubdomain(_ pod: Pod, _ service: Service) {
    guard pod.subdomain != service.metadata.name else { return }
    let name = service.metadata.name
    var remedy = objects.change("spec.subdomain", of: pod, to: name)
    if let set = objects.workload(of: pod), set.resource == .statefulSets {
      let found = set[at: "spec", "serviceName"]?.string ?? ""
      let other = ServiceID(name: found, namespace: set.metadata.namespace)
      add(
        Finding(
          .serviceNameDiffers, object: set.objectName, field: "spec.serviceName", found: found, wanted: name,
          found.isEmpty
            ? "has no serviceName, so its pods have no names of their own"
            : "has the serviceName \"\(found)\", so its pods stand under that, not under \"\(name)\"",
          remedy: (objects.service(other) == nil
            ? found.isEmpty ? "" : "create a headless Service \"\(found)\", or "
            : "ask for \(pod.hostname).\(dnsName(other)), or ")
            + "create \(set.objectName) anew with serviceName: \(name)"))
      return
    }
    if pod.metadata.controller?.kind == APIResource.statefulSets.kind,
      !knows(.statefulSets, in: pod.metadata.namespace)
    {
      // Its spec.serviceName gives the subdomain.
      remedy = ""
    }
    if pod.subdomain.isEmpty {
      add(
        Finding(
          .subdomainMissing, object: pod.object.objectName, field: "spec.subdomain", wanted: name, "has no subdomain",
          remedy: remedy))
      return
    }
    add(
      Finding(
        .subdomainDiffers, object: pod.object.objectName, field: "spec.subdomain", found: pod.subdomain, wanted: name,
        "has the subdomain \"\(pod.subdomain)\", so it stands under that, not under \"\(name)\"",
        remedy: remedy))
  }

  /// Pods of a Service with an address are seldom told to stand under it: one who asks mostly means another. It is not
  /// why there is no name: endpoints have names below such a Service too.
  private mutating func addNotHeadless(_ service: Service) {
    guard !service.isHeadless, !service.isExternalName else { return }
    add(
      Finding(
        .serviceNotHeadless, weight: .note, object: service.id.object, field: "spec.clusterIP",
        found: service.clusterIPs.joined(separator: ","), wanted: "None",
        "is not headless: it stands for one address, and by name only for pods whose spec.subdomain is "
          + "\"\(service.metadata.name)\"",
        remedy: "create a headless Service (clusterIP: None) for the names of single pods"))
  }

  /// `db-3` where StatefulSet `db` has no such pod. False where there is no such set, or it is not known.
  private mutating func addOrdinal(_ label: String, _ service: Service, _ pods: [Pod]) -> Bool {
    guard let dash = label.lastIndex(of: "-"), let ordinal = Int64(label[label.index(after: dash)...]),
      knows(.statefulSets, in: service.metadata.namespace),
      let set = objects.statefulSet(service.metadata.namespace, String(label[..<dash]))
    else { return false }
    let count = set[at: "spec", "replicas"]?.int ?? 1
    let ordinals = StatefulSetFacts.ordinals(
      start: set[at: "spec", "ordinals", "start"]?.int ?? 0, replicas: count)
    guard ordinals.contains(ordinal) else {
      let name = set.metadata.name
      let pods = "\(name)-\(ordinals.lowerBound)" + (count > 1 ? " to \(name)-\(ordinals.upperBound - 1)" : "")
      // As many as the field can hold.
      let distance = ordinal >= ordinals.lowerBound ? ordinal - ordinals.lowerBound : .max
      let wanted = distance < Int32.max ? String(distance + 1) : nil
      add(
        Finding(
          .ordinalMissing, object: set.objectName, field: "spec.replicas", found: String(count), wanted: wanted,
          "has \(count) \(count == 1 ? "replica" : "replicas")" + (ordinals.isEmpty ? "" : ": \(pods)"),
          remedy: wanted.map { "set spec.replicas of \(set.objectName) to \($0)" } ?? ""))
      return true
    }
    guard knows(.pods, in: service.metadata.namespace) else { return false }
    add(
      Finding(
        .podNotCreated, object: set.objectName, field: "status.replicas",
        found: set[at: "status", "replicas"]?.int.map(String.init), wanted: String(count),
        "has not created Pod \(label) yet"))
    // In order, each pod waits for those before it.
    let prefix = set.metadata.name + "-"
    let before = pods.filter { pod in
      let name = pod.metadata.name
      return name.hasPrefix(prefix) && Int64(name.dropFirst(prefix.count)).map { $0 < ordinal } ?? false
    }
    guard set[at: "spec", "podManagementPolicy"]?.string != "Parallel" else { return true }
    for pod in before {
      guard let finding = unreadiness(of: pod) else { continue }
      add(finding)
      break
    }
    return true
  }

  private mutating func addHostMissing(
    _ label: String, _ service: Service, _ endpoints: [Endpoint], _ pods: [Pod]
  ) {
    guard knows(.endpointSlices, in: service.metadata.namespace) else { return }
    let names = Set(endpoints.compactMap { $0.hostname?.lowercased() })
    let selected = service.selector.map { selector in pods.filter { selector.matches($0.metadata.labels) } } ?? []
    let nearest = SimilarName.nearest(to: label, among: names.sorted() + selected.map(\.metadata.name))
    isNear = isNear || nearest != nil
    let known = names.isEmpty ? "and none with a hostname" : "but \(names.sorted().listed)"
    add(
      Finding(
        .hostMissing, object: service.id.object, found: label, wanted: nearest,
        "has no endpoint called \"\(label)\", \(known)", remedy: nearest.map { correction(label, $0) } ?? ""))
  }

  /// `10-244-0-7.SVC…`, which no endpoint is called.
  private mutating func inquire(missingAddress address: HostAddress, _ service: Service, _ endpoints: [Endpoint]) {
    if let hostname = endpoints.first(where: { $0.addresses.contains { HostAddress($0) == address } })?.hostname {
      add(
        Finding(
          .hostnameDiffers, object: service.id.object, found: hostname,
          "has the endpoint \(address) with the hostname \"\(hostname)\", and it is called by that alone",
          remedy: "ask for \(hostname.lowercased()).\(dnsName(service.id))"))
      return
    }
    guard knows(.endpointSlices, in: service.metadata.namespace) else { return }
    let pods = objects.pods(with: address)
    add(
      Finding(
        .hostMissing, object: service.id.object, found: address.description,
        "has no endpoint with the address \(address)"
          + (pods.isEmpty ? "" : "; it belongs to \(pods.map { $0.object.objectName.description }.listed)")))
    for pod in pods where pod.metadata.namespace == service.metadata.namespace { addNotSelected(pod, service) }
  }
}

extension HostAddress {
  /// `10-244-0-7`
  var labelText: String { String(decoding: dashedLabel, as: UTF8.self) }
}
