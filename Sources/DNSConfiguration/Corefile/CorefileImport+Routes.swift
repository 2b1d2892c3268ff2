// SPDX-License-Identifier: Apache-2.0

// What all `forward` of a Corefile amount to together.
extension CorefileImport {
  /// Writes upstreams, routes and options once every block has been read.
  mutating func finishForwards() {
    let general = forwards.first(where: \.isGeneral)
    if let general {
      add("forward.upstreams", general.upstreams, general.directive, comment: comment(general.upstreams))
      put(
        "forward.specialNames", "false", general.directive,
        comment: "CoreDNS has others asked for localhost, corp.local and the like, too.")
    }
    for forward in forwards where forward.isGeneral && forward.upstreams != general?.upstreams {
      let line = general?.directive.line ?? 0
      note(forward.directive, "all other names are forwarded already, as line \(line) says", changesAnswers: true)
    }
    for forward in forwards {
      for domain in forward.domains where domain != "." { route(domain, forward, general) }
    }
    for index in forwards.indices { refuseExceptions(of: index) }
    for (zone, line) in unforwarded where !hasRoute(zone) {
      put("forward.domains", draft.items("forward.domains") + ["\(zone) refuse"], line, zone, isList: true)
      note(line, zone, "the block forwards none of its names; they are refused", changesAnswers: false)
    }
    if let first = general ?? forwards.first(where: { !$0.upstreams.isEmpty }) { setOptions(of: first) }
  }

  private func comment(_ upstreams: [String]) -> String {
    upstreams.contains { $0.hasPrefix("/") }
      ? "The servers that this file names; in a pod, dnsPolicy: Default makes them the node's." : ""
  }

  // MARK: Routes

  private func hasRoute(_ domain: String) -> Bool {
    draft.items("forward.domains").contains { $0.hasPrefix(domain + " ") }
  }

  /// A route has addresses in it, so the servers of a file cannot stand there. Where nobody is left, its names are
  /// refused: those that all others are asked of must not hear of them.
  private mutating func route(_ domain: String, _ forward: CorefileForward, _ general: CorefileForward?) {
    let directive = forward.directive
    if hasRoute(domain) {
      note(directive, "\(domain) is forwarded already, as a line before says", changesAnswers: true)
      return
    }
    let addresses = forward.addresses
    if addresses.isEmpty, !forward.upstreams.isEmpty {
      let isOfAnother = forwards.contains { other in
        other.domains.contains { $0 != "." && $0 != domain && CorefileForward.isWithin(domain, $0) }
      }
      // Without a route, the same servers are asked.
      if !isOfAnother, general?.upstreams == forward.upstreams { return }
      note(
        directive, "a file of servers can be named for all names, not for one domain; names of \(domain) are refused",
        changesAnswers: true)
    } else if addresses.count < forward.upstreams.count {
      note(directive, "a file of servers can be named for all names, not for one domain", changesAnswers: true)
    }
    let words = [domain] + (addresses.isEmpty ? ["refuse"] : addresses)
    add("forward.domains", [words.joined(separator: " ")], directive)
  }

  /// An exception is for the names that its own forward would get, no more.
  private mutating func refuseExceptions(of index: Int) {
    for (domain, directive) in forwards[index].exceptions where !hasRoute(domain) {
      guard let depth = forwards[index].depth(of: domain) else { continue }
      let isOfAnother = forwards.contains { ($0.depth(of: domain) ?? -1) > depth }
      if !isOfAnother { add("forward.domains", ["\(domain) refuse"], directive) }
    }
  }

  // MARK: Options

  /// Settings of upstreams that a forward may set, and whether another value can change answers.
  private static let optionKeys = [
    ("forward.policy", true), ("forward.tcp", true), ("forward.maxFailures", false), ("forward.probeInterval", false),
    ("forward.probeName", false), ("forward.maxInFlight", false),
  ]

  private mutating func setOptions(of chosen: CorefileForward) {
    for (key, changes) in Self.optionKeys {
      if let option = chosen.options[key] {
        put(key, option.value, option.directive)
        if key == "forward.maxInFlight" { put("forward.overload", "refused", option.directive) }
      }
      for forward in forwards where forward.directive != chosen.directive && !forward.upstreams.isEmpty {
        compare(key, forward, chosen, changesAnswers: changes && (key != "forward.policy" || forward.hasChoice))
      }
    }
  }

  private mutating func compare(
    _ key: String, _ forward: CorefileForward, _ chosen: CorefileForward, changesAnswers: Bool
  ) {
    guard forward.options[key] != nil || chosen.options[key] != nil else { return }
    let standard = Setting.all.first { $0.key == key }?.defaultItems.first ?? "none"
    let value = chosen.options[key]?.value ?? standard
    // What is not said of this one is no limit there.
    let own = forward.options[key]?.value ?? (key == "forward.maxInFlight" ? "none" : standard)
    guard own != value else { return }
    note(
      forward.options[key]?.directive ?? forward.directive,
      "\(key) is \(value) for all upstreams, as for those of line \(chosen.directive.line), not \(own)",
      changesAnswers: changesAnswers)
  }
}
