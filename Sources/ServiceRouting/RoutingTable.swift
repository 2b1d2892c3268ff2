// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// Our tables of both families: what is in force, and the script from there to what should be.
package struct RoutingTable: Sendable {
  private let configuration: RoutingConfiguration
  /// What the kernel holds; nil where that is not known.
  private var inForce: [Ruleset]?
  private var proposed: [Ruleset] = []

  package init(configuration: RoutingConfiguration) {
    self.configuration = configuration
  }

  /// The families in which there are Services.
  private var families: [IPAddress.Family] {
    let hasIPv6 = configuration.serviceCIDRs.contains { $0.contains(":") }
    let hasIPv4 = configuration.serviceCIDRs.contains { !$0.contains(":") }
    return (hasIPv4 ? [.ipv4] : []) + (hasIPv6 ? [.ipv6] : [])
  }

  /// What puts into force what the objects ask for; nil where that is so already.
  ///
  /// Afterwards call ``commit()`` if the kernel took it, ``forget()`` if not.
  package mutating func change(services: [KubeObject], slices: [KubeObject]) -> RoutingChange? {
    let nodeAddresses = configuration.nodeAddresses.compactMap { IPAddress($0) }
    proposed = families.map { family in
      Ruleset(
        BalancedPort.all(services: services, slices: slices, family: family, nodeAddresses: nodeAddresses),
        family: family)
    }
    let flows = proposed.flatMap(\.flows)
    guard let inForce else {
      let script = proposed.map { ruleset in
        ruleset.replacement(
          serviceCIDRs: configuration.serviceCIDRs.filter { $0.contains(":") == (ruleset.family == "ip6") })
      }.joined()
      return RoutingChange(script: script, rightFlows: flows, closing: "")
    }
    let script = zip(proposed, inForce).map { $0.update(from: $1) }.joined()
    let closing = zip(proposed, inForce).map { $0.flowRemoval(from: $1) }.joined()
    if script.isEmpty, closing.isEmpty { return nil }
    return RoutingChange(script: script, rightFlows: closing.isEmpty ? nil : flows, closing: closing)
  }

  /// The last script was carried out.
  package mutating func commit() {
    inForce = proposed
  }

  /// What the kernel holds is not known; the next script replaces all of it.
  package mutating func forget() {
    inForce = nil
  }
}
