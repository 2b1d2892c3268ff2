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
        try server.send(.terminate)
      }
    }
  }
}
