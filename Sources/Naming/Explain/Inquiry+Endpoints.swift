// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// Which endpoints a Service has, and why not more.
  /// - Parameter weight: of a finding that explains why it has none.
  mutating func inquire(endpointsOf service: Service, _ weight: Finding.Weight) {
    let slices = objects.slices(of: service.id)
    let endpoints = slices.flatMap { slice in slice.endpoints.map { (slice: slice, endpoint: $0) } }
      .filter { $0.endpoint.addresses.contains { HostAddress($0) != nil } }
    let isPublished = service.publishesNotReadyAddresses
    let ready = endpoints.filter { $0.endpoint.isReady || isPublished }
    if !ready.isEmpty {
      let list = unique(ready.map { $0.endpoint.pod.map { "Pod \($0.name)" } ?? $0.endpoint.addresses[0] })
      let count = list.count == 1 ? "one endpoint" : "\(list.count) endpoints"
      check(service.id.object, "has \(count): \(list.listed)")
    }
    if isPublished, endpoints.contains(where: { !$0.endpoint.isReady }) || service.selector != nil {
      add(
        Finding(
          .publishesNotReady, weight: .note, object: service.id.object, field: "spec.publishNotReadyAddresses",
          found: "true", "names pods whether they are ready or not"))
    }
    let unready = endpoints.filter { !$0.endpoint.isReady && !isPublished }
    guard knows(.endpointSlices, in: service.metadata.namespace) else { return }
    guard ready.isEmpty else {
      for (slice, endpoint) in unready.prefix(Self.maximumListed) { add(finding(endpoint, in: slice).weighing(.note)) }
      return
    }
    if weight == .note {
      add(
        Finding(
          .noReadyEndpoints, weight: .note, object: service.id.object,
          "has no ready endpoint: connections to its address are refused"))
    }
    guard unready.isEmpty else {
      for (slice, endpoint) in unready.prefix(Self.maximumListed) { add(finding(endpoint, in: slice).weighing(weight)) }
      return
    }
    guard let selector = service.selector else { return inquire(slicesOfNobody: service, weight) }
    guard knows(.pods, in: service.metadata.namespace) else {
      add(
        Finding(
          .endpointsMissing, weight: weight, object: service.id.object, field: "spec.selector", found: selector.text,
          "has no endpoint in any EndpointSlice; its pods are not looked at here",
          remedy: "look at kubectl get pods -n \(service.metadata.namespace) -l \(selector.text)"))
      return
    }
    inquire(podsOf: service, selector, weight)
  }

  private func unique(_ list: [String]) -> [String] {
    var seen: Set<String> = []
    return list.filter { seen.insert($0).inserted }
  }

  /// Why an endpoint does not count.
  mutating func finding(_ endpoint: Endpoint, in slice: EndpointSlice) -> Finding {
    if let reference = endpoint.pod, let pod = objects.pod(reference.namespace, reference.name) {
      if let finding = unreadiness(of: pod) { return finding }
      return Finding(
        .endpointsMissing, object: slice.object.objectName, field: "endpoints[].conditions.ready", found: "false",
        wanted: "true", "does not say yet that Pod \(reference.name) is ready", remedy: "ask again in a moment")
    }
    if let pod = endpoint.pod, !knows(.pods, in: pod.namespace) {
      return Finding(
        endpoint.isTerminating ? .endpointTerminating : .endpointNotReady, object: slice.object.objectName,
        field: "endpoints[].conditions.\(endpoint.isTerminating ? "terminating" : "ready")",
        found: endpoint.isTerminating ? "true" : "false", wanted: endpoint.isTerminating ? "false" : "true",
        "says that Pod \(pod.name) is \(endpoint.isTerminating ? "ending" : "not ready")",
        remedy: "look at the pod: kubectl describe pod \(pod.name) -n \(pod.namespace)")
    }
    let address = endpoint.addresses.joined(separator: ", ")
    if endpoint.isTerminating {
      return Finding(
        .endpointTerminating, object: slice.object.objectName, field: "endpoints[].conditions.terminating",
        found: "true", wanted: "false", "says that the endpoint \(address) is ending")
    }
    return Finding(
      .endpointNotReady, object: slice.object.objectName, field: "endpoints[].conditions.ready", found: "false",
      wanted: "true", "says that the endpoint \(address) is not ready",
      remedy: "whoever writes \(slice.object.objectName) has to set conditions.ready of \(address) to true")
  }

  // MARK: Without a selector

  /// A Service without selector, and without any endpoint.
  private mutating func inquire(slicesOfNobody service: Service, _ weight: Finding.Weight) {
    let label = EndpointSlice.serviceNameLabel
    let name = service.metadata.name
    let slices = objects.slices(in: service.metadata.namespace).filter { !$0.endpoints.isEmpty }
    let unlabelled = slices.filter { $0.serviceName == nil }
    let stray = slices.filter { slice in
      slice.serviceName.map { owner in
        SimilarName.nearest(to: owner, among: [name]) != nil
          && objects.service(ServiceID(name: owner, namespace: service.metadata.namespace)) == nil
      } ?? false
    }
    for slice in unlabelled.prefix(Self.maximumListed) {
      add(
        Finding(
          .sliceWithoutService, weight: weight, object: slice.object.objectName, field: "metadata.labels[\(label)]",
          wanted: name, "has no label \(label), and so belongs to no Service",
          remedy: "label \(slice.object.objectName) \(label)=\(name), if it is meant for this Service"))
    }
    for slice in stray.prefix(Self.maximumListed) {
      add(
        Finding(
          .sliceOfNoService, weight: weight, object: slice.object.objectName, field: "metadata.labels[\(label)]",
          found: slice.serviceName, wanted: name, "belongs to \"\(slice.serviceName ?? "")\", which is no Service",
          remedy: "label \(slice.object.objectName) \(label)=\(name)"))
    }
    add(
      Finding(
        .noSelector, weight: weight, object: service.id.object, field: "spec.selector",
        "has no selector, and no EndpointSlice with the label \(label)=\(name) has endpoints",
        remedy: unlabelled.isEmpty && stray.isEmpty
          ? "give \(service.id.object) a selector, or write an EndpointSlice with the label \(label)=\(name)" : ""))
  }

  // MARK: With one

  /// A Service whose selector has led to no endpoint.
  private mutating func inquire(podsOf service: Service, _ selector: LabelSelector, _ weight: Finding.Weight) {
    let pods = objects.pods(in: service.metadata.namespace)
    let members = pods.filter { selector.matches($0.metadata.labels) }
    if members.isEmpty { return inquire(nobodyIn: pods, service, selector, weight) }
    check(service.id.object, "selects \(members.map { "Pod \($0.metadata.name)" }.listed)")
    for pod in members.prefix(Self.maximumListed) {
      let finding = unreadiness(of: pod) ?? Finding(
        .endpointsMissing, object: pod.object.objectName, "is ready, and stands in no EndpointSlice of the Service yet",
        remedy: "ask again in a moment; if it stays so, look whether the EndpointSlice controller runs")
      add(finding.weighing(weight))
    }
  }
}
