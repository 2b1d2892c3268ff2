// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSConfiguration

@Suite("Corefiles of clusters that are not kubeadm's")
struct CorefileClusterTests {
  @Test("RKE2 names the zone twice, which is one zone")
  func rke2() throws {
    let outcome = try CorefileTests.convert(
      """
      .:53 {
          errors
          health  {
              lameduck 10s
          }
          ready
          kubernetes  cluster.local  cluster.local in-addr.arpa ip6.arpa {
              pods insecure
              fallthrough in-addr.arpa ip6.arpa
              ttl 30
          }
          prometheus  0.0.0.0:9153
          forward  . /etc/resolv.conf
          cache  30
          loop
          reload
          loadbalance
      }
      """)
    #expect(outcome.notes == [])
    #expect(outcome.settings["zone"] == "cluster.local")
  }

  private static func nodeCache(bind: String, names: String, others: String) -> String {
    """
    cluster.local:53 {
      errors
      cache {
        success 9984 30
        denial 9984 5
      }
      reload
      loop
      bind \(bind)
      forward . \(names) {
        force_tcp
      }
      prometheus :9253
      health 169.254.20.10:8080
    }
    in-addr.arpa:53 ip6.arpa:53 {
      bind \(bind)
      forward . \(names) {
        force_tcp
      }
    }
    .:53 {
      errors
      cache 30
      bind \(bind)
      forward . \(others)
      prometheus :9253
    }
    """
  }

  @Test("a cache on each node is no server of names: CoreDNS' own Corefile is wanted", arguments: [
    nodeCache(bind: "169.254.20.10 10.96.0.10", names: "10.96.0.11", others: "/etc/resolv.conf"),
    nodeCache(
      bind: "__PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__", names: "__PILLAR__CLUSTER__DNS__",
      others: "__PILLAR__UPSTREAM__SERVERS__"),
    nodeCache(bind: "fd00::10", names: "__PILLAR__CLUSTER__DNS__", others: "__PILLAR__UPSTREAM__SERVERS__"),
  ])
  func nodeLocal(text: String) throws {
    let error = #expect(throws: CorefileError.self) { () throws in
      _ = try CorefileImport(text, name: "Corefile", environment: [:])
    }
    #expect([9, 10].contains(error?.line))
    #expect(error?.message.hasSuffix("docs/coredns.md, \"One on each node\"") == true)
  }

  @Test("a server of names may listen on such an address")
  func linkLocal() throws {
    let outcome = try CorefileTests.convert(".:53 {\n bind 169.254.20.10\n kubernetes cluster.local\n}")
    #expect(outcome.settings["listen"] == "169.254.20.10:53")
  }

  @Test("old answers: at once unless something else is said", arguments: [
    ("serve_stale", "3600", "0", nil), ("serve_stale 30m", "1800", "0", nil),
    ("serve_stale 1h immediate", "3600", "0", nil), ("serve_stale 1h verify 1s", "3600", "1000", nil),
    (
      "serve_stale 1h verify", "3600", nil,
      "4: serve_stale 1h verify: an old answer is given once upstreams have failed, at the latest after cache.staleWait"
    ),
    (
      "serve_stale 1h verify soon", "3600", nil,
      "4: serve_stale 1h verify soon: soon is no span of time (answers can differ)"
    ),
    (
      "serve_stale 1h later", "3600", nil,
      "4: serve_stale 1h later: later is not known to this translation (answers can differ)"
    ),
  ] as [(String, String, String?, String?)])
  func stale(line: String, time: String, wait: String?, note: String?) throws {
    let outcome = try CorefileTests.convert(
      ".:53 {\n kubernetes cluster.local\n cache {\n  \(line)\n }\n forward . 10.0.0.1\n}")
    #expect(outcome.settings["cache.stale"] == time && outcome.settings["cache.staleWait"] == wait)
    #expect(outcome.notes.filter { $0.hasPrefix("4: ") } == (note.map { [$0] } ?? []))
  }

  @Test("an exception for the cluster's own names says nothing new", arguments: ["cluster.local", "svc.cluster.local"])
  func ownNames(domain: String) throws {
    let outcome = try CorefileTests.convert(
      ".:53 {\n kubernetes cluster.local\n forward . 10.0.0.1 {\n  except \(domain) corp.example\n }\n}")
    #expect(outcome.settings["forward.domains"] == "corp.example refuse")
  }
}
