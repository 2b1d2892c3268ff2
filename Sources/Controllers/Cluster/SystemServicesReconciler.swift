// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the Services under which pods find the API server and the DNS server, `default/kubernetes` and
/// `kube-system/kube-dns`. They have no selector: their endpoint is this program, at the node's address.
package struct SystemServicesReconciler: Reconciler {
  /// The value of ``EndpointSlice/managedByLabel`` on their slices.
  static let manager = "callsign"

  private struct Port {
    var name: String
    var transport: String
    var port: UInt16
    var target: UInt16
  }

  private struct SystemService {
    var address: String
    var labels: [String: String]
    var ports: [Port]
  }

  private let cluster: ClusterAccess
  private let nodeAddress: String
  private let services: [ObjectKey: SystemService]

  package init(_ cluster: ClusterAccess, configuration: ClusterConfiguration) {
    self.cluster = cluster
    nodeAddress = configuration.nodeAddress
    services = [
      ObjectKey(resource: .services, namespace: "default", name: "kubernetes"): SystemService(
        address: configuration.kubernetesAddress, labels: ["component": "apiserver", "provider": "kubernetes"],
        ports: [Port(name: "https", transport: "TCP", port: 443, target: configuration.apiPort)]),
      ObjectKey(resource: .services, namespace: "kube-system", name: "kube-dns"): SystemService(
        address: configuration.dnsAddress, labels: ["k8s-app": "kube-dns"],
        ports: [
          Port(name: "dns", transport: "UDP", port: 53, target: configuration.dnsPort),
          Port(name: "dns-tcp", transport: "TCP", port: 53, target: configuration.dnsPort),
        ]),
    ]
  }

  package var name: String { "system-services" }
  package var watches: [APIResource] { [.namespaces, .services, .endpoints, .endpointSlices] }
  package var initialKeys: [ObjectKey] { Array(services.keys) }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    let name = object.metadata.name
    return services.keys.filter { key in
      object.resource == .namespaces
        ? key.namespace == name : key.namespace == object.metadata.namespace && key.name == name
    }
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let wanted = services[key] else { return .settled }
    // The namespace's creation will wake the key.
    guard cluster.source.object(.namespaces, name: key.namespace) != nil else { return .settled }
    let ports = wanted.ports.map { port -> JSONValue in
      [
        "name": .string(port.name), "protocol": .string(port.transport), "port": .int(Int64(port.port)),
        "targetPort": .int(Int64(port.target)),
      ]
    }
    let targets = wanted.ports.map { port in
      ["name": .string(port.name), "port": .int(Int64(port.target)), "protocol": .string(port.transport)] as JSONValue
    }
    let service = try await keep(
      key, labels: wanted.labels,
      ["spec": ["clusterIP": .string(wanted.address), "type": "ClusterIP", "ports": .array(ports)]])

    var endpointsKey = key
    endpointsKey.resource = .endpoints
    _ = try await keep(
      endpointsKey, labels: [EndpointSliceMirroringReconciler.skipLabel: "true"],
      ["subsets": [["addresses": [["ip": .string(nodeAddress)]], "ports": .array(targets)]]])

    var sliceKey = key
    sliceKey.resource = .endpointSlices
    _ = try await keep(
      sliceKey, labels: [EndpointSlice.serviceNameLabel: key.name, EndpointSlice.managedByLabel: Self.manager],
      owner: service,
      [
        "addressType": .string(nodeAddress.contains(":") ? "IPv6" : "IPv4"),
        "endpoints": [
          SliceEndpoint(address: nodeAddress, isReady: true, isServing: true, isTerminating: false).json
        ],
        "ports": .array(targets),
      ])
    return .settled
  }

  /// Creates an object where it is missing, or puts `contents` into it where it differs.
  private func keep(
    _ key: ObjectKey, labels: [String: String], owner: KubeObject? = nil, _ contents: JSONObject
  ) async throws(StatusError) -> KubeObject {
    guard let current = cluster.source.object(key) else {
      var metadata: JSONValue = [
        "name": .string(key.name), "namespace": .string(key.namespace), "labels": JSONValue(labels),
      ]
      if let owner { metadata["ownerReferences"] = [OwnerReference(controller: owner).json] }
      var root = contents
      root["apiVersion"] = .string(key.resource.apiVersion)
      root["kind"] = .string(key.resource.kind)
      root["metadata"] = metadata
      return try await cluster.writer.create(root, in: key.resource)
    }
    let wanted = Self.overlay(contents, on: current.root)
    if JSONValue.areEquivalent(wanted, current.root) { return current }
    return try await cluster.modify(current) { root throws(StatusError) in root = Self.overlay(contents, on: root) }
  }

  /// `root` with each member of `contents` put in; of an object, each of its members.
  private static func overlay(_ contents: JSONObject, on root: JSONObject) -> JSONObject {
    var root = root
    for (name, value) in contents {
      if let members = value.object {
        for (inner, value) in members { root[name, default: [:]][inner] = value }
      } else {
        root[name] = value
      }
    }
    return root
  }
}
