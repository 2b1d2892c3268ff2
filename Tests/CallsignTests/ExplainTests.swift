// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

extension EndToEnd {
  /// `callsign explain` over objects that its own controllers made.
  @Suite(.timeLimit(.minutes(3))) struct ExplainTests {
    static let manifest = """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec: {selector: {app: web}, ports: [{port: 80}]}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: shop}
      spec:
        selector: {matchLabels: {app: wbe}}
        template:
          metadata: {labels: {app: wbe}}
          spec: {containers: [{name: c, image: host, command: [sleep, infinity]}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: db}
      spec: {clusterIP: None, selector: {app: db}, ports: [{name: mysql, port: 3306}]}
      ---
      apiVersion: apps/v1
      kind: StatefulSet
      metadata: {name: db}
      spec:
        serviceName: db
        replicas: 2
        selector: {matchLabels: {app: db}}
        template:
          metadata: {labels: {app: db}}
          spec: {containers: [{name: c, image: host, command: [sleep, infinity]}]}
      ---
      apiVersion: apps/v1
      kind: StatefulSet
      metadata: {name: cache}
      spec:
        serviceName: caches
        selector: {matchLabels: {app: cache}}
        template:
          metadata: {labels: {app: cache}}
          spec: {containers: [{name: c, image: host, command: [sleep, infinity]}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: cache}
      spec: {clusterIP: None, selector: {app: cache}}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: gated, labels: {app: gated}}
      spec:
        readinessGates: [{conditionType: example.com/in}]
        containers: [{name: c, image: host, command: [sleep, infinity]}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: gated}
      spec: {clusterIP: None, selector: {app: gated}}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: client, namespace: shop}
      spec: {containers: [{name: c, image: host, command: [sleep, infinity]}]}

      """

    @Test func itNamesTheCauseAndWhatToChange() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none", "-f", try site.write(Self.manifest)) { up in
          try await site.kubectl("rollout", "status", "statefulset/db", "--timeout=60s").succeeded()
          try await site.wait("-n", "shop", "--for=condition=Available", "deployment/web")
          try await eventually { try await up.names("db").count == 2 }

          func explain(_ arguments: String..., code: Int32, saying texts: String...) async throws {
            let ended = try await Program.run(site.words(["explain"] + arguments))
            #expect(ended.status == code, "\(ended)")
            for text in texts { #expect(ended.output.contains(text), "\(ended.output)") }
          }
          try await explain(
            "db-0.db", code: 0, saying: "db-0.db.default.svc.cluster.local answers: A ", "✓ Pod default/db-0 has the")
          try await explain("db-5.db", code: 1, saying: "[ordinal-out-of-range]", "set spec.replicas of StatefulSet")
          try await explain(
            "cache-0.cache", code: 1, saying: "StatefulSet default/cache has the serviceName \"caches\"")
          try await explain("gated", code: 1, saying: "its readiness gate example.com/in is not met")
          try await explain("_mysqll._tcp.db", "-t", "srv", code: 1, saying: "ask for SRV of _mysql._tcp.db.default")
          try await explain("web", code: 1, saying: "Service shop/web is in another namespace")
          try await explain(
            "web.shop", code: 0, saying: "has no ready endpoint", "which no pod matches", "has app=wbe",
            "To change: set spec.selector[app] of Service shop/web to \"wbe\"")
          try await explain("db", "--from", "client", "-n", "shop", code: 1, saying: "As Pod shop/client asks:")
          let address = try await site.field(".status.podIP", of: "pod/db-1")
          try await explain(address, code: 0, saying: "PTR db-1.db.default.svc.cluster.local.")

          // What is said is what is served.
          let json = try JSONParser.parse(
            try await site.callsign("explain", "db", "-o", "json").succeeded().output)
          let addresses = json["records"]?.array?.compactMap { $0["data"]?.string }.sorted()
          #expect(addresses == (try await up.names("db")))
          let raw = try await site.kubectl("get", "--raw", "/callsign/v1/explain?name=db-5.db").succeeded().output
          #expect(try JSONParser.parse(raw)["findings"]?.array?.first?["code"] == "ordinal-out-of-range")

          try await site.callsign("explain", "x", "--from", "nobody").failed(saying: "pods \"nobody\" not found")
          try await site.callsign("explain", "x", "--type", "HTML").failed(
            saying: "\"HTML\" is not a record type; these are: A, NS, CNAME, SOA, PTR, HINFO, MX, TXT, AAAA, SRV, "
              + "DNAME, OPT, IXFR, AXFR, ANY, LOC, NAPTR, DS, SSHFP, RRSIG, NSEC, DNSKEY, NSEC3, TLSA, CDS, CDNSKEY, "
              + "SVCB, HTTPS, SPF, URI, CAA, TYPE0 to TYPE65535")
        }
      }
    }
  }
}
