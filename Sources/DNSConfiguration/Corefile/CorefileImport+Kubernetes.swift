// SPDX-License-Identifier: Apache-2.0
import DNSWire

// The plugin that serves the names of a cluster.
extension CorefileImport {
  mutating func kubernetes(_ directive: Corefile.Directive) {
    let given = directive.arguments.isEmpty ? block.zones : directive.arguments.flatMap { text in
      guard let zones = CorefileBlockFacts.zones(text) else {
        note(directive, "\(text) is no zone", changesAnswers: true)
        return [String]()
      }
      return zones
    }
    let zones = given.filter { !Self.isReverse($0) }
    let reverse = given.filter(Self.isReverse)
    if let zone = zones.first {
      if zone == "." {
        note(directive, "a zone is wanted, such as cluster.local", changesAnswers: true)
      } else {
        put("zone", zone, directive)
      }
    } else {
      note(directive, "it names no zone", changesAnswers: true)
    }
    for zone in zones.dropFirst() where zone != zones[0] {
      note(directive, "one zone is served; \(zone) would be a second", changesAnswers: true)
    }
    if reverse.isEmpty {
      put("reverse", "false", directive, comment: "There were no reverse zones.")
    } else if reverse.contains(where: { $0 != "in-addr.arpa" && $0 != "ip6.arpa" }) {
      note(directive, "addresses of Services and endpoints are answered for in every reverse zone")
    }
    if !draft.has("kubernetes.kubeconfig") { put("kubernetes.kubeconfig", "in-cluster", directive) }
    // What is not said is said otherwise here than there.
    put("podNames", "disabled", directive)
    for option in directive.body { kubernetesOption(option, zone: zones.first ?? "", hasReverse: !reverse.isEmpty) }
    if !reverse.isEmpty, !directive.body.contains(where: { $0.name == "fallthrough" }) {
      note(
        directive, "other reverse names are forwarded, as with fallthrough in-addr.arpa ip6.arpa", changesAnswers: true)
    }
  }

  private static func isReverse(_ zone: String) -> Bool {
    ["in-addr.arpa", "ip6.arpa"].contains { zone == $0 || zone.hasSuffix("." + $0) }
  }

  private mutating func kubernetesOption(_ option: Corefile.Directive, zone: String, hasReverse: Bool) {
    let whole = option.arguments.joined(separator: " ")
    switch option.name {
    case "pods":
      put("podNames", whole.isEmpty ? "disabled" : whole, option)
      if whole == "verified" { noteNeedOfPods(option) }
    case "ttl": put("ttl", whole, option)
    case "namespaces": add("kubernetes.namespaces", option.arguments, option)
    case "labels": put("kubernetes.serviceSelector", whole, option)
    case "namespace_labels": put("kubernetes.namespaceSelector", whole, option)
    case "kubeconfig":
      put(
        "kubernetes.kubeconfig", option.arguments.first ?? "", option,
        comment: "A file of CoreDNS' pod: this one needs it too.")
      if let file = option.arguments.first { noteFile(file, option) }
      if option.arguments.count > 1 { put("kubernetes.context", option.arguments[1], option) }
    case "fallthrough":
      let others = option.arguments.filter { name in
        !(CorefileBlockFacts.zones(name)?.allSatisfy(Self.isReverse) ?? false)
      }
      if !others.isEmpty || option.arguments.isEmpty {
        note(
          option, "names below \(zone) that do not exist are answered as such, and not given to the next plugin",
          changesAnswers: true)
      }
    case "endpoint_pod_names":
      note(
        option, "endpoints without a hostname are named by their address (10-244-0-7), not by their pod",
        changesAnswers: true)
    case "noendpoints": note(option, "endpoints are always read", changesAnswers: true)
    case "ignore": note(option, "a ClusterIP is answered with or without endpoints", changesAnswers: true)
    case "multicluster": note(option, "names of other clusters are not served", changesAnswers: true)
    case "endpoint", "tls":
      note(option, "an API server is named by a kubeconfig: set kubernetes.kubeconfig to one", changesAnswers: true)
    case "upstream", "resyncperiod": break  // CoreDNS has had no use for them for long.
    case "apiserver_qps", "apiserver_burst", "apiserver_max_inflight", "startup_timeout":
      note(option, "there is one connection, which is not slowed down")
    default: noteUnknown(option, of: "kubernetes")
    }
  }

  /// `autopath @kubernetes`: the search path is followed here.
  mutating func autopath(_ directive: Corefile.Directive) {
    if directive.arguments.last == "@kubernetes" {
      put("searchCompletion", "true", directive, comment: "Reads Pods: the account needs the component `pods`.")
      noteNeedOfPods(directive)
    } else {
      note(directive, "only the search paths of pods are known", changesAnswers: true)
    }
  }
}
