// SPDX-License-Identifier: Apache-2.0

/// What balancing needs to know of the cluster's network.
package struct RoutingConfiguration: Sendable {
  /// The ranges that the Services' addresses come from. What goes there and finds no endpoint is refused.
  package var serviceCIDRs: [String]
  /// The node's own addresses, at which node ports are served.
  package var nodeAddresses: [String]

  package init(serviceCIDRs: [String] = ["10.96.0.0/12"], nodeAddresses: [String] = ["10.244.0.1"]) {
    self.serviceCIDRs = serviceCIDRs
    self.nodeAddresses = nodeAddresses
  }
}
