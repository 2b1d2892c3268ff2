// SPDX-License-Identifier: Apache-2.0

/// What the objects that every cluster has say about this one.
package struct ClusterConfiguration: Sendable {
  package var nodeName: String
  /// The node's address in the pod network, where its pods reach the API server and the DNS server.
  package var nodeAddress: String
  /// The range of the pods' addresses.
  package var podCIDR: String
  /// What the node has, as quantities: `cpu`, `memory`, `pods`.
  package var capacity: [String: String]
  /// Facts for `status.nodeInfo` of the node: `kernelVersion`, `osImage`, `architecture` …
  package var nodeInfo: [String: String]
  /// The address of the Service `default/kubernetes`: the first of the Services' range.
  package var kubernetesAddress: String
  /// The port of the API server at ``nodeAddress``.
  package var apiPort: UInt16
  /// The address of the Service `kube-system/kube-dns`: the tenth of the Services' range.
  package var dnsAddress: String
  /// The port of the DNS server at ``nodeAddress``.
  package var dnsPort: UInt16
  /// What API clients in pods verify the API server with: PEM.
  package var certificateAuthority: String

  package init(
    nodeName: String = "callsign", nodeAddress: String = "10.244.0.1", podCIDR: String = "10.244.0.0/16",
    capacity: [String: String] = [:], nodeInfo: [String: String] = [:], kubernetesAddress: String = "10.96.0.1",
    apiPort: UInt16 = 6443, dnsAddress: String = "10.96.0.10", dnsPort: UInt16 = 53, certificateAuthority: String
  ) {
    self.nodeName = nodeName
    self.nodeAddress = nodeAddress
    self.podCIDR = podCIDR
    self.capacity = capacity
    self.nodeInfo = nodeInfo
    self.kubernetesAddress = kubernetesAddress
    self.apiPort = apiPort
    self.dnsAddress = dnsAddress
    self.dnsPort = dnsPort
    self.certificateAuthority = certificateAuthority
  }
}
