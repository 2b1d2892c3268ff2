// SPDX-License-Identifier: Apache-2.0

/// The addresses of the one node, and the commands that make its network.
///
/// Every pod is reached by a route of its own over a pair of virtual Ethernet devices; there is no bridge, so the node
/// sees, and balances, every packet.
package struct NodeNetwork: Sendable, Hashable {
  /// The node's own address, and every pod's gateway. The API server listens here for pods.
  package var nodeAddress = "10.244.0.1"
  /// Where cluster DNS listens for pods.
  package var dnsAddress = "10.96.0.10"
  /// Addresses of Services. Connections to them need a route before nftables gives them an endpoint.
  package var serviceRange = "10.96.0.0/12"
  /// Addresses of pods.
  package var podRange = "10.244.0.0/16"

  package init() {}

  /// Settings of the kernel for the node's network namespace: path below `/proc/sys/net/ipv4`, value.
  static let settings = [
    ("ip_forward", "1"),
    // A pod must not be told to reach another one directly: it cannot. `default` is what new devices begin with.
    ("conf/all/send_redirects", "0"),
    ("conf/default/send_redirects", "0"),
  ]

  /// For `ip -batch -`, once, in the node's network namespace.
  var nodeCommands: String {
    """
    link set lo up
    addr add \(nodeAddress)/32 dev lo
    addr add \(dnsAddress)/32 dev lo
    route add local \(serviceRange) dev lo src \(nodeAddress)

    """
  }

  /// For `ip -batch -` in the pod's network namespace, by a process of the agent's process namespace: process 1 there
  /// is the agent, so the device's other end lands in the node's network.
  func podCommands(address: String, device: String) -> String {
    """
    link set lo up
    link add eth0 type veth peer name \(device) netns 1
    addr add \(address)/32 dev eth0
    link set eth0 up
    route add default via \(nodeAddress) dev eth0 onlink

    """
  }

  /// For `ip -batch -` in the node's network namespace, after ``podCommands(address:device:)``.
  func routeCommands(address: String, device: String) -> String {
    """
    link set \(device) up
    route add \(address)/32 dev \(device) src \(nodeAddress)

    """
  }
}
