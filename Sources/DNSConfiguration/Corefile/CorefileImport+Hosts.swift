// SPDX-License-Identifier: Apache-2.0
import DNSWire

// Names with fixed addresses.
extension CorefileImport {
  mutating func hosts(_ directive: Corefile.Directive) {
    if let file = directive.arguments.first, HostAddress(file) == nil {
      put("hosts.file", file, directive, comment: "A file of CoreDNS' pod: this one needs it too.")
      note(directive, "\(file) is a file of CoreDNS' pod: mount it into this one too", changesAnswers: true)
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
      case "fallthrough":
        falls = true
        if !option.arguments.isEmpty, option.arguments != ["."] {
          note(option, "names of all zones that are not there are looked up further", changesAnswers: true)
        }
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
