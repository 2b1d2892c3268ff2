// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire

extension Setting {
  static let forwarding: [Setting] = [
    Setting(
      "forward.upstreams", "ADDRESS…", default: [],
      "Resolvers for names outside the zone: ADDRESS or ADDRESS:PORT, or the path of a file such as /etc/resolv.conf, "
        + "for the servers that it names when settings are read. None: such names are refused."
    ) { value, settings throws(ValueMistake) in
      settings.server.forwarding.upstreams = try value.upstreams(orFiles: true)
    },
    choice(
      "forward.policy", "POLICY", \.server.forwarding.policy,
      "Which upstream is asked first: random, round-robin or sequential (the first that is healthy)."),
    Setting(
      "forward.domains", "DOMAIN ADDRESS……", default: [],
      "Domains that are asked for elsewhere: a domain and its upstreams, with spaces between, or the word refuse. The "
        + "longest that fits decides. The zone's own names are not forwarded."
    ) { value, settings throws(ValueMistake) in
      settings.server.forwarding.routes = try value.map { text throws(ValueMistake) in try route(text) }
    },
    boolean("forward.tcp", \.server.forwarding.usesTCP, "Whether upstreams are asked over TCP from the start."),
    boolean(
      "forward.randomCase", \.server.forwarding.randomizesCase,
      "Whether upstreams are asked with random letter case, which their answers have to repeat."),
    number(
      "forward.timeout", "MILLISECONDS", \.server.forwarding.timeoutMilliseconds,
      in: ForwardingSettings.Limits.timeoutMilliseconds,
      "What one upstream has for one try; forward.deadline ends it all the same."),
    number(
      "forward.deadline", "MILLISECONDS", \.server.forwarding.deadlineMilliseconds,
      in: ForwardingSettings.Limits.deadlineMilliseconds,
      "What all tries of one question have together."),
    number(
      "forward.maxTries", "N", \.server.forwarding.maximumTries,
      in: ForwardingSettings.Limits.tries, "Tries for one question in all."),
    number(
      "forward.maxInFlight", "N", \.server.forwarding.maximumInFlight, in: ForwardingSettings.Limits.inFlight,
      "Questions that may wait for upstreams at one time."),
    choice(
      "forward.overload", "CODE", \.server.forwarding.overloadAnswer,
      "What further ones get: servfail, or refused, on which clients go to another server."),
    number(
      "forward.maxFailures", "N", \.server.forwarding.maximumFailures, in: ForwardingSettings.Limits.failures,
      "Health checks in a row without an answer after which an upstream counts as down; 0 for never, and no checks. "
        + "They begin when a question has no answer."),
    number(
      "forward.probeInterval", "MILLISECONDS", \.server.forwarding.probeMilliseconds,
      in: ForwardingSettings.Limits.probeMilliseconds,
      "The time between two health checks of one upstream; doubled each time while it is down."),
    Setting(
      "forward.probeName", "DOMAIN", default: ["."],
      "The name whose NS records a health check asks for; any answer will do."
    ) { value, settings throws(ValueMistake) in
      let text = try value.single()
      settings.server.forwarding.probeName = text == "." ? .root : try SettingValue.name(text)
    },
    boolean(
      "forward.detectLoops", \.server.forwarding.detectsLoops,
      "Whether upstreams that lead back to this server are found and left out."),
    boolean(
      "forward.specialNames", \.server.forwarding.answersSpecialNames,
      "Whether names such as localhost and onion are answered here, as their RFCs say."),
    boolean(
      "forward.privateNames", \.server.forwarding.forwardsPrivateNames,
      "Whether upstreams are asked for home.arpa and reverse names of private addresses."),
    Setting(
      "hosts.file", "PATH", default: [], "Names with fixed addresses, as in hosts(5); read again when it changes."
    ) { value, settings throws(ValueMistake) in
      settings.server.forwarding.staticNames.file = try value.single()
    },
    Setting(
      "hosts.entries", "ADDRESS NAME……", default: [],
      "Such names one by one: an address and its names, with spaces between."
    ) { value, settings throws(ValueMistake) in
      settings.server.forwarding.staticNames.entries = try value.map { text throws(ValueMistake) in try entry(text) }
    },
    number(
      "hosts.ttl", "SECONDS", \.server.forwarding.staticNames.ttl, in: StaticNameSettings.ttls,
      "How long clients may remember such an answer."),
  ]

  static let cache: [Setting] = [
    number(
      "cache.maxEntries", "N", \.server.forwarding.cache.maximumEntries, in: ForwardCacheSettings.Limits.entries,
      "Answers of upstreams that are remembered. Names of the cluster never are."),
    number(
      "cache.maxOctets", "OCTETS", \.server.forwarding.cache.maximumOctets, in: ForwardCacheSettings.Limits.octets,
      "What they may take in all."),
    number(
      "cache.maxTtl", "SECONDS", \.server.forwarding.cache.maximumTTL, in: ForwardCacheSettings.Limits.ttl,
      "How long an answer is remembered at most."),
    number(
      "cache.maxNegativeTtl", "SECONDS", \.server.forwarding.cache.maximumNegativeTTL,
      in: ForwardCacheSettings.Limits.negativeTTL,
      "How long a no is remembered at most."),
    number(
      "cache.failureTtl", "SECONDS", \.server.forwarding.cache.failureTTL, in: ForwardCacheSettings.Limits.failureTTL,
      "How long it is remembered that no upstream has an answer."),
    number(
      "cache.stale", "SECONDS", \.server.forwarding.cache.staleSeconds, in: ForwardCacheSettings.Limits.staleSeconds,
      "How long after its end an answer is still given when upstreams are away (RFC 8767); 0 for never."),
    number(
      "cache.staleWait", "MILLISECONDS", \.server.forwarding.cache.staleWaitMilliseconds,
      in: ForwardCacheSettings.Limits.staleWaitMilliseconds,
      "How long a client waits before it gets such an answer."),
    number(
      "cache.prefetchHits", "N", \.server.forwarding.cache.prefetchHits, in: ForwardCacheSettings.Limits.prefetchHits,
      "Questions for an answer after which it is asked for anew before it ends; 0 for never."),
    number(
      "cache.prefetchPart", "PERCENT", \.server.forwarding.cache.prefetchPercent,
      in: ForwardCacheSettings.Limits.prefetchPercent,
      "The last part of an answer's life in which that happens."),
  ]

  private static func route(_ text: String) throws(ValueMistake) -> ForwardingRoute {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count > 1, let first = words.first else {
      throw ValueMistake(found: text, allowed: "DOMAIN ADDRESS…, or DOMAIN refuse")
    }
    let domain = try SettingValue.name(first)
    if words.dropFirst() == ["refuse"] { return ForwardingRoute(domain, upstreams: []) }
    var upstreams: [Upstream] = []
    for word in words.dropFirst() { upstreams.append(try SettingValue.upstream(word)) }
    return ForwardingRoute(domain, upstreams: upstreams)
  }

  private static func entry(_ text: String) throws(ValueMistake) -> StaticNameEntry {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count > 1, let address = HostAddress(words[0]) else {
      throw ValueMistake(found: text, allowed: "an address and names, such as 10.0.0.5 db.example.com db")
    }
    var names: [Name] = []
    for word in words.dropFirst() { names.append(try SettingValue.name(word)) }
    return StaticNameEntry(address: address, names: names)
  }
}
