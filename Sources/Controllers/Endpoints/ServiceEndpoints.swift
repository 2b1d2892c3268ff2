// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Which endpoints a Service with a selector has, from its pods.
///
/// Source: "EndpointSlices" and "Services" of the Kubernetes documentation.
enum ServiceEndpoints {
  /// The families of a Service's endpoints: those it asks for, or those of its addresses, or IPv4.
  static func families(of service: Service) -> [String] {
    if !service.ipFamilies.isEmpty { return service.ipFamilies }
    let found = service.clusterIPs.compactMap { IPAddress($0)?.family }
    return found.isEmpty ? ["IPv4"] : found.map { $0 == .ipv4 ? "IPv4" : "IPv6" }
  }

  /// The pods that stand behind the Service, in the given order, whether ready or not.
  static func members(of service: Service, among pods: [Pod]) -> [Pod] {
    guard let selector = service.selector else { return [] }
    return pods.filter { !$0.hasEnded && !$0.podIPs.isEmpty && selector.matches($0.metadata.labels) }
  }

  /// The desired endpoints by family and port set; only groups with endpoints.
  ///
  /// Pods of one Service can differ in ports where a port is given by name.
  static func groups(of service: Service, pods: [Pod]) -> [EndpointGroup] {
    let members = members(of: service, among: pods)
    var groups: [EndpointGroup] = []
    for family in families(of: service) {
      var byPorts: OrderedDictionary<[SlicePort], [SliceEndpoint]> = [:]
      for pod in members {
        guard let address = address(of: pod, family: family) else { continue }
        byPorts[ports(of: service, at: pod), default: []].append(endpoint(pod, address: address, service: service))
      }
      groups += byPorts.map { EndpointGroup(addressType: family, ports: $0.key, endpoints: $0.value) }
    }
    return groups
  }

  /// The ports under which a pod serves the Service; those whose name no container of the pod has are left out.
  static func ports(of service: Service, at pod: Pod) -> [SlicePort] {
    service.ports.compactMap { port in
      target(of: port, at: pod).map {
        SlicePort(name: port.name, transport: port.transport, port: $0, appProtocol: port.appProtocol)
      }
    }
  }

  static func address(of pod: Pod, family: String) -> String? {
    pod.podIPs.first { text in
      guard let address = IPAddress(text) else { return false }
      return (address.family == .ipv4) == (family == "IPv4")
    }
  }

  /// The pod's name below the Service's, for pods that are told to stand under it.
  static func hostname(of pod: Pod, in service: Service) -> String? {
    pod.hostname.isEmpty || pod.subdomain != service.metadata.name ? nil : pod.hostname
  }

  static func targetReference(_ pod: Pod) -> JSONValue {
    [
      "kind": "Pod", "namespace": .string(pod.metadata.namespace), "name": .string(pod.metadata.name),
      "uid": .string(pod.metadata.uid),
    ]
  }

  private static func endpoint(_ pod: Pod, address: String, service: Service) -> SliceEndpoint {
    let isTerminating = pod.metadata.isBeingDeleted
    return SliceEndpoint(
      address: address, hostname: hostname(of: pod, in: service),
      isReady: service.publishesNotReadyAddresses || (pod.isReady && !isTerminating), isServing: pod.isReady,
      isTerminating: isTerminating, nodeName: pod.nodeName.isEmpty ? nil : pod.nodeName,
      target: targetReference(pod))
  }

  private static func target(of port: ServicePort, at pod: Pod) -> UInt16? {
    let name: String
    switch port.targetPort {
    case .number(let number): return number
    case .name(let text): name = text
    }
    let sidecars = pod.initContainers.filter { $0["restartPolicy"]?.string == "Always" }
    for container in pod.containers + sidecars {
      for candidate in container["ports"]?.array ?? []
      where candidate["name"]?.string == name && (candidate["protocol"]?.string ?? "TCP") == port.transport {
        return candidate["containerPort"]?.int.flatMap { UInt16(exactly: $0) }
      }
    }
    return nil
  }
}
