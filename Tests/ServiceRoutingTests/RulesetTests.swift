// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
@testable import ServiceRouting
import Testing

/// Which endpoints stand behind which port, and what a change costs; without a kernel.
@Suite struct RulesetTests {
  private static func ports(_ services: [KubeObject], _ slices: [KubeObject]) -> [BalancedPort] {
    BalancedPort.all(
      services: services, slices: slices, family: .ipv4, nodeAddresses: [IPAddress("10.244.0.1")].compactMap(\.self))
  }

  private static func text(_ sockets: [BalancedPort.Socket]) -> [String] {
    sockets.map { "\($0.address):\($0.port)" }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var slices: [KubeObject]
    var expected: [String]
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "none", slices: [], expected: []),
    Case(
      name: "all slices, each endpoint once",
      slices: [slice("web", ["10.0.0.2", "10.0.0.1"]), slice("web", [TestEndpoint(address: "10.0.0.2")], suffix: "b")],
      expected: ["10.0.0.1:8080", "10.0.0.2:8080"]),
    Case(
      name: "ready ones only",
      slices: [
        slice(
          "web",
          [
            TestEndpoint(address: "10.0.0.1"), TestEndpoint(address: "10.0.0.2", isReady: false, isServing: false),
            TestEndpoint(address: "10.0.0.3", isReady: false, isTerminating: true),
          ])
      ], expected: ["10.0.0.1:8080"]),
    Case(
      name: "ending ones that serve, when there are no others",
      slices: [
        slice(
          "web",
          [
            TestEndpoint(address: "10.0.0.2", isReady: false, isServing: false, isTerminating: true),
            TestEndpoint(address: "10.0.0.3", isReady: false, isTerminating: true),
          ])
      ], expected: ["10.0.0.3:8080"]),
    Case(
      name: "of the port's name", slices: [slice("web", ["10.0.0.1"], ports: [["name": "x", "port": 1]])],
      expected: []),
    Case(
      name: "of the port's protocol", slices: [slice("web", ["10.0.0.1"], ports: [["port": 1, "protocol": "UDP"]])],
      expected: []),
    Case(name: "of the Service", slices: [slice("db", ["10.0.0.1"])], expected: []),
    Case(
      name: "of the family",
      slices: [slice("web", [TestEndpoint(address: "fd00::1")], type: "IPv6")], expected: []),
  ])
  func endpoints(_ test: Case) {
    let found = Self.ports([service("web", "10.96.0.9")], test.slices)
    #expect(found.map { Self.text($0.backends) } == [test.expected])
  }

  @Test func frontends() {
    let service = service(
      "web", "10.96.0.9", ports: [["port": 80, "protocol": "TCP", "nodePort": 30080]],
      ["externalIPs": ["192.0.2.1"]])
    let ports = Self.ports([service], [])
    #expect(ports.map { Self.text($0.clusterFrontends) } == [["10.96.0.9:80"]])
    #expect(ports.map { Self.text($0.outerFrontends) } == [["10.244.0.1:30080", "192.0.2.1:80"]])
  }

  @Test func aServiceCannotTakeTheAddressOfAnother() {
    let taker = service("a", "10.96.0.9", ["externalIPs": ["10.96.0.10", "192.0.2.1"]])
    let later = service("c", "10.96.0.11", ["externalIPs": ["192.0.2.1"]])
    let slices = ["a", "b", "c"].map { slice($0, ["10.244.0.5"]) }
    let ruleset = Ruleset(Self.ports([taker, service("b", "10.96.0.10"), later], slices), family: .ipv4)
    let owners = ruleset.services.mapValues { $0.replacing("goto service/default/", with: "").prefix(1) }
    let port = ruleset.services.keys.first?.split(separator: " . ").last ?? ""
    for (address, owner) in ["10.96.0.9": "a", "10.96.0.10": "b", "10.96.0.11": "c", "192.0.2.1": "a"] {
      #expect(owners["\(address) . tcp . \(port)"] == owner[...], "\(address)")
    }
    #expect(owners.count == 4)
  }

  @Test func servicesWithoutAddressAreLeftOut() {
    let external = KubeObject(
      ["metadata": ["name": "e"], "spec": ["type": "ExternalName", "ports": [["port": 1]]]], of: .services)
    #expect(Self.ports([service("h", "None"), external], []).isEmpty)
  }

  @Test func aChangeTouchesItsServiceAlone() throws {
    let services = (0..<100).map { service("s\($0)", "10.96.1.\($0)") }
    var slices = (0..<100).map { slice("s\($0)", ["10.244.1.\($0)", "10.244.2.\($0)"]) }
    var table = RoutingTable(configuration: RoutingConfiguration())
    let whole = table.change(services: services, slices: slices)
    #expect(try #require(whole).script.hasPrefix("add table ip callsign\ndelete table ip callsign\n"))
    table.commit()
    slices[7] = slice("s7", ["10.244.1.7"])
    let change = table.change(services: services, slices: slices)
    #expect(change?.rightFlows == nil && change?.closing == "")
    #expect(
      change?.script == """
        flush chain ip callsign service/default/s7/tcp/80
        add rule ip callsign service/default/s7/tcp/80 meta l4proto tcp dnat to 10.244.1.7:8080
        delete element ip callsign hairpins { 10.244.2.7 . 10.244.2.7 }

        """)
    // Not carried out: the next script replaces everything.
    table.forget()
    let next = table.change(services: services, slices: slices)
    #expect(next?.script.contains("delete table ip callsign") == true)
  }

  @Test func aSenderMovesBeforeItsFlowIsWrong() {
    var table = RoutingTable(configuration: RoutingConfiguration())
    let dns = service("dns", "10.96.0.10", ports: [["port": 53, "protocol": "UDP"]])
    func change(_ addresses: [String]) -> RoutingChange? {
      defer { table.commit() }
      return table.change(
        services: [dns], slices: [slice("dns", addresses, ports: [["port": 5353, "protocol": "UDP"]])])
    }
    // What an earlier run has left is looked for too.
    let first = change(["10.244.0.5"])
    #expect(first?.rightFlows == ["10.96.0.10 . 53 . 10.244.0.5 . 5353"])
    let more = change(["10.244.0.5", "10.244.0.6"])
    #expect(more?.rightFlows == nil && more?.closing == "")
    let fewer = change(["10.244.0.6"])
    #expect(fewer?.rightFlows == ["10.96.0.10 . 53 . 10.244.0.6 . 5353"])
    #expect(fewer?.script.contains(" flows ") == false)
    #expect(fewer?.closing == "delete element ip callsign flows { 10.96.0.10 . 53 . 10.244.0.5 . 5353 }\n")
  }

  @Test func twoFamiliesHaveTwoTables() throws {
    var table = RoutingTable(
      configuration: RoutingConfiguration(serviceCIDRs: ["10.96.0.0/12", "fd00:96::/112"], nodeAddresses: []))
    let change = table.change(
      services: [service("web", "fd00:96::9")],
      slices: [slice("web", [TestEndpoint(address: "fd00:244::5")], type: "IPv6")])
    let script = try #require(change).script
    #expect(script.contains("table ip callsign {") && script.contains("table ip6 callsign {"))
    #expect(
      script.contains("add element ip6 callsign services { fd00:96::9 . tcp . 80 : goto service/default/web/tcp/80 }"))
    #expect(script.contains("dnat to [fd00:244::5]:8080"))
    #expect(script.contains("ip6 daddr { fd00:96::/112 } reject with icmpv6 port-unreachable"))
  }
}
