// SPDX-License-Identifier: Apache-2.0

/// The part of our table that does not follow the Services: hooks, and the maps and sets that they look into.
///
/// - `prerouting`, `output` (nat, before routing): connections from pods and from the node itself go to endpoints.
/// - `check-…` (filter, right after): what still goes to a range of Services has no endpoint and is refused at once,
///   TCP by a reset, the rest by ICMP port unreachable.
/// - `postrouting`: an endpoint that reaches itself through a Service sees the node as its peer; or it would answer
///   itself past the translation.
///
/// **UDP flows whose endpoint is gone.** The kernel translates every packet of a flow as it did the first, so a client
/// that keeps its port would talk to a removed endpoint for as long as it talks, and so would a new client that the
/// same port falls to. To delete the flow would lose the answer that is under way. Here instead the flow, by its four
/// ends as the client has them, goes into another conntrack zone: its next packet belongs to no known flow there, and
/// is balanced afresh. Only the original direction has the zone; answers are found without it. A flow that goes on
/// keeps its zone (`zone-1`, `zone-2` …).
///
/// Flows whose endpoint goes are put into the set `leaving-…` of their zone, by what ``FlowSurvey`` finds, while the
/// endpoint still counts as right: none of their packets is lost. Whichever is missed then, for the kernel may lack
/// that interface, is noticed when it counts as wrong (`stale`): the packet is dropped, and the flow moves with its
/// next one. Where a set is full the rest of its rule is not done, and the packet is refused: its sender learns that
/// the flow goes nowhere.
///
/// Sets, and not one map from flows to zones, for nft 1.0.6 cannot have packets write to a map with such keys of IPv6.
enum BaseChains {
  /// The table's name in each family.
  static let table = "callsign"
  /// Marks the UDP flows that we translated: "call" in ASCII.
  static let mark: UInt32 = 0x6361_6C6C
  /// UDP flows that are kept in each zone, and those that are to leave it.
  static let flowLimit = 65536
  /// Clients that are remembered for affinity, for each endpoint.
  static let clientLimit = 65536
  /// Conntrack zones beside the kernel's own, 0. Moved more often than that in a few minutes, a flow may lose packets.
  static let zoneCount = 4
  /// How long a flow without packets stays in its zone; longer than the kernel keeps any UDP flow by default, 3 min.
  static let zoneTimeout = "5m"

  /// - Parameters:
  ///   - family: `ip` or `ip6`.
  ///   - serviceCIDRs: the ranges of that family.
  static func text(family: String, serviceCIDRs: [String]) -> String {
    let address = family == "ip" ? "ipv4_addr" : "ipv6_addr"
    let icmp = family == "ip" ? "icmp" : "icmpv6"
    let flow = "ct original \(family) daddr . ct original proto-dst"
    let ranges = serviceCIDRs.isEmpty ? "" : "{ \(serviceCIDRs.joined(separator: ", ")) }"
    let mark = "0x" + String(mark, radix: 16)
    let refusals = serviceCIDRs.isEmpty ? "" : """

          \(family) daddr \(ranges) meta l4proto tcp reject with tcp reset
          \(family) daddr \(ranges) reject with \(icmp) port-unreachable
      """
    return """
      table \(family) \(table) {
        map services {
          type \(address) . inet_proto . inet_service : verdict
        }
        set refused {
          type \(address) . inet_proto . inet_service
        }
        set hairpins {
          type \(address) . \(address)
        }
        set flows {
          type \(address) . inet_service . \(address) . inet_service
        }
      \(ZoneChains(family: family).text)
        chain zone-prerouting {
          type filter hook prerouting priority raw
          jump zone
        }
        chain zone-output {
          type filter hook output priority raw
          jump zone
        }
        chain prerouting {
          type nat hook prerouting priority dstnat
          \(family) daddr . meta l4proto . th dport vmap @services
        }
        chain output {
          type nat hook output priority -100
          \(family) daddr . meta l4proto . th dport vmap @services
        }
        chain check-udp {
          meta l4proto udp \(flow) . \(family) daddr . udp dport != @flows goto stale
        }
        chain check {
          ct mark \(mark) ct direction original meta l4proto udp jump check-udp
          \(family) daddr . meta l4proto . th dport @refused meta l4proto tcp reject with tcp reset
          \(family) daddr . meta l4proto . th dport @refused reject with \(icmp) port-unreachable\(refusals)
        }
        chain check-prerouting {
          type filter hook prerouting priority dstnat + 10
          jump check
        }
        chain check-output {
          type filter hook output priority filter
          jump check
        }
        chain postrouting {
          type nat hook postrouting priority srcnat
          ct status dnat \(family) saddr . \(family) daddr @hairpins masquerade
        }
      }

      """
  }
}
