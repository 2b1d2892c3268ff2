// SPDX-License-Identifier: Apache-2.0
import KubeModel
@testable import ServiceRouting
import TestSupport
import Testing

/// That nft takes every script, and that changes add up to what a fresh table would hold.
@Suite(.enabled(if: Lab.isPermitted, Lab.requirement))
struct RulesetInKernelTests {
  /// Services and slices at random, in both families, among few names so that much changes.
  private static func objects(_ generator: inout some RandomNumberGenerator) -> ([KubeObject], [KubeObject]) {
    var services: [KubeObject] = []
    var slices: [KubeObject] = []
    for index in 0..<6 where Bool.random(using: &generator) {
      let isIPv6 = index % 3 == 2
      let transport = ["TCP", "UDP", "SCTP"].randomElement(using: &generator) ?? "TCP"
      services.append(
        service(
          "s\(index)", isIPv6 ? "fd00:96::\(index + 1)" : "10.96.0.\(index + 1)",
          ports: [
            ["name": "a", "port": 80, "protocol": .string(transport), "nodePort": .int(30_000 + Int64(index))],
            ["name": "b", "port": 443, "protocol": "TCP"],
          ],
          ["sessionAffinity": Bool.random(using: &generator) ? "ClientIP" : "None"]))
      let endpoints = (2..<8).filter { _ in Bool.random(using: &generator) }.map { host in
        let address = isIPv6 ? "fd00:244::\(host)" : "10.244.0.\(host)"
        return TestEndpoint(address: address, isReady: Bool.random(using: &generator))
      }
      slices.append(
        slice(
          "s\(index)", endpoints,
          ports: [
            ["name": "a", "port": 8080, "protocol": .string(transport)], ["name": "b", "port": 8443, "protocol": "TCP"],
          ], type: isIPv6 ? "IPv6" : "IPv4"))
    }
    return (services, slices)
  }

  @Test func changesAddUp() async throws {
    let configuration = RoutingConfiguration(
      serviceCIDRs: ["10.96.0.0/12", "fd00:96::/112"], nodeAddresses: ["10.244.0.1", "fd00:244::1"])
    try await Lab.with { lab in
      try await Lab.with { fresh in try await compare(lab, fresh, configuration) }
    }
  }

  /// Changes one table step by step, and makes the other anew each time.
  private func compare(_ lab: Lab, _ fresh: Lab, _ configuration: RoutingConfiguration) async throws {
    var generator = SeededGenerator(seed: 7)
    var table = RoutingTable(configuration: configuration)
    for _ in 0..<25 {
      let (services, slices) = Self.objects(&generator)
      // Nothing may have changed.
      if let change = table.change(services: services, slices: slices) { try await lab.apply(change) }
      table.commit()
      let rest = table.change(services: services, slices: slices)
      #expect(rest == nil)
      var whole = RoutingTable(configuration: configuration)
      let wholeChange = whole.change(services: services, slices: slices)
      try await fresh.apply(#require(wholeChange))
      for family in ["ip", "ip6"] {
        #expect(try await lab.listing(family: family) == fresh.listing(family: family))
      }
    }
  }

  @Test func aTableOfAnEarlierRunIsReplaced() async throws {
    try await Lab.with { lab in
      try await lab.nft(
        """
        table ip callsign {
          set services {
            type ipv4_addr
            elements = { 192.0.2.1 }
          }
          chain old {
            type filter hook output priority 0
            ip daddr 10.244.0.1 drop
          }
        }

        """)
      var table = RoutingTable(configuration: RoutingConfiguration())
      let change = table.change(services: [service("web", "10.96.0.9")], slices: [slice("web", ["10.244.0.5"])])
      try await lab.apply(#require(change))
      let listing = try await lab.listing(family: "ip").joined()
      #expect(!listing.contains("192.0.2.1") && !listing.contains("chain old"))
      #expect(listing.contains("dnat to 10.244.0.5:8080"))
      try await lab.nft(["ip", "ip6"].map { Ruleset.removal(family: $0) }.joined())
      await #expect(throws: LabError.self) { try await lab.listing(family: "ip") }
    }
  }
}
