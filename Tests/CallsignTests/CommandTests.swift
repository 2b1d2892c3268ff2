// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Testing

extension EndToEnd {
  /// Every command, and the tools of the field, with a cluster whose pods have names and addresses only.
  @Suite(.timeLimit(.minutes(3))) struct CommandTests {
    static let headless = "\(Program.project)/Examples/headless"

    @Test func itAnswersOnceItIsReady() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { up in
          #expect(up.lines == [
            "API  https://127.0.0.1:\(up.apiPort)   kubectl --kubeconfig \(site.kubeconfig)",
            "DNS  127.0.0.1:\(up.dnsPort)",
            "ready",
          ])
          for transport in ["+notcp", "+tcp"] {
            #expect(try await up.dig("+short", transport, "kubernetes.default.svc.cluster.local") == ["10.96.0.1"])
          }
          #expect(try await up.dig("+short", "-x", "10.96.0.1") == ["kubernetes.default.svc.cluster.local."])
          #expect(try await site.kubectl("get", "--raw", "/readyz").succeeded().output == "ok")
          let mode = try FileManager.default.attributesOfItem(atPath: site.kubeconfig)[.posixPermissions] as? Int
          #expect(mode == 0o600)
          // A name that nobody has, and one of the world outside that is nobody's to answer.
          #expect(try await up.dig("nothing.default.svc.cluster.local").contains { $0.contains("status: NXDOMAIN") })
        }
      }
    }

    @Test func statusShowsServicesWithTheirEndpointsAndNames() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none", "-f", Self.headless) { up in
          #expect(up.lines.suffix(6) == [
            "deployment.apps/web created", "pod/myapp-pod created", "service/headless-svc created",
            "service/my-headless-service created", "statefulset.apps/my-app created", "ready",
          ])
          try await site.wait("--for=condition=Ready", "pod/myapp-pod")
          try await site.wait("--for=condition=Available", "deployment/web")
          try await site.kubectl("rollout", "status", "statefulset/my-app", "--timeout=60s").succeeded()

          try await eventually { try await site.callsign("status").succeeded().output.contains("4/4") }
          for wrong in ["", "a b", "..", "a/b", "default?x"] {
            try await site.callsign("status", "-n", wrong).failed(
              saying: "\"\(wrong)\" is not a name that namespaces have; without one, all are meant")
          }
          let table = try await site.callsign("status", "-n", "default").succeeded().lines
          #expect(table[0] == "API      https://127.0.0.1:\(up.apiPort)   (kubectl --kubeconfig \(site.kubeconfig))")
          #expect(table[1] == "DNS      127.0.0.1:\(up.dnsPort)   (dig @127.0.0.1 -p \(up.dnsPort) NAME)")
          #expect(table[2] == "runtime  none")
          #expect(table.dropFirst(3).map { $0.split(separator: " ").joined(separator: " ") } == [
            "SERVICE TYPE ADDRESS READY NAMES",
            "default/headless-svc Headless None 4/4 headless-svc.default.svc.cluster.local",
            "mysql-pod.headless-svc.default.svc.cluster.local",
            "web.headless-svc.default.svc.cluster.local",
            "default/kubernetes ClusterIP 10.96.0.1 1/1 kubernetes.default.svc.cluster.local",
            "default/my-headless-service Headless None 3/3 my-headless-service.default.svc.cluster.local",
            "my-app-0.my-headless-service.default.svc.cluster.local",
            "my-app-1.my-headless-service.default.svc.cluster.local",
            "my-app-2.my-headless-service.default.svc.cluster.local",
          ])

          let json = try JSONParser.parse(try await site.callsign("status", "-o", "json").succeeded().output)
          #expect(json["apiPort"]?.int == Int64(up.apiPort))
          #expect(json["dnsPort"]?.int == Int64(up.dnsPort))
          #expect(json["kubeconfig"]?.string == site.kubeconfig)
          let services = try #require(json["services"]?.array)
          #expect(services.map { $0["name"]?.string } == [
            "headless-svc", "kubernetes", "my-headless-service", "kube-dns",
          ])
          #expect(services[0]["ready"]?.int == 4)
          #expect(services[0]["all"]?.int == 4)
        }
      }
    }

    @Test func resolveAsksThroughThePodsSearchPath() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none", "-f", Self.headless) { up in
          try await site.kubectl("rollout", "status", "statefulset/my-app", "--timeout=60s").succeeded()
          try await eventually { try await up.names("my-app-2.my-headless-service").count == 1 }
          let name = "my-app-0.my-headless-service.default.svc.cluster.local."
          let address = try await site.field(".status.podIP", of: "pod/my-app-0")

          let plain = try await site.callsign("resolve", "my-app-0.my-headless-service").succeeded()
          #expect(plain.lines == [";; \(name) A  NOERROR", "\(name) 5 IN A \(address)"])

          let services = try await site.callsign(
            "resolve", "_http._tcp.my-headless-service", "--type", "srv", "--from", "myapp-pod"
          ).succeeded()
          #expect(services.lines.dropFirst().map { $0.split(separator: " ").suffix(2).joined(separator: " ") }.sorted()
            == (0...2).map { "80 my-app-\($0).my-headless-service.default.svc.cluster.local." })

          // Asked from another namespace, the short name is another one.
          let elsewhere = try await site.callsign("resolve", "my-headless-service", "-n", "kube-system")
          #expect(elsewhere.status == 1)
          let first = "my-headless-service.kube-system.svc.cluster.local."
          #expect(elsewhere.lines.first == ";; \(first) A  NXDOMAIN, no records")
          #expect(elsewhere.lines.count == 4)
          #expect(try await site.callsign("resolve", "my-headless-service.default", "-n", "kube-system")
            .succeeded().lines.count == 5)

          try await site.callsign("resolve", "x", "--from", "nobody").failed(saying: "pods \"nobody\" not found")
          try await site.callsign("resolve", "x", "--type", "HTML").failed(
            saying: "\"HTML\" is not a record type; these are: A, NS, CNAME, SOA, PTR, HINFO, MX, TXT, AAAA, SRV, "
              + "DNAME, OPT, IXFR, AXFR, ANY, LOC, NAPTR, DS, SSHFP, RRSIG, NSEC, DNSKEY, NSEC3, TLSA, CDS, CDNSKEY, "
              + "SVCB, HTTPS, SPF, URI, CAA, TYPE0 to TYPE65535")
        }
      }
    }

    @Test func kubectlWorksAsOnACluster() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { up in
          let applied = try await site.kubectl("apply", "-f", Self.headless).succeeded()
          #expect(applied.lines.allSatisfy { $0.hasSuffix(" created") })
          try await site.wait("--for=condition=Available", "deployment/web")
          #expect(try await site.kubectl("apply", "-f", Self.headless).succeeded().lines
            .allSatisfy { $0.hasSuffix(" unchanged") })

          let table = try await site.kubectl("get", "services", "--no-headers").succeeded().lines
          #expect(table.map { $0.split(separator: " ")[0] } == ["headless-svc", "kubernetes", "my-headless-service"])
          let description = try await site.kubectl("describe", "pod", "myapp-pod").succeeded().output
          #expect(description.hasPrefix("Name:         myapp-pod\nNamespace:    default\n"))
          #expect(description.contains("Status:       Running\n"))
          let events = description.split(separator: "\n").drop { $0 != "Events:" }
          #expect(events.contains { $0.split(separator: " ").prefix(2) == ["Normal", "Started"] })

          try await site.kubectl("rollout", "status", "statefulset/my-app", "--timeout=60s").succeeded()
          try await site.kubectl("scale", "statefulset", "my-app", "--replicas=1").succeeded()
          try await site.wait("--for=delete", "pod/my-app-1", "pod/my-app-2")
          try await eventually { try await up.names("my-headless-service").count == 1 }

          try await site.kubectl("set", "env", "deployment/web", "COLOUR=red").succeeded()
          try await site.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded()
          try await site.kubectl("rollout", "undo", "deployment/web").succeeded()
          try await site.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded()

          try await site.kubectl("delete", "-f", Self.headless, "--timeout=60s").succeeded()
          try await site.wait("--for=delete", "pod", "--all")
          #expect(try await up.dig("headless-svc.default.svc.cluster.local").contains { $0.contains("NXDOMAIN") })
        }
      }
    }
  }
}
