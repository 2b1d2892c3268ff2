// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// One port of one Service in one address family: where it is reached, and the endpoints that share its load.
struct BalancedPort: Hashable, Sendable {
  /// An address and a port.
  struct Socket: Hashable, Comparable, Sendable {
    var address: IPAddress
    var port: UInt16

    static func < (left: Socket, right: Socket) -> Bool {
      if left.address != right.address {
        return left.address.octets.lexicographicallyPrecedes(right.address.octets)
      }
      return left.port < right.port
    }
  }

  /// `namespace/service`.
  var service: String
  /// `tcp`, `udp` or `sctp`.
  var transport: String
  var port: UInt16
  /// At the Service's own addresses, which no other has.
  var clusterFrontends: [Socket]
  /// At the node's addresses, then at external ones: whoever writes a Service can name any.
  var outerFrontends: [Socket]
  /// In order of address and port, each once.
  var backends: [Socket]
  /// Seconds for which a client stays with its endpoint after its last connection; nil where each connection is
  /// free.
  var affinity: Int64?

  /// What tells the port from every other of its family.
  var name: String { "\(service)/\(transport)/\(port)" }
}

extension BalancedPort {
  /// The ports of all Services that have an address of a family, in order of their names.
  ///
  /// Endpoints are the ready ones of all slices of the Service; where there is none, those that still serve while they
  /// end, so that a rollout that takes the last ones away refuses nobody early.
  /// Source: "Virtual IPs and Service Proxies" and KEP-1669 of Kubernetes.
  static func all(
    services: [KubeObject], slices: [KubeObject], family: IPAddress.Family, nodeAddresses: [IPAddress]
  ) -> [BalancedPort] {
    let addressType = family == .ipv4 ? "IPv4" : "IPv6"
    var byService: [ServiceKey: [EndpointSlice]] = [:]
    for slice in slices.map({ EndpointSlice($0) }) where slice.addressType == addressType {
      guard let name = slice.serviceName else { continue }
      byService[ServiceKey(namespace: slice.metadata.namespace, name: name), default: []].append(slice)
    }
    var ports: [BalancedPort] = []
    for service in services.map({ Service($0) }) where !service.isHeadless && !service.isExternalName {
      let addresses = service.externallyReachableAddresses.filter { $0.family == family }
      let clusterAddresses = service.clusterIPs.compactMap { IPAddress($0) }.filter { $0.family == family }
      if clusterAddresses.isEmpty { continue }
      let key = ServiceKey(namespace: service.metadata.namespace, name: service.metadata.name)
      for port in service.ports {
        var outer: [Socket] = []
        if port.nodePort != 0 {
          outer = nodeAddresses.filter { $0.family == family }.map { Socket(address: $0, port: port.nodePort) }
        }
        outer += addresses.map { Socket(address: $0, port: port.port) }
        ports.append(
          BalancedPort(
            service: "\(key.namespace)/\(key.name)", transport: port.transport.lowercased(), port: port.port,
            clusterFrontends: clusterAddresses.map { Socket(address: $0, port: port.port) }, outerFrontends: outer,
            backends: backends(of: port, in: byService[key] ?? []),
            affinity: service.sessionAffinity == "ClientIP" ? service.sessionAffinityTimeout : nil))
      }
    }
    return ports.sorted { $0.name < $1.name }
  }

  private static func backends(of port: ServicePort, in slices: [EndpointSlice]) -> [Socket] {
    var ready: Set<Socket> = []
    var ending: Set<Socket> = []
    for slice in slices {
      for target in slice.ports where target.name == port.name && target.transport == port.transport {
        guard let number = target.port else { continue }
        for endpoint in slice.endpoints {
          // All addresses of an endpoint are the same thing; Kubernetes uses the first.
          guard let address = endpoint.addresses.first.flatMap({ IPAddress($0) }) else { continue }
          let socket = Socket(address: address, port: number)
          if endpoint.isReady {
            ready.insert(socket)
          } else if endpoint.isServing && endpoint.isTerminating {
            ending.insert(socket)
          }
        }
      }
    }
    return (ready.isEmpty ? ending : ready).sorted()
  }
}

private struct ServiceKey: Hashable {
  var namespace: String
  var name: String
}

extension Service {
  /// Addresses besides the cluster's own at which the Service's ports are served: external ones and a load balancer's.
  fileprivate var externallyReachableAddresses: [IPAddress] {
    let external = object[at: "spec", "externalIPs"]?.array?.compactMap(\.string) ?? []
    let ingress = object[at: "status", "loadBalancer", "ingress"]?.array?.compactMap { $0["ip"]?.string } ?? []
    return (external + ingress).compactMap { IPAddress($0) }
  }
}
