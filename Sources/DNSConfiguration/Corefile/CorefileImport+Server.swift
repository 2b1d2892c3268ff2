// SPDX-License-Identifier: Apache-2.0
import DNSWire

// Where the server listens, and what machines ask it.
extension CorefileImport {
  // MARK: Places

  /// The places of the main block: those of its zones' ports, at the addresses of `bind`.
  mutating func listen(_ block: CorefileBlockFacts, isMain: Bool) {
    let addresses = boundAddresses(of: block)
    checkPorts(block)
    places += block.places
    for place in block.places {
      let hosts = addresses.isEmpty ? [""] : addresses.map(Self.host)
      let items = hosts.map { "\($0):\(place.port)" }
      let key = switch place.transport {
      case .dns: "listen"
      case .tls: "tls.listen"
      case .https: "https.listen"
      }
      if let mistake = draft.add(key, items) {
        note(block.line, block.keys.joined(separator: " "), "\(key): \(mistake.message)", changesAnswers: true)
      }
    }
    if isMain, !block.isPlain {
      note(
        block.line, block.keys.joined(separator: " "), "DNS over UDP and TCP is always served, here on port 53",
        changesAnswers: true)
    }
  }

  private static func host(_ address: ListenAddress) -> String {
    guard let address = address.address else { return "" }
    return address.family == .ipv4 ? "\(address)" : "[\(address)]"
  }

  private mutating func boundAddresses(of block: CorefileBlockFacts) -> [ListenAddress] {
    var addresses: [ListenAddress] = []
    for directive in block.directives where directive.name == "bind" {
      for text in directive.arguments {
        guard let address = ListenAddress(text, defaultPort: 53), address.address != nil else {
          note(directive, "\(text) is no address; interfaces are not known by name", changesAnswers: true)
          continue
        }
        addresses.append(address)
        note(directive, "\(text) must be an address of the pod; those of deploy/kubernetes have listen at :53")
      }
      for option in directive.body { note(option, "addresses are named, not left out", changesAnswers: true) }
    }
    return addresses
  }

  /// A block that is no more than routes has no places of its own.
  mutating func noteOtherPlaces(of block: CorefileBlockFacts) {
    for place in block.places where !places.contains(place) {
      note(
        block.line, block.keys.joined(separator: " "),
        "all names are served in the same places; \(place.transport)://:\(place.port) is not one of them",
        changesAnswers: true)
    }
  }

  // MARK: Machines

  /// `localhost` is what CoreDNS writes for the loopback address.
  private static func place(_ text: String) -> String {
    text.hasPrefix("localhost:") ? "127.0.0.1" + text.dropFirst("localhost".count) : text
  }

  private mutating func putPlace(_ key: String, _ text: String, _ directive: Corefile.Directive) {
    let place = Self.place(text)
    put(key, place, directive)
    checkPlace(key, place, directive)
  }

  mutating func health(_ directive: Corefile.Directive) {
    putPlace("health", directive.arguments.first ?? ":8080", directive)
    for option in directive.body {
      switch option.name {
      case "lameduck":
        guard let time = option.arguments.first.flatMap({ GoDuration.seconds($0) }) else {
          note(option, "is no span of time", changesAnswers: true)
          continue
        }
        put("lameduck", "\(time)", option)
        checkLameduck(time, option)
      default: noteUnknown(option, of: "health")
      }
    }
  }

  mutating func ready(_ directive: Corefile.Directive) {
    putPlace("ready", directive.arguments.first ?? ":8181", directive)
    for option in directive.body { note(option, "readiness is one answer for all parts") }
  }

  mutating func prometheus(_ directive: Corefile.Directive) {
    putPlace("metrics", directive.arguments.first ?? "localhost:9153", directive)
    for option in directive.body { note(option, "metrics have no such option") }
  }

  // MARK: Transport

  mutating func tls(_ directive: Corefile.Directive) {
    guard directive.arguments.count >= 2 else {
      note(directive, "a certificate and its key are wanted", changesAnswers: true)
      return
    }
    let comment = "A file of CoreDNS' pod: this one needs it too."
    put("tls.certificate", directive.arguments[0], directive, comment: comment)
    put("tls.key", directive.arguments[1], directive)
    noteFile(directive.arguments[0], directive)
    if directive.arguments.count > 2 {
      note(directive, "clients are not asked for a certificate", changesAnswers: true)
    }
    for option in directive.body { note(option, "clients are not asked for a certificate", changesAnswers: true) }
  }

  mutating func bufsize(_ directive: Corefile.Directive) {
    put("udp.payloadSize", directive.arguments.first ?? "1232", directive)
  }

  mutating func timeouts(_ directive: Corefile.Directive) {
    for option in directive.body {
      switch option.name {
      case "idle":
        guard let time = option.arguments.first.flatMap({ GoDuration.seconds($0) }) else {
          note(option, "is no span of time")
          continue
        }
        put("tcp.idleTime", "\(time)", option)
      default: note(option, "tcp.idleTime is the limit for reading and writing too")
      }
    }
  }

  mutating func multisocket(_ directive: Corefile.Directive) {
    if let count = directive.arguments.first {
      put("workers", count, directive)
    } else {
      note(directive, "set workers to the number of processors, if one thread is not enough")
    }
  }

  mutating func loadbalance(_ directive: Corefile.Directive) {
    if let policy = directive.arguments.first, policy != "round_robin" {
      note(directive, "addresses are given in changing order, each as often as the others", changesAnswers: true)
    }
  }

  // MARK: Identity and transfer

  mutating func chaos(_ directive: Corefile.Directive) {
    if let version = directive.arguments.first { put("version", version, directive) }
    if directive.arguments.count > 1 { note(directive, "authors.bind is not answered") }
  }

  mutating func nsid(_ directive: Corefile.Directive) {
    if directive.arguments.isEmpty {
      note(directive, "set identity to what clients should be told")
    } else {
      put("identity", directive.arguments.joined(separator: " "), directive)
    }
  }

  mutating func transfer(_ directive: Corefile.Directive) {
    for option in directive.body {
      guard option.name == "to" else {
        noteUnknown(option, of: "transfer")
        continue
      }
      for peer in option.arguments {
        if peer == "*" {
          add("transfer.allow", ["0.0.0.0/0", "::/0"], option)
        } else if let address = ListenAddress(peer, defaultPort: 53)?.address {
          add("transfer.allow", ["\(address)"], option)
          add("notify.peers", [peer], option)
        } else {
          note(option, "\(peer) is no address", changesAnswers: true)
        }
      }
    }
  }
}
