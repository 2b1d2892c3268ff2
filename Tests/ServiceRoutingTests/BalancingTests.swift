// SPDX-License-Identifier: Apache-2.0
import KubeModel
@testable import ServiceRouting
import Testing

/// The rules in a real kernel, with real clients and servers in namespaces of their own.
@Suite(.enabled(if: Lab.isPermitted, Lab.requirement), .serialized)
struct BalancingTests {
  private static let address = "10.96.0.20"
  private static let bothPorts: [JSONValue] = [
    ["name": "t", "port": 80, "protocol": "TCP"], ["name": "u", "port": 80, "protocol": "UDP"],
  ]
  private static let bothTargets: [JSONValue] = [
    ["name": "t", "port": 8080, "protocol": "TCP"], ["name": "u", "port": 8080, "protocol": "UDP"],
  ]

  private static func endpoints(_ hosts: [Int]) -> KubeObject {
    slice("web", hosts.map { "10.244.0.\($0)" }, ports: bothTargets)
  }

  private static func web(_ more: [String: JSONValue] = [:]) -> KubeObject {
    service("web", address, ports: bothPorts, more)
  }

  private func withLab(pods: [Int], _ body: (Lab, inout RoutingTable) async throws -> Void) async throws {
    var table = RoutingTable(configuration: RoutingConfiguration())
    try await Lab.with(pods: pods) { lab in try await body(lab, &table) }
  }

  private func apply(
    _ lab: Lab, _ table: inout RoutingTable, _ services: [KubeObject], _ slices: [KubeObject],
    movesFlows: Bool = true
  ) async throws {
    let change = table.change(services: services, slices: slices)
    try await lab.apply(#require(change), movesFlows: movesFlows)
    table.commit()
  }

  @Test(arguments: ["tcp", "udp"])
  func loadIsSharedFromPodsAndFromTheNode(_ transport: String) async throws {
    try await withLab(pods: [5, 6, 7, 9]) { lab, table in
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5, 6, 7])])
      for place in [lab.pod(9), lab.node] {
        // The chance that fair shares miss one of three in 60 is below 10⁻⁹.
        let answers = try await Lab.exchange(transport, Self.address, 80, count: 60, from: place)
        #expect(Set(answers.compactMap { $0.split(separator: " ").first }) == ["5", "6", "7"])
      }
      // A pod is seen by its own address.
      #expect(try await Lab.exchange(transport, Self.address, 80, from: lab.pod(9))[0].hasSuffix(" 10.244.0.9"))
    }
  }

  @Test(arguments: ["tcp", "udp"])
  func withoutEndpointsClientsAreRefusedAtOnce(_ transport: String) async throws {
    try await withLab(pods: [9]) { lab, table in
      try await apply(
        lab, &table, [Self.web(["externalIPs": ["192.0.2.10"]])], [])
      for place in [lab.pod(9), lab.node] {
        // The Service, a port that it does not have, an address that no Service has.
        for (address, port) in [(Self.address, 80), (Self.address, 81), ("10.96.7.7", 80)] {
          let answers = try await Lab.exchange(transport, address, port, from: place)
          #expect(answers == ["refused"], "\(place) \(address) \(port)")
        }
      }
      #expect(try await Lab.exchange(transport, "192.0.2.10", 80, from: lab.pod(9)) == ["refused"])
    }
  }

  @Test(arguments: ["tcp", "udp"])
  func aPodReachesItselfThroughItsService(_ transport: String) async throws {
    try await withLab(pods: [5]) { lab, table in
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5])])
      #expect(
        try await Lab.exchange(transport, Self.address, 80, count: 3, from: lab.pod(5))
          == Array(repeating: "5 10.244.0.1", count: 3))
    }
  }

  @Test func clientsStayWithTheirEndpoint() async throws {
    try await withLab(pods: [5, 6, 7, 9]) { lab, table in
      let sticky = Self.web(["sessionAffinity": "ClientIP"])
      try await apply(lab, &table, [sticky], [Self.endpoints([5, 6, 7])])
      let first = Set(try await Lab.exchange("tcp", Self.address, 80, count: 30, from: lab.pod(9)))
      #expect(first.count == 1)
      let host = try #require(first.first?.split(separator: " ").first.flatMap { Int($0) })
      // Others come and go.
      let others = [5, 6, 7].filter { $0 != host }
      try await apply(lab, &table, [sticky], [Self.endpoints([host, others[0]])])
      #expect(Set(try await Lab.exchange("tcp", Self.address, 80, count: 20, from: lab.pod(9))) == first)
      // It goes itself.
      try await apply(lab, &table, [sticky], [Self.endpoints(others)])
      let second = Set(try await Lab.exchange("tcp", Self.address, 80, count: 30, from: lab.pod(9)))
      #expect(second.count == 1 && second != first)
    }
  }

  @Test(arguments: [true, false], [true, false])
  func aUDPFlowLeavesAnEndpointThatIsGone(fromPod: Bool, movesFlows: Bool) async throws {
    try await withLab(pods: [5, 6, 7, 9]) { lab, table in
      // One flow: the client keeps its port.
      func ask() async throws -> String {
        let place = fromPod ? lab.pod(9) : lab.node
        let answer = try await Lab.exchange("udp", Self.address, 80, from: place, localPort: 40_000)
        return answer[0].split(separator: " ").first.map(String.init) ?? ""
      }
      func change(_ services: [KubeObject], _ slices: [KubeObject]) async throws {
        try await apply(lab, &table, services, slices, movesFlows: movesFlows)
      }
      try await change([Self.web()], [Self.endpoints([5])])
      #expect(try await ask() == "5")
      // Its endpoint goes: the flow is with another, where the rules alone do it after a datagram that is lost. And
      // once more.
      for next in [6, 7, 5] {
        try await change([Self.web()], [Self.endpoints([next])])
        if !movesFlows { #expect(try await ask() == "timeout") }
        #expect(try await ask() == "\(next)")
        #expect(try await ask() == "\(next)")
      }
      // Another endpoint comes and goes: the flow stays.
      for hosts in [[5, 6], [5]] {
        try await change([Self.web()], [Self.endpoints(hosts)])
        for _ in 0..<8 { #expect(try await ask() == "5") }
      }
      // None is left.
      try await change([Self.web()], [])
      if !movesFlows { #expect(try await ask() == "timeout") }
      #expect(try await ask() == "refused")
    }
  }

  @Test func noDatagramIsLostWhileEndpointsAreReplaced() async throws {
    try await withLab(pods: [5, 6, 9]) { lab, table in
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5])])
      // New clients, to whom the port of others falls that have just asked.
      let place = lab.pod(9)
      for index in 0..<10 {
        let host = index % 2 == 0 ? 6 : 5
        async let asking = Lab.exchange("udp", Self.address, 80, count: 300, from: place, localPort: 40_000)
        try await apply(lab, &table, [Self.web()], [Self.endpoints([host])])
        #expect(Set(try await asking).isSubset(of: ["5 10.244.0.9", "6 10.244.0.9"]))
        let after = try await Lab.exchange("udp", Self.address, 80, count: 3, from: place, localPort: 40_000)
        #expect(Set(after) == ["\(host) 10.244.0.9"])
      }
    }
  }

  /// A sender that the rules alone have moved, moves on without a loss.
  @Test func aFlowMovesAgain() async throws {
    try await withLab(pods: [5, 6, 7, 9]) { lab, table in
      func ask() async throws -> String {
        try await Lab.exchange("udp", Self.address, 80, from: lab.pod(9), localPort: 40_000)[0]
      }
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5])])
      #expect(try await ask().hasPrefix("5 "))
      try await apply(lab, &table, [Self.web()], [Self.endpoints([6])], movesFlows: false)
      #expect(try await ask() == "timeout")
      #expect(try await ask().hasPrefix("6 "))
      try await apply(lab, &table, [Self.web()], [Self.endpoints([7])])
      #expect(try await ask().hasPrefix("7 "))
    }
  }

  /// The kernel still lists the flow that a sender has left; it says nothing of where the sender is now.
  @Test func aFlowThatHasMovedStaysWhereItIs() async throws {
    try await withLab(pods: [5, 6, 7, 8, 9]) { lab, table in
      func ask() async throws -> String {
        try await Lab.exchange("udp", Self.address, 80, from: lab.pod(9), localPort: 40_000)[0]
      }
      for host in [5, 6] {
        try await apply(lab, &table, [Self.web()], [Self.endpoints([host])])
        #expect(try await ask().hasPrefix("\(host) "))
      }
      // Was it torn away, it would come back each time with a chance of one half.
      for hosts in Array(repeating: [[6, 7, 8], [6, 7]], count: 8).joined() {
        try await apply(lab, &table, [Self.web()], [Self.endpoints(hosts)])
        #expect(try await ask().hasPrefix("6 "))
      }
    }
  }

  /// Of one sender, the flow to another Service.
  @Test func otherFlowsOfASenderStay() async throws {
    try await withLab(pods: [5, 6, 7, 8, 9]) { lab, table in
      let other = service("other", "10.96.0.30", ports: Self.bothPorts)
      let others = slice("other", ["10.244.0.7", "10.244.0.8"], ports: Self.bothTargets)
      func ask(_ address: String) async throws -> String {
        try await Lab.exchange("udp", address, 80, from: lab.pod(9), localPort: 40_000)[0]
      }
      try await apply(lab, &table, [Self.web(), other], [Self.endpoints([5]), others])
      #expect(try await ask(Self.address).hasPrefix("5 "))
      let first = try await ask("10.96.0.30")
      // Were it moved as well, it would come back each time with a chance of one half.
      for host in [6, 5, 6, 5, 6, 5, 6, 5] {
        try await apply(lab, &table, [Self.web(), other], [Self.endpoints([host]), others])
        #expect(try await ask(Self.address).hasPrefix("\(host) "))
        #expect(try await ask("10.96.0.30") == first)
      }
    }
  }

  @Test func whereTooManyMoveAFlowIsRefused() async throws {
    try await withLab(pods: [5, 6, 9]) { lab, table in
      func ask() async throws -> String {
        try await Lab.exchange("udp", Self.address, 80, from: lab.pod(9), localPort: 40_000)[0]
      }
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5])])
      #expect(try await ask().hasPrefix("5 "))
      let all = (0..<BaseChains.flowLimit).map { "10.9.\($0 >> 8).\($0 & 255) . 1 . 10.9.9.9 . 1" }
      for set in ["leaving-0", "zone-1"] {
        try await lab.nft("add element ip callsign \(set) { \(all.joined(separator: ", ")) }\n")
      }
      try await apply(lab, &table, [Self.web()], [Self.endpoints([6])], movesFlows: false)
      #expect(try await ask() == "refused")
      try await lab.nft("flush set ip callsign leaving-0\n")
      #expect(try await ask() == "timeout")
      // Into another zone than the one that is full.
      #expect(try await ask().hasPrefix("6 "))
    }
  }

  /// As many as are taken, three times in a row: the set holds the last alone.
  @Test func flowsWithoutPacketsMakeWayForOthers() async throws {
    try await withLab(pods: []) { lab, table in
      try await apply(lab, &table, [Self.web()], [Self.endpoints([5])])
      for round in 0..<3 {
        let flows = (0..<BaseChains.flowLimit / 2).map { "ip 0 10.\(round).\($0 >> 8).\($0 & 255) . 1 . 10.9.9.9 . 1\n" }
        try await lab.nft(RoutingChange.departure(of: flows.joined()))
      }
      let listing = try await lab.listing(family: "ip")
      let leaving = try #require(listing.first { $0.contains("leaving-0") && $0.contains("10.2.127.255") })
      #expect(!leaving.contains("10.1.0.0") && !leaving.contains("10.0.0.0"))
    }
  }

  @Test func nodePortsAndEndingEndpoints() async throws {
    try await withLab(pods: [5, 9]) { lab, table in
      let ports: [JSONValue] = [["name": "t", "port": 80, "protocol": "TCP", "nodePort": 30080]]
      let ending = slice(
        "web", [TestEndpoint(address: "10.244.0.5", isReady: false, isTerminating: true)], ports: Self.bothTargets)
      try await apply(lab, &table, [service("web", Self.address, ports: ports, ["type": "NodePort"])], [ending])
      for place in [lab.pod(9), lab.node] {
        #expect(try await Lab.exchange("tcp", "10.244.0.1", 30080, from: place)[0].hasPrefix("5 "))
        #expect(try await Lab.exchange("tcp", Self.address, 80, from: place)[0].hasPrefix("5 "))
      }
    }
  }
}
