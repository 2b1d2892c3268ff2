// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

extension EndToEnd {
  /// `callsign dns` with names from an API server: Callsign's own, which `callsign up` runs.
  @Suite("Names from an API server", .timeLimit(.minutes(2))) struct KubernetesTests {
    static let zone = "svc.cluster.local"

    /// A Service with an address, and a headless one whose slice is written by hand.
    static let manifest = """
      apiVersion: v1
      kind: Namespace
      metadata: {name: team, labels: {kind: mine}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: default, labels: {app: web}}
      spec: {clusterIP: 10.96.0.20, ports: [{port: 80, name: http}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: db, namespace: team}
      spec: {clusterIP: None, ports: [{port: 3306, name: mysql}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: db-1, namespace: team, labels: {kubernetes.io/service-name: db}}
      addressType: IPv4
      endpoints: [{addresses: [10.244.0.5], hostname: db-0}, {addresses: [10.244.0.6], hostname: db-1}]
      ports: [{port: 3306, name: mysql}]
      """

    static func withCluster(_ body: (Site, Up) async throws -> Void) async throws {
      try await Site.with { site in
        let file = try site.write(manifest)
        try await site.up("--runtime", "none", "-f", file, ending: .terminate) { up in try await body(site, up) }
      }
    }

    @Test("names follow the API server, and so do metrics and readiness") func follow() async throws {
      try await Self.withCluster { site, _ in
        try await ClusterDNS.run(site) { dns async throws in
          #expect(try await dns.dig("web.default.\(Self.zone)") == ["10.96.0.20"])
          #expect(try await dns.dig("db.team.\(Self.zone)") == ["10.244.0.5", "10.244.0.6"])
          #expect(try await dns.dig("db-1.db.team.\(Self.zone)") == ["10.244.0.6"])
          #expect(try await dns.dig("-x", "10.244.0.5") == ["db-0.db.team.\(Self.zone)."])
          #expect(try await dns.dig("_mysql._tcp.db.team.\(Self.zone)", "SRV").count == 2)
          #expect(try await dns.code("nothing.team.\(Self.zone)") == "NXDOMAIN")
          #expect(try await dns.get("ready") == "OK")
          let answers = try await dns.get("explain?name=web.default.\(Self.zone)")
          #expect(answers.hasPrefix("web.default.\(Self.zone) answers: A 10.96.0.20\n"), "\(answers)")
          let missing = try await dns.get("explain?name=webb&output=json")
          #expect(missing.contains("webb") && missing.contains("service-missing"), "\(missing)")

          try await site.kubectl(
            "patch", "endpointslice", "db-1", "-n", "team", "--type=merge", "-p",
            #"{"endpoints":[{"addresses":["10.244.0.7"],"hostname":"db-0"}]}"#
          ).succeeded()
          try await eventually { try await dns.dig("db.team.\(Self.zone)") == ["10.244.0.7"] }
          try await site.kubectl("delete", "service", "web").succeeded()
          try await eventually { try await dns.code("web.default.\(Self.zone)") == "NXDOMAIN" }
          #expect(try await dns.metric(#"callsign_kubernetes_synced{kind="services"}"#) == "1")
          #expect(try await dns.metric(#"callsign_kubernetes_lists_total{kind="services",reason="first"}"#) == "1")
          #expect(try await dns.metric(#"callsign_kubernetes_objects{kind="pods"}"#) == nil)
          let version = try await site.kubectl(
            "get", "endpointslice", "db-1", "-n", "team", "-o", "jsonpath={.metadata.resourceVersion}"
          ).succeeded().output
          #expect(try await dns.metric(#"callsign_kubernetes_resource_version{kind="endpointslices"}"#) == version)
        }
      }
    }

    @Test("only what is chosen is known") func filters() async throws {
      try await Self.withCluster { site, _ in
        try await ClusterDNS.run(site, "--kubernetes-namespaces", "team") { dns async throws in
          #expect(try await dns.dig("db.team.\(Self.zone)") == ["10.244.0.5", "10.244.0.6"])
          #expect(try await dns.code("web.default.\(Self.zone)") == "NXDOMAIN")
          #expect(try await dns.code("default.\(Self.zone)") == "NXDOMAIN")
        }
        try await ClusterDNS.run(site, "--kubernetes-service-selector", "app in (web, shop)") { dns async throws in
          #expect(try await dns.dig("web.default.\(Self.zone)") == ["10.96.0.20"])
          #expect(try await dns.code("db.team.\(Self.zone)") == "NXDOMAIN")
        }
        try await ClusterDNS.run(site, "--kubernetes-namespace-selector", "kind=mine") { dns async throws in
          #expect(try await dns.dig("db-0.db.team.\(Self.zone)") == ["10.244.0.5"])
          #expect(try await dns.code("web.default.\(Self.zone)") == "NXDOMAIN")
          #expect(try await dns.dig("-x", "10.96.0.20") == [])
          try await site.kubectl("label", "namespace", "default", "kind=mine").succeeded()
          try await eventually { try await dns.dig("web.default.\(Self.zone)") == ["10.96.0.20"] }
          #expect(try await dns.dig("-x", "10.96.0.20") == ["web.default.\(Self.zone)."])
          try await site.kubectl("label", "namespace", "team", "kind-").succeeded()
          try await eventually { try await dns.code("db.team.\(Self.zone)") == "NXDOMAIN" }
        }
      }
    }

    @Test("other settings are taken; what needs pods has them from the next start on") func live() async throws {
      try await Self.withCluster { site, _ in
        let file = "\(site.root)/dns.yaml"
        func set(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) }
        let (web, pod) = ("web.default.\(Self.zone)", "10-1-2-3.team.pod.cluster.local")
        try set("ttl: 5")
        try await ClusterDNS.run(
          site, "--config", file, "--kubernetes-namespace-selector", "kind=mine"
        ) { dns async throws in
          func ttl() async throws -> Substring? {
            try await dns.dig("db-0.db.team.\(Self.zone)", "+noshort", "+noall", "+answer").first?
              .split(whereSeparator: \.isWhitespace).dropFirst().first
          }
          #expect(try await ttl() == "5")
          try set("{ttl: 30, podNames: verified, hold: {time: 100}}")
          try await eventually { try await ttl() == "30" }
          #expect(try await dns.code(web) == "NXDOMAIN")
          #expect(try await dns.dig(pod) == ["10.1.2.3"])
          try await eventually {
            try dns.logged.contains("from the next start on: podNames (insecure until then), hold.time")
          }
          try await site.kubectl("label", "namespace", "default", "kind=mine").succeeded()
          try await eventually { try await dns.dig(web) == ["10.96.0.20"] }
        }
        try await ClusterDNS.run(site, "--config", file) { dns async throws in
          #expect(try await dns.code(pod) == "NXDOMAIN")
          try set("podNames: insecure")
          try await eventually { try await dns.dig(pod) == ["10.1.2.3"] }
          try await eventually { try dns.logged.contains("pods of the cluster are followed on until the next start") }
          // A pod that comes while its name needs no pod is known when it does.
          let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: late, namespace: team}
            spec: {containers: [{name: a, image: a}]}
            """
          try await site.kubectl("apply", "-f", try site.write(manifest, to: "late.yaml")).succeeded()
          try await site.kubectl(
            "patch", "pod", "late", "-n", "team", "--subresource=status", "--type=merge", "-p",
            #"{"status":{"phase":"Running","podIP":"10.244.9.9","podIPs":[{"ip":"10.244.9.9"}]}}"#
          ).succeeded()
          let version = try await site.kubectl(
            "get", "pod", "late", "-n", "team", "-o", "jsonpath={.metadata.resourceVersion}"
          ).succeeded().output
          let known = #"callsign_kubernetes_resource_version{kind="pods"}"#
          try await eventually { try await dns.metric(known) == version }
          try set("podNames: verified")
          try await eventually { try await dns.code(pod) == "NXDOMAIN" }
          #expect(try await dns.dig("10-244-9-9.team.pod.cluster.local") == ["10.244.9.9"])
        }
      }
    }

    @Test("without an API server at first: SERVFAIL; when it goes: answers go on") func away() async throws {
      try await Site.with { site in
        let port = "27443"
        let file = try site.write(Self.manifest)
        try await site.up("--runtime", "none", "--api-port", port, "-f", file, ending: .terminate)
        try await ClusterDNS.run(site, isReady: false) { dns async throws in
          #expect(try await dns.code("web.default.\(Self.zone)") == "SERVFAIL")
          #expect(try await dns.code("nothing.default.\(Self.zone)") == "SERVFAIL")
          #expect(try await dns.code("-x", "10.96.0.20") == "SERVFAIL")
          #expect(try await dns.get("ready").contains("names: not all objects are known yet: "))
          try await site.up("--runtime", "none", "--api-port", port, ending: .terminate) { _ in
            try await eventually { try await dns.get("ready") == "OK" }
            #expect(try await dns.dig("web.default.\(Self.zone)") == ["10.96.0.20"])
            #expect(try await dns.code("nothing.default.\(Self.zone)") == "NXDOMAIN")
          }
          try await eventually {
            try await dns.get("metrics").contains(#"request_errors_total{kind="services",status="disconnected"}"#)
          }
          #expect(try await dns.dig("db.team.\(Self.zone)") == ["10.244.0.5", "10.244.0.6"])
          #expect(try await dns.get("ready") == "OK")
          // What cannot be read now is not said to be missing.
          let answers = try await dns.get("explain?name=db.team.\(Self.zone)")
          #expect(answers.hasPrefix("db.team.\(Self.zone) answers: "), "\(answers)")
          #expect(!answers.contains("does not exist") && answers.contains("[objects-not-read]"), "\(answers)")
          #expect(answers.contains("note: services could not be read, so nothing is said of them"), "\(answers)")
        }
      }
    }

    @Test("until names are known, the cluster's DNS is asked") func fallback() async throws {
      try await Site.with { site in
        let port = "27444"
        let file = try site.write(Self.manifest)
        try await site.up("--runtime", "none", "--api-port", port, "-f", file, ending: .terminate)
        // It says something else, so that it is seen who answers.
        _ = try await NameServerTests.run { other async throws in
          let fallback = "--kubernetes-fallback=127.0.0.1:\(other.port)"
          try await ClusterDNS.run(site, fallback, isReady: false) { dns async throws in
            let name = "web.default.\(Self.zone)"
            try other.write("objects/web.yaml", NameServerTests.service("10.96.0.99"))
            try await eventually { try await other.dig(name) == ["10.96.0.99"] }
            #expect(try await dns.dig(name) == ["10.96.0.99"])
            #expect(try await dns.dig("-x", "10.96.0.99") == ["\(name)."])
            try await site.up("--runtime", "none", "--api-port", port, ending: .terminate) { _ in
              try await eventually { try await dns.dig(name) == ["10.96.0.20"] }
            }
          }
          try other.send(.terminate)
        }
      }
    }

    @Test("a cluster that cannot be found is named") func notFound() async throws {
      let ended = try await Program.run(
        ["env", "-u", "KUBERNETES_SERVICE_HOST", Program.callsign, "dns", "--kubernetes-kubeconfig", "/nowhere/config"])
      #expect(ended.status == 1)
      #expect(ended.errors.contains("there is no way to the cluster: /nowhere/config"), "\(ended.errors)")
      try await Program.run(
        [Program.callsign, "dns", "--check", "--kubernetes-enabled", "true", "--objects", "/x"]
      ).failed(
        saying: "settings: objects and kubernetes: names come from manifests or from a cluster; take one of them away")
      let selector = try await Program.run(
        [Program.callsign, "dns", "--check", "--kubernetes-service-selector", "a in b"])
      #expect(selector.errors.contains("--kubernetes-service-selector: unable to parse requirement"))
    }
  }
}
