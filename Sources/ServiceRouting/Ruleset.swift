// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The contents of our nftables table of one family that follow the Services: a value to compare and to write out.
///
/// A new connection to a frontend is sent through the verdict map ``services`` to the chain of its Service's port,
/// which picks an endpoint at random and translates the destination. With session affinity each endpoint has a chain
/// and a set of its clients besides.
struct Ruleset: Equatable, Sendable {
  /// nftables' name of the family: `ip` or `ip6`.
  let family: String
  /// The rules of each chain.
  private(set) var chains: [String: [String]] = [:]
  /// The sets of clients for session affinity, and the seconds that a client stays in them.
  private(set) var affinitySets: [String: Int64] = [:]
  /// From `address . protocol . port` to the verdict.
  private(set) var services: [String: String] = [:]
  /// Frontends without endpoints that no range of Services contains: `address . protocol . port`.
  private(set) var refused: Set<String> = []
  /// `address . address` of every endpoint: what a packet looks like that an endpoint sends to itself.
  private(set) var hairpins: Set<String> = []
  /// `frontend . port . endpoint . port` of every UDP flow that is right; what is no longer is known to
  /// ``FlowSurvey`` first.
  private(set) var flows: Set<String> = []

  /// An empty table.
  init(family: IPAddress.Family) {
    self.family = family == .ipv4 ? "ip" : "ip6"
  }

  /// - Parameter ports: the ports of one family. Of two that claim the same frontend the first one gets it, but a
  ///   Service's own address is not for others to claim.
  init(_ ports: [BalancedPort], family: IPAddress.Family) {
    self.init(family: family)
    func element(_ frontend: BalancedPort.Socket, _ port: BalancedPort) -> String {
      "\(frontend.address) . \(port.transport) . \(frontend.port)"
    }
    var owners: [String: String] = [:]
    for claims in [\BalancedPort.clusterFrontends, \.outerFrontends] {
      for port in ports {
        for frontend in port[keyPath: claims] {
          let element = element(frontend, port)
          if owners[element] == nil { owners[element] = port.name }
        }
      }
    }
    for port in ports {
      let frontends = (port.clusterFrontends + port.outerFrontends).map { ($0, element($0, port)) }
        .filter { owners[$0.1] == port.name }
      if port.backends.isEmpty {
        refused.formUnion(frontends.map(\.1))
        continue
      }
      for (frontend, element) in frontends {
        services[element] = "goto \(Self.chain(of: port))"
        guard port.transport == "udp" else { continue }
        for backend in port.backends {
          flows.insert("\(frontend.address) . \(frontend.port) . \(backend.address) . \(backend.port)")
        }
      }
      for backend in port.backends { hairpins.insert("\(backend.address) . \(backend.address)") }
      if let seconds = port.affinity { addSticky(port, seconds) } else { addFree(port) }
    }
  }

  private static func chain(of port: BalancedPort) -> String { "service/\(port.name)" }

  /// Each connection goes to an endpoint of its own choice.
  private mutating func addFree(_ port: BalancedPort) {
    let target: String
    if port.backends.count == 1 {
      target = "to \(literal(port.backends[0]))"
    } else {
      let map = port.backends.enumerated().map { "\($0.offset) : \($0.element.address) . \($0.element.port)" }
      target = "\(family) to numgen random mod \(map.count) map { \(map.joined(separator: ", ")) }"
    }
    chains[Self.chain(of: port)] = [translation(port, target)]
  }

  /// Each connection goes where its client's last one went, if that was not too long ago.
  private mutating func addSticky(_ port: BalancedPort, _ seconds: Int64) {
    var known: [String] = []
    var choices: [String] = []
    for (index, backend) in port.backends.enumerated() {
      let octets = backend.address.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let name = "\(port.name)/\(octets)/\(backend.port)"
      let (chain, set) = ("endpoint/\(name)", "clients/\(name)/\(seconds)")
      affinitySets[set] = seconds
      chains[chain] = ["update @\(set) { \(family) saddr }", translation(port, "to \(literal(backend))")]
      known.append("\(family) saddr @\(set) goto \(chain)")
      choices.append("\(index) : goto \(chain)")
    }
    chains[Self.chain(of: port)] =
      known + ["numgen random mod \(choices.count) vmap { \(choices.joined(separator: ", ")) }"]
  }

  private func translation(_ port: BalancedPort, _ target: String) -> String {
    let mark = port.transport == "udp" ? "ct mark set 0x\(String(BaseChains.mark, radix: 16)) " : ""
    return "\(mark)meta l4proto \(port.transport) dnat \(target)"
  }

  private func literal(_ socket: BalancedPort.Socket) -> String {
    family == "ip" ? "\(socket.address):\(socket.port)" : "[\(socket.address)]:\(socket.port)"
  }
}
