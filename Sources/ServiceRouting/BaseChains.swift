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
/// same port falls to. To delete the flow would lose the answer that is under way. Here instead the sender gets a
/// conntrack zone of its own (`move`), so that its next packet belongs to no known flow and is balanced afresh. Only the
/// original direction has the zone; answers are found without it. A sender that goes on keeps its zone (`moved`), so
/// that its flow stays one.
///
/// Senders whose endpoint goes are put into the set `leaving`, by what ``FlowSurvey`` finds, while the endpoint still
/// counts as right: none of their packets is lost. Whoever is missed then, for the kernel may lack that interface, is
/// noticed when it counts as wrong (`stale`): the packet is dropped, and the sender moves with its next one.
/// Where too many have moved of late, `moved` is full, and the rest of its rule is not done: the packet is refused, so
/// that its sender learns that the flow goes nowhere.
enum BaseChains {
  /// The table's name in each family.
  static let table = "callsign"
  /// Marks the UDP flows that we translated: "call" in ASCII.
  static let mark: UInt32 = 0x6361_6C6C
  /// UDP senders that are kept in zones of their own, those that are to get one, and clients that are remembered for
  /// affinity, for each endpoint. Of the second as many again are replaced in one transaction, so half are taken.
  static let senderLimit = 65536
  /// How long a sender without packets stays in its zone; longer than the kernel keeps any UDP flow by default, 3 min.
  static let zoneTimeout = "5m"

  /// - Parameters:
  ///   - family: `ip` or `ip6`.
  ///   - serviceCIDRs: the ranges of that family.
  static func text(family: String, serviceCIDRs: [String]) -> String {
    let address = family == "ip" ? "ipv4_addr" : "ipv6_addr"
    let icmp = family == "ip" ? "icmp" : "icmpv6"
    let flow = "ct original \(family) daddr . ct original proto-dst"
    // nft 1.0.6 cannot carry an IPv6 address and more as the key of a map that packets write to: there all flows of
    // one address move together.
    let sender = family == "ip" ? "ip saddr . udp sport" : "ip6 saddr"
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
        map moved {
          typeof \(sender) : ct zone
          flags dynamic, timeout
          timeout \(zoneTimeout)
          size \(senderLimit)
        }
        set leaving {
          typeof \(sender)
          flags dynamic, timeout
          timeout \(zoneTimeout)
          size \(senderLimit)
        }
        chain move {
          meta l4proto udp delete @leaving { \(sender) }
          meta l4proto udp delete @moved { \(sender) : 0 }
          meta l4proto udp add @moved { \(sender) : numgen inc mod 65535 offset 1 } return
          meta l4proto udp reject with \(icmp) port-unreachable
        }
        chain zone {
          meta l4proto udp \(sender) @leaving jump move
          meta l4proto udp ct original zone set \(sender) map @moved
        }
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
        chain stale {
          jump move
          drop
        }
        chain check-udp {
          meta l4proto udp ct original zone != 0 update @moved { \(sender) : ct original zone }
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
