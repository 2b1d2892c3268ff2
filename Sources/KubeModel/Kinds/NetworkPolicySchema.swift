// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Who may talk to whom. Kept and checked, not enforced here.
extension ObjectType {
  package static let networkPolicy = ObjectType(
    .networking, "NetworkPolicy", "Which traffic some pods may have.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.networkPolicySpec), "The traffic.").defaulted([:]),
    ])

  package static let networkPolicySpec = ObjectType(
    .networking, "NetworkPolicySpec", "Which traffic some pods may have.",
    [
      Field("podSelector", 1, .object(.labelSelector), "Chooses the pods; empty chooses all of the namespace.")
        .defaulted([:]),
      Field("ingress", 2, .objects(.networkPolicyIngressRule), "Traffic that they may receive; each rule adds some."),
      Field("egress", 3, .objects(.networkPolicyEgressRule), "Traffic that they may send; each rule adds some."),
      Field("policyTypes", 4, .strings, "Directions that are restricted.")
        .rule(.atMost(2), .elements(.oneOf(["Egress", "Ingress"]))),
    ],
    advice: { member, _ in
      switch member {
      case "selector", "matchLabels": "write podSelector: {matchLabels: …}"
      case "from", "to", "ports": "\(member) belongs into a rule: write ingress: or egress: with a list of rules"
      default: nil
      }
    },
    defaulting: { spec in
      guard spec["policyTypes"] == nil else { return }
      let hasEgress = spec["egress"]?.array?.isEmpty == false
      spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
    })

  package static let networkPolicyIngressRule = ObjectType(
    .networking, "NetworkPolicyIngressRule", "Traffic that may be received.",
    [
      Field("ports", 1, .objects(.networkPolicyPort), "Ports of the pods; all if absent."),
      Field("from", 2, .objects(.networkPolicyPeer), "Who may send it; everyone if absent."),
    ])

  package static let networkPolicyEgressRule = ObjectType(
    .networking, "NetworkPolicyEgressRule", "Traffic that may be sent.",
    [
      Field("ports", 1, .objects(.networkPolicyPort), "Ports of the destination; all if absent."),
      Field("to", 2, .objects(.networkPolicyPeer), "Who may receive it; everyone if absent."),
    ])

  package static let networkPolicyPort = ObjectType(
    .networking, "NetworkPolicyPort", "A port, or a range of ports.",
    [
      Field("protocol", 1, .string, "Transport.").explicit().defaulted("TCP").rule(.transportProtocol),
      Field("port", 2, .intOrString, "The port by number or name; all if absent.").rule(.port),
      Field("endPort", 3, .int32, "The last port of a range that begins at `port`.").explicit().rule(.port),
    ],
    validation: { port, path, errors in
      if case .string(let name)? = port["port"], let problem = ValueFormat.portName.problem(of: name) {
        errors.append(.invalid(path.appending("port"), .string(name), problem))
      }
      guard let end = port["endPort"]?.int else { return }
      let path = path.appending("endPort")
      switch port["port"] {
      case .int(let first):
        if end < first { errors.append(.invalid(path, .int(end), "must be greater than or equal to `port`")) }
      case nil: errors.append(.forbidden(path, "may not be specified when `port` is not specified"))
      default: errors.append(.forbidden(path, "may not be specified when `port` is non-numeric"))
      }
    })

  package static let networkPolicyPeer = ObjectType(
    .networking, "NetworkPolicyPeer", "Pods, or addresses, at the other end.",
    [
      Field("podSelector", 1, .object(.labelSelector), "Chooses pods."),
      Field("namespaceSelector", 2, .object(.labelSelector), "Chooses the namespaces of the pods; its own if absent."),
      Field("ipBlock", 3, .object(.ipBlock), "Addresses."),
    ],
    validation: { peer, path, errors in
      if peer["podSelector"] == nil, peer["namespaceSelector"] == nil, peer["ipBlock"] == nil {
        errors.append(.required(path, "must specify a peer"))
      }
      if peer["ipBlock"] != nil {
        for member in ["podSelector", "namespaceSelector"] where peer[member] != nil {
          errors.append(.forbidden(path.appending(member), "may not be specified when `ipBlock` is also specified"))
        }
      }
    })

  package static let ipBlock = ObjectType(
    .networking, "IPBlock", "A block of addresses.",
    [
      Field("cidr", 1, .string, "The block, such as 10.0.0.0/8.").required().rule(.format(.addressBlock)),
      Field("except", 2, .strings, "Blocks within it that are left out.").rule(.elements(.format(.addressBlock))),
    ],
    validation: { block, path, errors in
      guard let outer = block["cidr"]?.string.flatMap({ AddressBlock($0) }) else { return }
      for (index, except) in (block["except"]?.array ?? []).enumerated() {
        guard let inner = except.string.flatMap({ AddressBlock($0) }) else { continue }
        if !outer.strictlyContains(inner) {
          errors.append(
            .invalid(
              path.appending("except").appending(index: index), except, "must be a strict subset of `cidr`"))
        }
      }
    })
}
