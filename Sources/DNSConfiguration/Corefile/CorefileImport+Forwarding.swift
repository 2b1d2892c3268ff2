// SPDX-License-Identifier: Apache-2.0
import DNSWire

// Names that are not the cluster's: who is asked, and what is remembered.
extension CorefileImport {
  private var clusterZone: String { draft.items("zone").first ?? "cluster.local" }

  // MARK: forward

  mutating func forward(_ directive: Corefile.Directive) {
    guard let from = directive.arguments.first, let zones = CorefileBlockFacts.zones(from) else {
      note(directive, "it names no domain", changesAnswers: true)
      return
    }
    // A block's plugins see the names of its zones alone.
    let domains = zones == ["."] ? block.zones : zones
    let upstreams = directive.arguments.dropFirst().compactMap { upstream($0, directive) }
    if upstreams.isEmpty {
      note(directive, "nobody is left to be asked", changesAnswers: true)
      return
    }
    for domain in domains where domain != "." { route(domain, upstreams, directive) }
    if domains.contains(".") { add("forward.upstreams", upstreams, directive, comment: comment(upstreams)) }
    for option in directive.body { forwardOption(option) }
  }

  private func comment(_ upstreams: [String]) -> String {
    upstreams.contains { $0.hasPrefix("/") }
      ? "The servers that this file names; in a pod, dnsPolicy: Default makes them the node's." : ""
  }

  /// A route has addresses in it, so the servers of a file cannot stand there.
  private mutating func route(_ domain: String, _ upstreams: [String], _ directive: Corefile.Directive) {
    if domain == clusterZone {
      note(directive, "names of the cluster's zone are answered here", changesAnswers: true)
      return
    }
    if draft.items("forward.domains").contains(where: { $0.hasPrefix(domain + " ") }) {
      note(directive, "\(domain) is forwarded already, as a line before says", changesAnswers: true)
      return
    }
    let addresses = upstreams.filter { !$0.hasPrefix("/") }
    if addresses.count < upstreams.count {
      note(directive, "a file of servers can be named for all names, not for one domain", changesAnswers: true)
    }
    if !addresses.isEmpty { add("forward.domains", [([domain] + addresses).joined(separator: " ")], directive) }
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

  private mutating func forwardOption(_ option: Corefile.Directive) {
    let first = option.arguments.first ?? ""
    switch option.name {
    case "except":
      for domain in option.arguments {
        guard let zones = CorefileBlockFacts.zones(domain) else {
          note(option, "\(domain) is no domain", changesAnswers: true)
          continue
        }
        // Names of the cluster never come that far.
        for zone in zones where zone != clusterZone { add("forward.domains", ["\(zone) refuse"], option) }
      }
    case "force_tcp": put("forward.tcp", "true", option)
    case "prefer_udp": break  // The order here.
    case "max_fails": put("forward.maxFailures", first, option)
    case "policy": put("forward.policy", first == "round_robin" ? "round-robin" : first, option)
    case "health_check":
      guard let time = GoDuration.milliseconds(first) else {
        return note(option, "is no span of time", changesAnswers: true)
      }
      put("forward.probeInterval", "\(time)", option)
      healthCheck(option.arguments.dropFirst(), option)
    case "max_concurrent":
      put("forward.maxInFlight", first, option)
      put("forward.overload", "refused", option)
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
  private mutating func healthCheck(_ arguments: ArraySlice<String>, _ option: Corefile.Directive) {
    var rest = arguments
    while let word = rest.popFirst() {
      switch word {
      case "domain":
        guard let domain = rest.popFirst() else { return note(option, "it names no domain") }
        put("forward.probeName", domain, option)
      case "no_rec": note(option, "a health check asks for recursion; any answer will do")
      default: note(option, "\(word) is not known to this translation")
      }
    }
  }

  mutating func loop(_ directive: Corefile.Directive) { put("forward.detectLoops", "true", directive) }

  // MARK: cache

  mutating func cache(_ directive: Corefile.Directive) {
    var arguments = directive.arguments[...]
    if let ttl = arguments.first, UInt32(ttl) != nil {
      put("cache.maxTtl", ttl, directive)
      put("cache.maxNegativeTtl", ttl, directive)
      arguments = arguments.dropFirst()
    } else {
      put("cache.maxNegativeTtl", "1800", directive, comment: "What CoreDNS has where nothing is said.")
    }
    if !arguments.isEmpty { note(directive, "all that is forwarded is remembered, in whatever zone") }
    var capacity = 0
    for option in directive.body { cacheOption(option, &capacity) }
    if capacity > 0 { put("cache.maxEntries", "\(capacity)", directive) }
  }

  private mutating func cacheOption(_ option: Corefile.Directive, _ capacity: inout Int) {
    let arguments = option.arguments
    switch option.name {
    case "success", "denial":
      if let entries = arguments.first.flatMap({ Int($0) }), entries >= 0 {
        // More than fit are more than are allowed, which is said where the sum is put.
        let (sum, isTooLarge) = capacity.addingReportingOverflow(entries)
        capacity = isTooLarge ? .max : sum
      } else {
        note(option, "does not say how many answers are remembered")
      }
      if arguments.count > 1 {
        put(option.name == "success" ? "cache.maxTtl" : "cache.maxNegativeTtl", arguments[1], option)
      }
      if arguments.count > 2, arguments[2] != "5" {
        note(option, "an answer is not remembered for longer than it says")
      }
    case "prefetch":
      put("cache.prefetchHits", arguments.first ?? "", option)
      for argument in arguments.dropFirst() where argument.hasSuffix("%") {
        put("cache.prefetchPart", String(argument.dropLast()), option)
      }
    case "serve_stale":
      let time = arguments.first.map { GoDuration.seconds($0) } ?? 3600
      guard let time else { return note(option, "is no span of time", changesAnswers: true) }
      put("cache.stale", "\(time)", option)
      if arguments.count > 1, arguments[1] == "immediate" { put("cache.staleWait", "0", option) }
    case "servfail":
      guard let time = arguments.first.flatMap({ GoDuration.seconds($0) }) else {
        return note(option, "is no span of time", changesAnswers: true)
      }
      put("cache.failureTtl", "\(time)", option)
    case "disable":
      // Names of the cluster are never remembered here.
      let others = arguments.dropFirst().filter { $0.trimmingDot != clusterZone }
      if arguments.count == 1 {
        put(arguments[0] == "success" ? "cache.maxTtl" : "cache.maxNegativeTtl", "0", option)
      } else if !others.isEmpty {
        note(option, "all that is forwarded is remembered, in whatever zone")
      }
    case "keepttl": note(option, "a remembered answer's time counts down")
    default: noteUnknown(option, of: "cache")
    }
  }

  // MARK: hosts

  mutating func hosts(_ directive: Corefile.Directive) {
    if let file = directive.arguments.first, HostAddress(file) == nil {
      put("hosts.file", file, directive, comment: "A file of CoreDNS' pod: this one needs it too.")
    } else {
      note(directive, "the pod's own /etc/hosts is not read; hosts.file names a file")
    }
    if directive.arguments.count > 1 { note(directive, "static names are served in whatever zone") }
    put("hosts.ttl", "3600", directive, comment: "What CoreDNS has where nothing is said.")
    var falls = false
    for option in directive.body {
      switch option.name {
      case "ttl": put("hosts.ttl", option.arguments.first ?? "", option)
      case "reload": break  // A change is told of.
      case "no_reverse": note(option, "addresses of static names lead back to them", changesAnswers: true)
      case "fallthrough": falls = true
      default: host(option)
      }
    }
    if !falls {
      note(directive, "names that are not there are looked up further, as with fallthrough", changesAnswers: true)
    }
  }

  private mutating func host(_ option: Corefile.Directive) {
    guard HostAddress(option.name) != nil, !option.arguments.isEmpty else {
      return noteUnknown(option, of: "hosts")
    }
    add("hosts.entries", [option.text], option)
    if option.arguments.contains(where: { $0.trimmingDot.lowercased().hasSuffix("." + clusterZone) }) {
      note(option, "names below \(clusterZone) are those of objects alone", changesAnswers: true)
    }
  }
}
