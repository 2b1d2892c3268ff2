// SPDX-License-Identifier: Apache-2.0
import KubeModel

// What `nft -f` is given. Each script is one transaction: it is carried out as a whole or not at all, and no packet
// meets a state in between.
extension Ruleset {
  /// Elements in one command, so that no line grows without bound.
  private static let elementsPerCommand = 512

  /// A script that replaces whatever our table holds.
  func replacement(serviceCIDRs: [String]) -> String {
    let empty = Ruleset(family: family == "ip" ? .ipv4 : .ipv6)
    // A table that is not there cannot be deleted, one that is there can be added.
    return Self.removal(family: family) + BaseChains.text(family: family, serviceCIDRs: serviceCIDRs)
      + update(from: empty)
  }

  static func removal(family: String) -> String {
    "add table \(family) \(BaseChains.table)\ndelete table \(family) \(BaseChains.table)\n"
  }

  /// A script that changes a table that holds `old`; empty where nothing changes. What stays keeps its state, and
  /// flows that are no longer right are left in for ``flowRemoval(from:)``.
  func update(from old: Ruleset) -> String {
    var script = Script(family: family)
    for name in affinitySets.keys.sorted() where old.affinitySets[name] == nil {
      let address = family == "ip" ? "ipv4_addr" : "ipv6_addr"
      script.add(
        "add set", name,
        "{ type \(address); flags dynamic, timeout; timeout \(affinitySets[name] ?? 0)s; "
          + "size \(BaseChains.clientLimit); }")
    }
    let changed = chains.keys.filter { chains[$0] != old.chains[$0] }.sorted()
    let gone = old.chains.keys.filter { chains[$0] == nil }.sorted()
    for name in changed where old.chains[name] == nil { script.add("add chain", name) }
    // Elements and rules that lead to a chain go before it.
    script.elements("delete element", "services", old.services.filter { services[$0.key] != $0.value }.map(\.key))
    for name in changed + gone where old.chains[name] != nil { script.add("flush chain", name) }
    for name in changed {
      for rule in chains[name] ?? [] { script.add("add rule", name, rule) }
    }
    script.elements(
      "add element", "services", services.filter { old.services[$0.key] != $0.value }.map { "\($0.key) : \($0.value)" })
    for name in gone { script.add("delete chain", name) }
    for name in old.affinitySets.keys.sorted() where affinitySets[name] == nil { script.add("delete set", name) }
    for (set, before, after) in [
      ("refused", old.refused, refused), ("hairpins", old.hairpins, hairpins),
      ("flows", [], flows.subtracting(old.flows)),
    ] {
      script.elements("delete element", set, Array(before.subtracting(after)))
      script.elements("add element", set, Array(after.subtracting(before)))
    }
    return script.text
  }

  /// A script that takes the flows out that are no longer right.
  func flowRemoval(from old: Ruleset) -> String {
    var script = Script(family: family)
    script.elements("delete element", "flows", Array(old.flows.subtracting(flows)))
    return script.text
  }

  /// A script that has these flows leave their zones, and no others: what was to leave before is among them again, or
  /// has had no packet for so long that the kernel has forgotten it.
  /// - Parameter flows: by their zone, as the sets name them.
  static func departure(of flows: [Int: [String]], family: String) -> String {
    var script = Script(family: family)
    for zone in 0...BaseChains.zoneCount {
      script.add("flush set", ZoneChains.leaving(zone))
      script.elements("add element", ZoneChains.leaving(zone), flows[zone] ?? [])
    }
    return script.text
  }

  private struct Script {
    let family: String
    var text = ""

    mutating func add(_ command: String, _ name: String, _ rest: String = "") {
      text += "\(command) \(family) \(BaseChains.table) \(name)\(rest.isEmpty ? "" : " ")\(rest)\n"
    }

    mutating func elements(_ command: String, _ set: String, _ elements: [String]) {
      var rest = elements.sorted()[...]
      while !rest.isEmpty {
        add(command, set, "{ \(rest.prefix(Ruleset.elementsPerCommand).joined(separator: ", ")) }")
        rest = rest.dropFirst(Ruleset.elementsPerCommand)
      }
    }
  }
}
