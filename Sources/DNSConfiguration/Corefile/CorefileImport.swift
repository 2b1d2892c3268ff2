// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Makes settings of a Corefile, and says what could not be made.
///
/// A Corefile has server blocks, each with zones, places to listen and a chain of plugins. Here one server has one set
/// of settings: the block with the `kubernetes` plugin gives them, and the block of the root zone what that one does
/// not say. Other blocks that forward a domain become routes.
package struct CorefileImport {
  /// The settings file.
  package private(set) var yaml = ""
  /// What is not in it, in the order of lines.
  package private(set) var notes: [CorefileNote] = []

  /// Whether something was left out that clients can notice.
  package var changesAnswers: Bool { notes.contains(where: \.changesAnswers) }

  var draft = SettingsDraft()
  /// The block that is being read.
  var block = CorefileBlockFacts()
  /// Whom blocks ask for names that are not the cluster's.
  var forwards: [CorefileForward] = []
  /// Where the main blocks are served.
  var places: [CorefileBlockFacts.Place] = []
  /// Where the forwards of the block that is being read begin.
  var firstForward = 0
  /// The zones of blocks that forward nothing of them, and the block's line.
  var unforwarded: [(zone: String, line: Int)] = []
  /// The line of the block whose cache counts.
  private var cacheLine: Int?
  /// The plugins that a block has given settings for.
  private var done: Set<String> = []

  /// - Parameters:
  ///   - name: what the Corefile is called, for the heading of the settings.
  ///   - environment: the variables that it may name.
  package init(_ text: String, name: String, environment: [String: String]) throws(CorefileError) {
    let corefile = try CorefileParser.parse(text, environment: environment)
    notes = corefile.notes
    var rest = corefile.blocks.map(CorefileBlockFacts.init)
    try Self.refuseNodeCache(rest)
    var main: [CorefileBlockFacts] = []
    // In the order in which they count; those that pods ask before those with encryption.
    for isMain in [{ $0.hasNames }, { $0.zones.contains(".") }] as [(CorefileBlockFacts) -> Bool] {
      let index = rest.firstIndex { isMain($0) && $0.isPlain } ?? rest.firstIndex(where: isMain)
      if let index { main.append(rest.remove(at: index)) }
    }
    if main.isEmpty, !rest.isEmpty { main.append(rest.removeFirst()) }
    cacheLine = (main.first { $0.has("cache") && $0.has("forward") } ?? main.first { $0.has("cache") })?.line
    for block in main { translate(block, isMain: true) }
    for block in rest { translate(block, isMain: false) }
    finishForwards()
    if let first = main.first { complete(first) } else {
      note(1, name, "there is no server block in it", changesAnswers: true)
    }
    notes.sort { ($0.line, $0.text, $0.reason) < ($1.line, $1.text, $1.reason) }
    yaml = draft.yaml(heading: [
      "Settings of callsign dns, made of \(name) by --import-corefile.",
      "Names of the cluster are never cached here: what an object says is what is answered.",
    ])
  }

  private mutating func translate(_ block: CorefileBlockFacts, isMain: Bool) {
    self.block = block
    for mistake in block.mistakes { note(block.line, mistake.key, mistake.reason, changesAnswers: true) }
    let isSecure = !isMain && !block.isPlain && block.zones.contains(".")
    if isMain || isSecure { listen(block, isMain: isMain) } else { noteOtherPlaces(of: block) }
    firstForward = forwards.count
    // The cluster's zone is known first: others are compared with it.
    let names = block.directives.filter { $0.name == "kubernetes" }
    let directives = names + block.directives.filter { $0.name != "kubernetes" }
    let before = done
    for directive in directives { translate(directive, isMain: isMain, isSecure: isSecure, before) }
    if !isMain { noteUnforwarded(block) }
  }

  /// A block sees the names of its zones alone, and no other block does: what it does not forward, nobody does.
  private mutating func noteUnforwarded(_ block: CorefileBlockFacts) {
    for zone in block.zones where zone != "." && !CorefileForward.isWithin(zone, clusterZone) {
      if forwards[firstForward...].contains(where: { $0.domains.contains(zone) }) { continue }
      unforwarded.append((zone, block.line))
    }
  }

  /// - Parameter before: the plugins that blocks before this one have given settings for.
  private mutating func translate(
    _ directive: Corefile.Directive, isMain: Bool, isSecure: Bool, _ before: Set<String>
  ) {
    let name = directive.name
    if name == "forward" {
      done.insert(name)
      return forward(directive)
    }
    if name == "kubernetes", done.contains(name) {
      return note(directive, "names of one cluster are served", changesAnswers: true)
    }
    if name == "bind", !isMain, !isSecure {
      return note(directive, "all names are served in the same places", changesAnswers: true)
    }
    let isChosen = switch name {
    case "cache": isMain && block.line == cacheLine
    case "hosts": true
    case "tls": isMain || isSecure
    default: isMain
    }
    if isChosen, !before.contains(name), let translate = Self.ofMain[name] {
      done.insert(name)
      return translate(&self, directive)
    }
    if let reason = Self.withoutEffect[name] {
      if !reason.isEmpty { note(directive, reason) }
    } else if Self.ofMain[name] != nil {
      note(
        directive, "there is one set of settings, that of the blocks for the cluster's names and for all others",
        changesAnswers: Self.shapesAnswers.contains(name))
    } else {
      note(directive, Self.leftOut[name] ?? "is not known to this translation", changesAnswers: true)
    }
  }

  /// Of those that become settings, the plugins that say what clients are answered.
  private static let shapesAnswers: Set<String> = ["kubernetes", "hosts", "autopath", "transfer"]

  /// The plugins of the main block that become settings.
  private static let ofMain: [String: @Sendable (inout CorefileImport, Corefile.Directive) -> Void] = [
    "kubernetes": { $0.kubernetes($1) }, "cache": { $0.cache($1) },
    "hosts": { $0.hosts($1) }, "health": { $0.health($1) }, "ready": { $0.ready($1) },
    "prometheus": { $0.prometheus($1) }, "autopath": { $0.autopath($1) }, "tls": { $0.tls($1) },
    "bufsize": { $0.bufsize($1) }, "chaos": { $0.chaos($1) }, "nsid": { $0.nsid($1) }, "loop": { $0.loop($1) },
    "timeouts": { $0.timeouts($1) }, "transfer": { $0.transfer($1) }, "multisocket": { $0.multisocket($1) },
    "loadbalance": { $0.loadbalance($1) },
  ]

  /// Plugins that can go: why, where it is worth a word.
  private static let withoutEffect: [String: String] = [
    "errors": "", "reload": "", "bind": "", "any": "", "minimal": "", "local": "", "cancel": "", "root": "",
    "log": "questions are not logged; metrics count them", "debug": "see logLevel",
    "pprof": "there is no such page", "trace": "there is none", "dnstap": "there is none", "metadata": "there is none",
    "nodecache": "see the node-local way of running callsign dns", "cache": "one cache holds all that is forwarded",
    "loop": "", "loadbalance": "", "prometheus": "metrics of all zones are in one place", "health": "", "ready": "",
  ]

  /// Plugins that change answers and are not there.
  private static let leftOut: [String: String] = [
    "rewrite": "names are not rewritten", "template": "answers are not made from templates",
    "acl": "clients are not told apart; a NetworkPolicy can keep them out", "file": "zone files are not served",
    "auto": "zone files are not served", "secondary": "other zones are not served", "etcd": "etcd is not read",
    "route53": "it is not read", "azure": "it is not read", "clouddns": "it is not read",
    "k8s_external": "names of external addresses are not served", "dnssec": "answers are not signed",
    "sign": "answers are not signed", "dns64": "addresses are not translated", "erratic": "it is not there",
    "whoami": "it is not there", "header": "flags of answers are not changed", "view": "clients are not told apart",
    "tsig": "transaction signatures are not checked", "geoip": "clients are not told apart",
    "grpc": "questions are not forwarded over gRPC", "alternate": "there is no second choice by answer",
  ]

  /// What the absence of a plugin means.
  private mutating func complete(_ first: CorefileBlockFacts) {
    if !first.hasNames {
      note(
        first.line, first.keys.joined(separator: " "),
        "no block has the kubernetes plugin, so this server did not serve names of a cluster itself; say where "
          + "they come from: objects or kubernetes.kubeconfig",
        changesAnswers: true)
    }
    for (plugin, key) in [("prometheus", "metrics"), ("health", "health"), ("ready", "ready")]
    where !done.contains(plugin) {
      addPlace(key, for: plugin, first.line)
    }
    if !done.contains("cache") {
      put("cache.maxEntries", ["0"], first.line, "cache", comment: "There was no cache of forwarded names.")
    }
  }

  // MARK: Notes and settings

  mutating func note(_ directive: Corefile.Directive, _ reason: String, changesAnswers: Bool = false) {
    note(directive.line, directive.text, reason, changesAnswers: changesAnswers)
  }

  mutating func note(_ line: Int, _ text: String, _ reason: String, changesAnswers: Bool) {
    notes.append(CorefileNote(line: line, text: text, reason: reason, changesAnswers: changesAnswers))
  }

  /// Sets a setting; what is wrong with its value becomes a note.
  mutating func put(
    _ key: String, _ items: [String], _ line: Int, _ text: String, isList: Bool = false, comment: String = ""
  ) {
    if let mistake = draft.set(key, items, isList: isList, comment: comment) {
      note(line, text, "\(key): \(mistake.message)", changesAnswers: true)
    }
  }

  mutating func put(_ key: String, _ item: String, _ directive: Corefile.Directive, comment: String = "") {
    put(key, [item], directive.line, directive.text, comment: comment)
  }

  mutating func add(_ key: String, _ items: [String], _ directive: Corefile.Directive, comment: String = "") {
    if let mistake = draft.add(key, items, comment: comment) {
      note(directive.line, directive.text, "\(key): \(mistake.message)", changesAnswers: true)
    }
  }

  /// Notes the lines of a body that were not understood.
  mutating func noteUnknown(_ option: Corefile.Directive, of plugin: String) {
    note(option.line, "\(plugin) \(option.text)", "is not known to this translation", changesAnswers: true)
  }
}
