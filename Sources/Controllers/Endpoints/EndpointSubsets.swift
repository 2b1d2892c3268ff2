// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The `subsets` of a Service's `v1 Endpoints`: addresses by their set of ports, ready ones apart from the others.
struct EndpointSubsets: Equatable {
  /// The most addresses in one Endpoints object, as in Kubernetes.
  static let addressLimit = 1000

  struct Address: Hashable {
    var ip: String
    var hostname: String?
    var nodeName: String?
    var target: JSONValue?

    var json: JSONValue {
      var value: JSONValue = ["ip": .string(ip)]
      if let hostname { value["hostname"] = .string(hostname) }
      if let nodeName { value["nodeName"] = .string(nodeName) }
      if let target { value["targetRef"] = target }
      return value
    }
  }

  struct Subset: Equatable {
    var ports: [SlicePort]
    var ready: [Address] = []
    var notReady: [Address] = []

    var json: JSONValue {
      var value: JSONValue = [:]
      if !ready.isEmpty { value["addresses"] = .array(ready.map(\.json)) }
      if !notReady.isEmpty { value["notReadyAddresses"] = .array(notReady.map(\.json)) }
      if !ports.isEmpty {
        value["ports"] = .array(
          ports.map { port in
            var port = port.json
            if port["name"] == "" { port["name"] = nil }
            return port
          })
      }
      return value
    }
  }

  private(set) var subsets: [Subset] = []
  /// Addresses were left out.
  private(set) var isTruncated = false

  /// The subsets of a Service; only its main family, and pods that end only where not ready ones are published.
  init(of service: Service, pods: [Pod]) {
    let family = ServiceEndpoints.families(of: service).first ?? "IPv4"
    var byPorts: OrderedDictionary<[SlicePort], Subset> = [:]
    for pod in ServiceEndpoints.members(of: service, among: pods) {
      guard let ip = ServiceEndpoints.address(of: pod, family: family),
        !pod.metadata.isBeingDeleted || service.publishesNotReadyAddresses
      else { continue }
      let ports = ServiceEndpoints.ports(of: service, at: pod)
      if ports.isEmpty && !service.ports.isEmpty { continue }
      let address = Address(
        ip: ip, hostname: ServiceEndpoints.hostname(of: pod, in: service),
        nodeName: pod.nodeName.isEmpty ? nil : pod.nodeName,
        target: ServiceEndpoints.targetReference(pod))
      if pod.isReady || service.publishesNotReadyAddresses {
        byPorts[ports, default: Subset(ports: ports)].ready.append(address)
      } else {
        byPorts[ports, default: Subset(ports: ports)].notReady.append(address)
      }
    }
    subsets = byPorts.values.map { subset in
      var subset = subset
      subset.ready.sort { Self.isOrdered($0.ip, $1.ip) }
      subset.notReady.sort { Self.isOrdered($0.ip, $1.ip) }
      return subset
    }
    truncate()
  }

  var json: JSONValue { .array(subsets.map(\.json)) }

  /// Keeps ready addresses before others.
  private mutating func truncate() {
    let total = subsets.reduce(0) { $0 + $1.ready.count + $1.notReady.count }
    guard total > Self.addressLimit else { return }
    isTruncated = true
    var room = Self.addressLimit
    for index in subsets.indices {
      subsets[index].ready = Array(subsets[index].ready.prefix(room))
      room -= subsets[index].ready.count
    }
    for index in subsets.indices {
      subsets[index].notReady = Array(subsets[index].notReady.prefix(room))
      room -= subsets[index].notReady.count
    }
    subsets.removeAll { $0.ready.isEmpty && $0.notReady.isEmpty }
  }

  private static func isOrdered(_ left: String, _ right: String) -> Bool {
    guard let left = IPAddress(left), let right = IPAddress(right) else { return left < right }
    return left.octets.lexicographicallyPrecedes(right.octets)
  }
}
