// SPDX-License-Identifier: Apache-2.0

// Whether the settings fit the pods of `deploy/kubernetes`. Where they do not, these are not ready, or are not reached;
// what is answered is the same.
extension CorefileImport {
  /// What the manifests have.
  private enum Manifests {
    static let places = ["health": 8080, "ready": 8181, "metrics": 9153] as [String: UInt16]
    static let dnsPort = 53 as UInt16
    /// Seconds: `terminationGracePeriodSeconds`, and what ending takes after `lameduck`.
    static let grace = 30
    static let ending = 10
  }

  /// A place for machines that the Corefile does not have is the one that the manifests ask: without it their pods are
  /// never ready, or are ended.
  mutating func addPlace(_ key: String, for plugin: String, _ line: Int) {
    let place = ":\(Manifests.places[key] ?? 0)"
    put(key, [place], line, plugin, comment: "There was none; the pods of deploy/kubernetes have it.")
    note(line, plugin, "there is none; \(key) is \(place), as deploy/kubernetes has it", changesAnswers: false)
  }

  mutating func checkPlace(_ key: String, _ text: String, _ directive: Corefile.Directive) {
    guard let port = Manifests.places[key], let place = ListenAddress(text, defaultPort: port) else { return }
    if place.port == port, isEveryAddress(place) { return }
    let policy = key == "metrics" ? ", and networkpolicy.yaml with it" : ""
    note(directive, "deploy/kubernetes asks for \(key) at :\(port) of the pod: change one of the two\(policy)")
  }

  private func isEveryAddress(_ place: ListenAddress) -> Bool {
    place.address.map { ListenAddress(nil, port: 0).addresses.contains($0) } ?? true
  }

  mutating func checkPorts(_ block: CorefileBlockFacts) {
    for place in block.places where place.port != Manifests.dnsPort {
      let what = place.transport == .dns
        ? "change one of the two, and networkpolicy.yaml with it"
        : "add it to containerPort, to the Service and to networkpolicy.yaml"
      note(
        block.line, block.keys.joined(separator: " "),
        "deploy/kubernetes sends questions to port \(Manifests.dnsPort) of the pod, not to \(place.port): \(what)",
        changesAnswers: false)
    }
  }

  /// The network policies let out what goes to upstreams' usual port.
  mutating func checkUpstream(_ text: String, _ directive: Corefile.Directive) {
    if text.hasPrefix("/") {
      if text != "/etc/resolv.conf" { noteFile(text, directive) }
      return
    }
    guard let port = ListenAddress(text, defaultPort: Manifests.dnsPort)?.port, port != Manifests.dnsPort else { return }
    note(
      directive, "networkpolicy.yaml of deploy/kubernetes lets questions out to port \(Manifests.dnsPort) alone: add "
        + "\(port) to its egress, UDP and TCP")
  }

  mutating func checkLameduck(_ seconds: Int, _ option: Corefile.Directive) {
    guard seconds > Manifests.grace - Manifests.ending else { return }
    note(
      option, "terminationGracePeriodSeconds of deploy/kubernetes is \(Manifests.grace): set it to "
        + "\(seconds + Manifests.ending) or more")
  }

  mutating func noteNeedOfPods(_ directive: Corefile.Directive) {
    note(directive, "Pods are read for it: deploy/kubernetes needs components/pods in addition")
  }

  mutating func noteFile(_ path: String, _ directive: Corefile.Directive) {
    note(directive, "\(path) is a file of CoreDNS' pod: mount it into this one too")
  }
}
