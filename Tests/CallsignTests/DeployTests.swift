// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Manifests
import Testing

extension EndToEnd {
  /// The manifests in `deploy/kubernetes`, and what `docs/coredns.md` does with them.
  @Suite(.timeLimit(.minutes(4))) struct DeployTests {
    private static let folder = "\(Program.project)/deploy/kubernetes"
    /// What people apply: a folder, and the components on top.
    static let variants: [Variant] = [
      Variant("base"), Variant("base", "pods"), Variant("cluster-dns"), Variant("cluster-dns", "pods"),
      Variant("node-local"),
    ]

    struct Variant: Sendable, CustomStringConvertible {
      let folder: String
      let components: [String]

      init(_ folder: String, _ components: String...) {
        self.folder = folder
        self.components = components
      }

      var description: String { ([folder] + components).joined(separator: "+") }

      /// The manifests, as `kubectl kustomize` puts them together.
      /// - Parameter text: more of the kustomization.
      func render(_ site: Site, adding more: String = "") async throws -> String {
        let place = "\(site.root)/\(description)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        // kustomize names folders relative to its own.
        let up = String(repeating: "../", count: place.split(separator: "/").count)
        func path(_ name: String) -> String { "\(up)\(DeployTests.folder.dropFirst())/\(name)" }
        var text = "resources: [\(path(folder))]\n"
        if !components.isEmpty { text += "components:\n" }
        for component in components { text += "- \(path("components/\(component)"))\n" }
        try Data((text + more).utf8).write(to: URL(filePath: "\(place)/kustomization.yaml"))
        return try await Program.run(["kubectl", "kustomize", place]).succeeded().output
      }
    }

    @Test("Kubernetes' own schemas have nothing against them", arguments: variants)
    func schemas(variant: Variant) async throws {
      try await Site.with { site in
        let file = try site.write(try await variant.render(site))
        let ours = "\(Program.project)/.build-tools/bin/kubernetes-validate"
        let program = Machine.program("kubernetes-validate") ?? ours
        for version in ["1.34", "1.37"] {
          let result = try await Program.run([program, "--strict", "-k", version, file])
          #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
      }
    }

    @Test("our own API server takes all of them")
    func serverDryRun() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { _ in
          for variant in Self.variants {
            let text = try await variant.render(site)
            let result = try await site.kubectl("apply", "--dry-run=server", "-f", "-", input: text)
            #expect(result.status == 0, "\(variant): \(result.errors)")
            let isOnNodes = variant.folder == "node-local"
            let workload = isOnNodes ? "daemonset.apps/callsign-dns-node" : "deployment.apps/callsign-dns"
            #expect(result.output.contains("\(workload) created (server dry run)"), "\(variant)")
          }
          let kept = try await site.kubectl("get", "deployments,daemonsets", "-A", "-o", "name").succeeded()
          #expect(kept.output == "", "a dry run keeps nothing")
        }
      }
    }

    @Test("the file of k3s' nodes is mounted by the patch of the document")
    func nodeHosts() async throws {
      try await Site.with { site in
        let lines = try Document.script("patches:\n    - target: {kind: Deployment").split(separator: "\n")
        let patch = lines.map { $0.dropFirst(4) }.joined(separator: "\n")
        let text = try await Variant("base").render(site, adding: patch + "\n")
        let mount = "- mountPath: /etc/coredns\n          name: node-hosts\n          readOnly: true\n"
        #expect(text.contains(mount), "\(text)")
        #expect(text.contains("- key: NodeHosts\n            path: NodeHosts\n          name: coredns\n"), "\(text)")
      }
    }

    @Test("what they say holds together")
    func consistency() async throws {
      try await Site.with { site in
        let base = try await Variant("base", "pods").render(site)
        let text = base + "---\n" + (try await Variant("node-local").render(site))
        let objects = try text.split(separator: "---\n").compactMap { try YAMLDocument.read(Array($0.utf8)) }
        func object(_ kind: String, _ name: String) throws -> JSONValue {
          try #require(
            objects.first { $0["kind"]?.string == kind && $0["metadata"]?["name"]?.string == name }, "\(kind)/\(name)")
        }
        for (kind, name) in [("Deployment", "callsign-dns"), ("DaemonSet", "callsign-dns-node")] {
          let spec = try #require(try object(kind, name)["spec"]?["template"]?["spec"])
          let container = try #require(spec["containers"]?.array?.first)
          #expect(container["securityContext"]?.isEquivalent(to: Self.restricted) == true, "\(kind)")
          #expect(spec["securityContext"]?["runAsNonRoot"] == true && spec["dnsPolicy"] == "Default")
          // The server takes these settings; the node's resolvers are another machine's.
          let settings = try #require(try object("ConfigMap", name)["data"]?["dns.yaml"]?.string)
          let file = try site.write(settings.replacing("/etc/resolv.conf", with: "192.0.2.53"), to: "dns.yaml")
          let check = try await Program.run([Program.callsign, "dns", "--check", "--config", file])
          #expect(check.status == 0, "\(check.errors)")
          // It ends on its own terms, not on the kubelet's.
          let lameduck = check.lines.first { $0.hasPrefix("lameduck: ") }?.split(separator: " ")[1]
          let grace = try #require(spec["terminationGracePeriodSeconds"]?.int)
          #expect(try #require(lameduck.flatMap { Int64($0) }) + 10 <= grace)
        }
        let fallback = try object("Service", "callsign-dns-fallback")
        let address = try #require(fallback["spec"]?["clusterIP"]?.string)
        #expect(try object("ConfigMap", "callsign-dns-node").jsonText.contains(address))
        #expect(fallback["spec"]?["selector"] == ["app.kubernetes.io/name": "callsign-dns"])
        let rules = try object("ClusterRole", "callsign-dns")["rules"]?.array ?? []
        let readable = rules.flatMap { $0["resources"]?.array ?? [] }.compactMap(\.string).sorted()
        #expect(readable == ["endpointslices", "namespaces", "pods", "services", "statefulsets"])
        #expect(rules.allSatisfy { $0["verbs"] == ["list", "watch"] })
      }
    }

    /// The settings of the manifests, but for where the API server and the upstreams are.
    @Test("the settings of the manifests serve a cluster")
    func serving() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { _ in
          let text = try await Variant("base").render(site)
          try await site.kubectl("apply", "-f", "-", input: text).succeeded()
          let config = try await site.kubectl(
            "-n", "kube-system", "get", "configmap", "callsign-dns", "-o", "jsonpath={.data.dns\\.yaml}").succeeded()
          let settings = config.output.replacing("/etc/resolv.conf", with: "127.0.0.53")
          let file = try site.write(settings, to: "dns.yaml")
          try await ClusterDNS.run(site, "--config", file) { dns async throws in
            #expect(try await dns.dig("kube-dns.kube-system.svc.cluster.local") == ["10.96.0.10"])
            #expect(try await dns.dig("ns.dns.cluster.local") == ["10.96.0.10"])
            #expect(try await dns.dig("callsign-dns.kube-system.svc.cluster.local").count == 1)
            #expect(try await dns.code("nothing.kube-system.svc.cluster.local") == "NXDOMAIN")
          }
        }
      }
    }

    private static let restricted: JSONValue = [
      "allowPrivilegeEscalation": false,
      "capabilities": ["add": ["NET_BIND_SERVICE"], "drop": ["ALL"]],
      "readOnlyRootFilesystem": true,
    ]

    /// Its kind belongs to the Prometheus operator, and is neither in Kubernetes' schemas nor served here.
    @Test("the ServiceMonitor is one as the Prometheus operator reads it")
    func serviceMonitor() async throws {
      try await Site.with { site in
        let text = try await Variant("node-local", "servicemonitor").render(site)
        let document = try #require(text.split(separator: "---\n").first { $0.contains("kind: ServiceMonitor") })
        let expected = """
          apiVersion: monitoring.coreos.com/v1
          kind: ServiceMonitor
          metadata:
            labels:
              app.kubernetes.io/name: callsign-dns
            name: callsign-dns
            namespace: kube-system
          spec:
            endpoints:
            - interval: 30s
              path: /metrics
              port: metrics
              scrapeTimeout: 10s
            jobLabel: app.kubernetes.io/name
            namespaceSelector:
              matchNames:
              - kube-system
            selector:
              matchExpressions:
              - key: app.kubernetes.io/name
                operator: In
                values:
                - callsign-dns
                - callsign-dns-node

          """
        #expect(document == expected[...])
      }
    }

    @Test("a DaemonSet runs a pod on the node, and is rolled out and back by kubectl")
    func daemonSet() async throws {
      try await Site.with { site in
        let file = try site.write(
          """
          apiVersion: apps/v1
          kind: DaemonSet
          metadata: {name: agent}
          spec:
            selector: {matchLabels: {app: agent}}
            template:
              metadata: {labels: {app: agent}}
              spec: {containers: [{name: agent, image: host, env: [{name: A, value: "1"}]}]}
          """)
        try await site.up("--runtime", "none", "-f", file) { _ in
          try await site.kubectl("rollout", "status", "daemonset/agent", "--timeout=30s").succeeded()
          try await site.kubectl("set", "env", "daemonset/agent", "A=2").succeeded()
          try await site.kubectl("rollout", "status", "daemonset/agent", "--timeout=30s").succeeded()
          let value = ".items[*].spec.containers[0].env[0].value"
          func values() async throws -> String {
            try await site.kubectl("get", "pods", "-l", "app=agent", "-o", "jsonpath={\(value)}").succeeded().output
          }
          #expect(try await values() == "2")
          try await site.kubectl("rollout", "undo", "daemonset/agent").succeeded()
          try await site.kubectl("rollout", "status", "daemonset/agent", "--timeout=30s").succeeded()
          try await eventually { try await values() == "1" }
          let history = try await site.kubectl("rollout", "history", "daemonset/agent").succeeded()
          #expect(history.output.contains("3"), "\(history.output)")
          try await site.kubectl("delete", "daemonset", "agent").succeeded()
          try await site.wait("--for=delete", "pod", "-l", "app=agent")
        }
      }
    }

    @Test("manifests of kinds without effect are applied with a warning")
    func warnings() async throws {
      try await Site.with { site in
        let file = try site.write(
          """
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: a}
          ---
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: b}
          """)
        try await site.up("--runtime", "none", "-f", file) { up in
          let warnings = up.lines.filter { $0.hasPrefix("Warning: ") }
          #expect(warnings == ["Warning: a NetworkPolicy is stored here, not enforced: every pod reaches every other"])
        }
      }
    }
  }
}
