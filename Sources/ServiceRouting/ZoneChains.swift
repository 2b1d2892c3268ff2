// SPDX-License-Identifier: Apache-2.0

/// The rules that keep UDP flows in conntrack zones, and move them from one to another: see ``BaseChains``.
///
/// - `zone`: before the kernel looks for a packet's flow, gives it the zone that the flow is in.
/// - `move-K`: the flow leaves zone K, for the next one that holds no flow of these four ends to an endpoint that is
///   gone.
/// - `stale`: the flow is to leave its zone.
struct ZoneChains {
  /// `ip` or `ip6`.
  let family: String

  /// The four ends of a flow before any translation, and after it.
  private var key: String { "\(family) saddr . udp sport . \(family) daddr . udp dport" }
  private var translatedKey: String {
    "\(family) saddr . udp sport . ct original \(family) daddr . ct original proto-dst"
  }
  private var refusal: String { "reject with \(family == "ip" ? "icmp" : "icmpv6") port-unreachable" }

  static func leaving(_ zone: Int) -> String { "leaving-\(zone)" }

  var text: String {
    let zones = 1...BaseChains.zoneCount
    let sets = zones.map { "zone-\($0)" } + (0...BaseChains.zoneCount).map(Self.leaving)
    var blocks = sets.map { name in
      block("set", name, [
        "typeof \(key)", "flags dynamic, timeout", "timeout \(BaseChains.zoneTimeout)", "size \(BaseChains.flowLimit)",
      ])
    }
    for zone in 0...BaseChains.zoneCount { blocks.append(block("chain", "move-\(zone)", move(from: zone))) }
    for zone in zones {
      blocks.append(block("chain", "in-\(zone)", [
        "\(key) @\(Self.leaving(zone)) goto move-\(zone)", "update @zone-\(zone) { \(key) }",
        "ct original zone set \(zone)",
      ]))
    }
    let places = zones.map { "\(key) @zone-\($0) goto in-\($0)" }
    blocks.append(
      block("chain", "zone", ["meta l4proto != udp return"] + places + ["\(key) @\(Self.leaving(0)) goto move-0"]))
    let departures = (0...BaseChains.zoneCount).map { zone in
      "meta l4proto udp ct original zone \(zone) add @\(Self.leaving(zone)) { \(translatedKey) } drop"
    }
    blocks.append(block("chain", "stale", departures + [refusal]))
    return blocks.joined(separator: "\n")
  }

  private func move(from zone: Int) -> [String] {
    var rules = ["delete @\(Self.leaving(zone)) { \(key) }"]
    if zone > 0 { rules.append("delete @zone-\(zone) { \(key) }") }
    for step in 0..<BaseChains.zoneCount {
      let next = 1 + (zone + step) % BaseChains.zoneCount
      if next == zone { continue }
      rules.append("\(key) != @\(Self.leaving(next)) add @zone-\(next) { \(key) } ct original zone set \(next) return")
    }
    return rules + [refusal]
  }

  private func block(_ kind: String, _ name: String, _ lines: [String]) -> String {
    "  \(kind) \(name) {\n" + lines.map { "    \($0)\n" }.joined() + "  }"
  }
}
