// SPDX-License-Identifier: Apache-2.0
import DNSWire

// Names that are not the cluster's: who is asked.
//
// Each `forward` is read where it stands; what they amount to together is known when all have been: here all upstreams
// share one set of options, and that of the forward for all names counts, wherever it stands.
extension CorefileImport {
  var clusterZone: String { draft.items("zone").first ?? "cluster.local" }

  mutating func forward(_ directive: Corefile.Directive) {
    guard let from = directive.arguments.first, let zones = CorefileBlockFacts.zones(from) else {
      note(directive, "it names no domain", changesAnswers: true)
      return
    }
    let domains = ownDomains(zones, directive).filter { domain in
      guard CorefileForward.isWithin(domain, clusterZone) else { return true }
      note(directive, "names of the cluster's zone are answered here", changesAnswers: true)
      return false
    }
    if domains.isEmpty { return }
    let upstreams = directive.arguments.dropFirst().compactMap { upstream($0, directive) }
    for upstream in upstreams { checkUpstream(upstream, directive) }
    var forward = CorefileForward(directive, domains: domains, upstreams: upstreams)
    for option in directive.body { forwardOption(option, &forward) }
    if upstreams.isEmpty {
      let names = domains.contains(".") ? "such names" : "names of \(domains.joined(separator: ", "))"
      note(directive, "nobody is left to be asked; \(names) are refused", changesAnswers: true)
    }
    forwards.append(forward)
  }

  /// The domains for which a forward is asked: a block's plugins see the names of its zones alone, and of two that could
  /// take a name the first one does.
  private mutating func ownDomains(_ zones: [String], _ directive: Corefile.Directive) -> [String] {
    var domains: [String] = []
    for zone in zones {
      for own in block.zones {
        if CorefileForward.isWithin(zone, own) { domains.append(zone) } else if CorefileForward.isWithin(own, zone) {
          domains.append(own)
        }
      }
    }
    if domains.isEmpty {
      note(directive, "the block is for other names, and so it is never asked", changesAnswers: false)
    }
    return domains.filter { domain in
      guard let first = forwards[firstForward...].first(where: { $0.takes(domain) }) else { return true }
      note(directive, "the forward of line \(first.directive.line) takes these names before it", changesAnswers: false)
      return false
    }
  }

  /// An upstream as it is written here; nil, with a note, where it cannot be asked.
  private mutating func upstream(_ text: String, _ directive: Corefile.Directive) -> String? {
    var rest = text[...]
    if let range = rest.firstRange(of: "://") {
      let transport = rest[..<range.lowerBound]
      guard transport == "dns" else {
        note(directive, "\(text): upstreams are asked over UDP and TCP, not over \(transport)", changesAnswers: true)
        return nil
      }
      rest = rest[range.upperBound...]
    }
    if rest.hasPrefix("/") { return String(rest) }
    guard ListenAddress(String(rest), defaultPort: 53)?.address != nil else {
      note(directive, "\(text) is no address", changesAnswers: true)
      return nil
    }
    return String(rest)
  }

  private mutating func forwardOption(_ option: Corefile.Directive, _ forward: inout CorefileForward) {
    let first = option.arguments.first ?? ""
    switch option.name {
    case "except":
      for domain in option.arguments {
        guard let zones = CorefileBlockFacts.zones(domain) else {
          note(option, "\(domain) is no domain", changesAnswers: true)
          continue
        }
        // Names of the cluster never come that far.
        for zone in zones where !CorefileForward.isWithin(zone, clusterZone) {
          forward.exceptions.append((zone, option))
        }
      }
    case "force_tcp": forward.set("forward.tcp", "true", option)
    case "prefer_udp": break  // The order here.
    case "max_fails": forward.set("forward.maxFailures", first, option)
    case "policy": forward.set("forward.policy", first == "round_robin" ? "round-robin" : first, option)
    case "health_check":
      guard let time = GoDuration.milliseconds(first) else {
        return note(option, "is no span of time", changesAnswers: true)
      }
      forward.set("forward.probeInterval", "\(time)", option)
      healthCheck(option.arguments.dropFirst(), option, &forward)
    // 0 is no limit.
    case "max_concurrent": if first != "0" { forward.set("forward.maxInFlight", first, option) }
    case "tls", "tls_servername":
      note(option, "upstreams are asked over UDP and TCP", changesAnswers: true)
    case "next", "failover", "failfast_all_unhealthy_upstreams":
      note(option, "an upstream's failure is answered to by asking another upstream", changesAnswers: true)
    case "expire", "max_age", "max_idle_conns", "max_connect_attempts":
      note(option, "sockets and tries have limits of their own: forward.maxTries, forward.deadline")
    default: noteUnknown(option, of: "forward")
    }
  }

  /// `[no_rec] [domain FQDN]`
  private mutating func healthCheck(
    _ arguments: ArraySlice<String>, _ option: Corefile.Directive, _ forward: inout CorefileForward
  ) {
    var rest = arguments
    while let word = rest.popFirst() {
      switch word {
      case "domain":
        guard let domain = rest.popFirst() else { return note(option, "it names no domain") }
        forward.set("forward.probeName", domain, option)
      case "no_rec": note(option, "a health check asks for recursion; any answer will do")
      default: note(option, "\(word) is not known to this translation")
      }
    }
  }

  mutating func loop(_ directive: Corefile.Directive) { put("forward.detectLoops", "true", directive) }
}
