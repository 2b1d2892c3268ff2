// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// The ways from CoreDNS and back of `docs/coredns.md`, by the commands that stand there.
  ///
  /// In `kube-system` the Service `kube-dns` is the cluster's own and stays as it is; so another namespace has CoreDNS,
  /// and all that is applied.
  @Suite(.timeLimit(.minutes(2))) struct SwitchTests {
    /// A step of the document, by what its command has in it.
    enum Step: String {
      case toCluster = #"{"k8s-app":null,"app.kubernetes.io/name":"callsign-dns"}}}"#
      case toNodes = #""app.kubernetes.io/name":"callsign-dns-node"},"trafficDistribution":"PreferSameNode"}}"#
      case toNodesAlone = #""app.kubernetes.io/name":"callsign-dns-node"},"internalTrafficPolicy":"Local"}}"#
      case backToCluster = #"{"k8s-app":null,"app.kubernetes.io/name":"callsign-dns"},"traffic"#
      case backToCoreDNS = #"{"k8s-app":"kube-dns","app.kubernetes.io/name":null}"#
    }

    @Test("base, the servers of the nodes, and back: who is asked changes by the switch alone")
    func ways() async throws {
      try await Self.cluster { site async throws in
        // Each is applied while CoreDNS is asked, and nothing of kube-dns changes.
        try await site.apply("base", "node-local", asking: ["coredns"])
        try await site.take(.toCluster, asking: ["callsign-dns"])
        try await site.apply("base", "node-local", "cluster-dns", asking: ["callsign-dns"])
        try await site.take(.toNodes, asking: ["callsign-dns-node"])
        #expect(try await site.service(".spec.trafficDistribution") == "PreferSameNode")
        try await site.apply("base", "node-local", asking: ["callsign-dns-node"])
        try await site.take(.backToCluster, asking: ["callsign-dns"])
        try await site.take(.toNodesAlone, asking: ["callsign-dns-node"])
        #expect(try await site.service(".spec.internalTrafficPolicy") == "Local")
        try await site.take(.backToCoreDNS, asking: ["coredns"])
        #expect(try await site.service(".spec.trafficDistribution .spec.internalTrafficPolicy") == "Cluster")
        // From CoreDNS at once to the nodes, and back.
        try await site.take(.toNodes, asking: ["callsign-dns-node"])
        try await site.take(.backToCluster, asking: ["callsign-dns"])
        // Nothing of the base goes with the servers of the nodes.
        let whole = try await EndToEnd.DeployTests.Variant("node-local").render(site)
        try await site.kubectl("delete", "-f", "-", input: whole.replacing("kube-system", with: "dns")).succeeded()
        let left = try await site.kubectl("-n", "dns", "get", "daemonsets,deployments", "-o", "name").succeeded().lines
        #expect(left == ["deployment.apps/callsign-dns", "deployment.apps/coredns"])
        #expect(try await site.asked() == ["callsign-dns"])
      }
    }

    /// kubectl merges ports by their number, which two have in common.
    @Test("cluster-dns again and again, also after the switch to each node's own server alone: the two servers, whole")
    func again() async throws {
      try await Self.cluster { site async throws in
        try await site.apply("base", "node-local", asking: ["coredns"])
        try await site.take(.toNodesAlone, asking: ["callsign-dns-node"])
        for _ in 0..<3 {
          try await site.kubectl("apply", "-f", "-", input: try await site.manifests("cluster-dns")).succeeded()
          #expect(try await site.service(".spec.selector") == #"{"app.kubernetes.io/name":"callsign-dns"}"#)
          #expect(try await site.service(".spec.internalTrafficPolicy") == "Cluster")
          let ports = try await site.service(".spec.ports[*]['name','protocol','targetPort']")
          #expect(ports == "dns dns-tcp metrics UDP TCP TCP 53 53 9153")
        }
      }
    }

    @Test("what names CoreDNS' pods by their label is found, and nothing else")
    func label() async throws {
      try await Self.cluster { site async throws in
        try await site.apply("base", "node-local", asking: ["coredns"])
        try await site.kubectl("apply", "-f", "-", input: Self.others).succeeded()
        func run(_ start: String) async throws -> [String] {
          let script = try Document.script(start)
          let words = site.words(kubectl: []).dropLast() + ["sh", "-c", script]
          return try await Program.run(Array(words)).output.split(separator: "\n").map {
            String($0.prefix { $0 != "{" }.drop { $0 == " " })
          }
        }
        #expect(try await run("for kind in $(kubectl api-resources") == ["NetworkPolicy default/dns-only "])
        let services = "kubectl get services -A"
        #expect(try await run(services).sorted() == ["dns/kube-dns ", "dns/kube-dns-upstream "])
        try await site.take(.toCluster, asking: ["callsign-dns"])
        #expect(try await run(services) == ["dns/kube-dns-upstream "])
      }
    }

    private static let others = """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: dns-only}
      spec:
        podSelector: {}
        policyTypes: [Egress]
        egress: [{to: [{podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: web}
      spec:
        podSelector: {matchLabels: {app: web}}
        policyTypes: [Ingress]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: kube-dns-upstream, namespace: dns}
      spec:
        selector: {k8s-app: kube-dns}
        ports: [{name: dns, port: 53, protocol: UDP}]
      """

    /// A cluster whose namespace `dns` has CoreDNS.
    static func cluster(_ body: (Site) async throws -> Void) async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { _ in
          try await site.kubectl("create", "namespace", "dns").succeeded()
          try await site.kubectl("apply", "-f", "-", input: coreDNS).succeeded()
          try await site.wait("-n", "dns", "--for=condition=Available", "deployment/coredns")
          try await body(site)
        }
      }
    }

    private static let coreDNS = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: coredns, namespace: dns, labels: {k8s-app: kube-dns}}
      spec:
        replicas: 2
        selector: {matchLabels: {k8s-app: kube-dns}}
        template:
          metadata: {labels: {k8s-app: kube-dns}}
          spec: {containers: [{name: coredns, image: host, ports: [{name: dns, containerPort: 53, protocol: UDP}]}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: kube-dns, namespace: dns}
      spec:
        selector: {k8s-app: kube-dns}
        ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
      """
  }
}

extension Site {
  /// Applies folders of `deploy/kubernetes` in the namespace `dns`; each time the same servers are asked as before.
  fileprivate func apply(_ folders: String..., asking: Set<String>) async throws {
    for folder in folders {
      let selector = try await service(".spec.selector")
      try await kubectl("apply", "-f", "-", input: try await manifests(folder)).succeeded()
      #expect(try await service(".spec.selector") == selector, "\(folder)")
    }
    let workloads = try await kubectl("-n", "dns", "get", "deployments,daemonsets", "-o", "name").succeeded().lines
    for name in workloads { try await kubectl("-n", "dns", "rollout", "status", name, "--timeout=30s").succeeded() }
    #expect(try await asked() == asking)
  }

  /// A folder of `deploy/kubernetes` for the namespace `dns`. The address of `kube-dns` is what a Service of another
  /// namespace cannot have.
  fileprivate func manifests(_ folder: String) async throws -> String {
    try await EndToEnd.DeployTests.Variant(folder).render(self)
      .replacing("kube-system", with: "dns").replacing("  clusterIP: 10.96.0.10\n", with: "")
  }

  /// Runs a command of the document.
  fileprivate func take(_ step: EndToEnd.SwitchTests.Step, asking: Set<String>) async throws {
    let line = try Document.command(step.rawValue).replacing("kube-system", with: "dns")
    try await Program.run(words(kubectl: Array(Shell.words(line).dropFirst()))).succeeded()
    try await eventually { try await asked() == asking }
  }

  /// The workloads whose ready pods `kube-dns` chooses.
  fileprivate func asked() async throws -> Set<String> {
    let pods = try await kubectl(
      "-n", "dns", "get", "endpointslices", "-l", "kubernetes.io/service-name=kube-dns", "-o",
      "jsonpath={.items[*].endpoints[*].targetRef.name}"
    ).succeeded().output
    let names = ["callsign-dns-node", "callsign-dns", "coredns"]
    return Set(pods.split(separator: " ").map { pod in names.first { pod.hasPrefix($0) } ?? String(pod) })
  }

  /// Fields of `kube-dns`, with spaces between.
  fileprivate func service(_ paths: String) async throws -> String {
    let template = paths.split(separator: " ").map { "{\($0)}" }.joined()
    return try await kubectl("-n", "dns", "get", "service", "kube-dns", "-o", "jsonpath=\(template)")
      .succeeded().output
  }
}

/// `docs/coredns.md`.
enum Document {
  static let text = try? String(contentsOfFile: "\(Program.project)/docs/coredns.md", encoding: .utf8)

  /// The one line of a command that has a text in it.
  static func command(_ part: String) throws -> String {
    let lines = try #require(text).split(separator: "\n").filter { $0.hasPrefix("    ") && $0.contains(part) }
    try #require(lines.count == 1, "\(part): \(lines)")
    return String(lines[0].drop { $0 == " " })
  }

  /// The lines of a block that begins so.
  static func script(_ start: String) throws -> String {
    let text = try #require(text)
    let range = try #require(text.firstRange(of: "\n    \(start)"), "\(start)")
    let lines = text[range.lowerBound...].dropFirst().split(separator: "\n", omittingEmptySubsequences: false)
    return lines.prefix { $0.hasPrefix("    ") }.joined(separator: "\n")
  }
}

/// Words of a command line as a shell splits it, with single quotes.
enum Shell {
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        words.append(String(part))
      } else {
        words += part.split(separator: " ").map(String.init)
      }
    }
    return words
  }
}
