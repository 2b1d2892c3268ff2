// SPDX-License-Identifier: Apache-2.0
import Subprocess
import Testing

extension EndToEnd {
  /// `/explain` of `callsign dns`, which whoever reaches the metrics may read.
  @Suite("The page that explains", .timeLimit(.minutes(2))) struct ExplainPageTests {
    /// A pod whose probe has a secret among its arguments.
    static let probed = """
      apiVersion: v1
      kind: Service
      metadata: {name: db}
      spec: {clusterIP: None, selector: {app: db}}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: db-0, labels: {app: db}}
      spec:
        containers: [{name: c, image: db, readinessProbe: {exec: {command: [sh, -c, "ping -pSECRET"]}}}]
      status:
        phase: Running
        podIPs: [{ip: 10.244.0.2}]
        containerStatuses: [{name: c, ready: false, state: {running: {}}}]
      """

    @Test("arguments of probes are left out, and a setting turns it off while the server runs")
    func secrets() async throws {
      _ = try await NameServerTests.run { server in
        try server.write("objects/db.yaml", Self.probed)
        try await eventually { try await server.get("explain?name=db.default.svc.cluster.local").contains("exec sh …") }
        let all = try await server.get("explain?name=db.default.svc.cluster.local&output=json")
        #expect(all.contains("readiness-probe") && !all.contains("SECRET"), "\(all)")
        try server.write("dns.yaml", NameServerTests.settings("10.9.9.9", "explain: false"))
        try await eventually {
          try await server.get("explain?name=web").contains("the setting explain is false")
        }
        let status = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "\(server.observed)/explain?name=web"]
        #expect(try await Program.run(status).succeeded().output == "404")
        try server.write("dns.yaml", NameServerTests.settings("10.9.9.9"))
        try await eventually { try await server.get("explain").contains("name is missing") }
        #expect(try await server.get("explain?name=web&output=xml") == "output: \"xml\" is neither text nor json\n")
        try server.send(.terminate)
      }
    }

    /// Pods with resolver settings of their own.
    static let askers = """
      apiVersion: v1
      kind: Pod
      metadata: {name: own}
      spec:
        dnsPolicy: None
        dnsConfig: {nameservers: [192.0.2.53], searches: [corp.example]}
        containers: [{name: c, image: x}]
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: dots}
      spec: {dnsConfig: {options: [{name: ndots, value: "1"}]}, containers: [{name: c, image: x}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: node}
      spec: {hostNetwork: true, containers: [{name: c, image: x}]}
      """

    @Test("a pod asks as its dnsPolicy and dnsConfig say") func askers() async throws {
      _ = try await NameServerTests.run(more: { _ in "serverAddresses: [10.96.0.10]" }) { server in
        try server.write("objects/pods.yaml", Self.askers)
        try await eventually { try await server.get("explain?name=web&from=default/own").contains("Pod") }
        let own = try await server.get("explain?name=web&from=default/own")
        #expect(own.contains("web.corp.example") && own.contains("asks 192.0.2.53"), "\(own)")
        let dots = try await server.get("explain?name=web.default&from=default/dots")
        #expect(dots.contains("1. web.default. ") && !dots.contains("dnsPolicy"), "\(dots)")
        let node = try await server.get("explain?name=web&from=default/node")
        #expect(node.contains("asks its node's servers") && !node.contains("web.default.svc"), "\(node)")
        try server.send(.terminate)
      }
    }

    @Test("manifests with a mistake explain nothing, and say so") func mistake() async throws {
      _ = try await NameServerTests.run { server in
        try await eventually { try await server.get("explain?name=web").contains("10.96.0.20") }
        try server.write("objects/wrong.yaml", "kind: [")
        let told = try await server.get("explain?name=web")
        #expect(told.hasPrefix("the manifests have mistakes") && told.contains("wrong.yaml"), "\(told)")
        #expect(try await server.dig("web.default.svc.cluster.local") == ["10.96.0.20"])
        try server.send(.terminate)
      }
    }
  }
}
