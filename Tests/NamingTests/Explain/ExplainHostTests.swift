// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// Names of pods below Services.
@Suite("Explain: pods' names") struct ExplainHostTests {
  static let objects = [
    Cluster.namespace("default"),
    Cluster.service("db", ["clusterIPs": ["None"], "selector": ["app": "db"], "ports": [["name": "db", "port": 3306]]]),
    Cluster.service("read", ["clusterIPs": ["10.96.0.7"], "selector": ["app": "db"], "ports": [["port": 3306]]]),
    Objects.workload(.statefulSets, "db", labels: ["app": "db"], ["replicas": 4, "serviceName": "db"]),
    Objects.pod(
      "db-0", labels: ["app": "db"], ip: "10.244.0.2", hostname: "db-0", subdomain: "db", owner: "StatefulSet/db"),
    Objects.pod(
      "db-1", labels: ["app": "db"], ip: "10.244.0.3", isReady: false, hostname: "db-1", subdomain: "db",
      owner: "StatefulSet/db", spec: ["containers": [["name": "c", "readinessProbe": ["tcpSocket": ["port": 3306]]]]],
      status: Objects.runs()),
    Objects.workload(.statefulSets, "cache", labels: ["app": "cache"], ["replicas": 1, "serviceName": "caches"]),
    Cluster.service("cache", ["clusterIPs": ["None"], "selector": ["app": "cache"]]),
    Objects.pod(
      "cache-0", labels: ["app": "cache"], ip: "10.244.0.4", hostname: "cache-0", subdomain: "caches",
      owner: "StatefulSet/cache"),
    Objects.slice("cache-a", of: "cache", .init(address: "10.244.0.4", pod: "cache-0")),
    Objects.pod("bare", labels: ["app": "db"], ip: "10.244.0.5"),
    Objects.pod("nosub", labels: ["app": "db"], ip: "10.244.0.6", hostname: "nosub"),
    Objects.pod("sub", labels: ["app": "db"], ip: "10.244.0.7", hostname: "sub", subdomain: "dbs"),
    Objects.pod("other", labels: ["app": "web"], ip: "10.244.0.8", hostname: "other", subdomain: "db"),
    Objects.pod("alias", labels: ["app": "db"], ip: "10.244.0.9", hostname: "known", subdomain: "db"),
    Objects.pod("t1", labels: ["app": "db"], ip: "10.244.0.10", hostname: "twin", subdomain: "db"),
    Objects.pod("t2", labels: ["app": "db"], ip: "10.244.0.11", hostname: "twin", subdomain: "db"),
    Objects.slice(
      "db-a", of: "db", .init(address: "10.244.0.2", hostname: "db-0", pod: "db-0"),
      .init(address: "10.244.0.3", hostname: "db-1", pod: "db-1", isReady: false),
      .init(address: "10.244.0.5", pod: "bare"), .init(address: "10.244.0.6", pod: "nosub"),
      .init(address: "10.244.0.7", pod: "sub"), .init(address: "10.244.0.9", hostname: "known", pod: "alias"),
      .init(address: "10.244.0.10", hostname: "twin", pod: "t1"),
      .init(address: "10.244.0.11", hostname: "twin", pod: "t2")),
    Objects.slice(
      "read-a", of: "read", .init(address: "10.244.0.2", pod: "db-0"),
      .init(address: "10.244.0.12", hostname: "reader", pod: "reader")),
    Objects.pod("reader", labels: ["app": "reader"], ip: "10.244.0.12", hostname: "reader", subdomain: "read"),
    Cluster.service("away", ["type": "ExternalName", "externalName": "db.example.com"]),
  ]

  @Test(arguments: [
    Expected("db-0.db", .answers, saying: "Pod default/db-0 has the hostname \"db-0\", is ready, has the address "
      + "10.244.0.2"),
    Expected("db-1.db", .nameError, [.readinessProbe], saying: "TCP :3306"),
    Expected("db-2.db", .nameError, [.podNotCreated, .readinessProbe], saying: "has not created Pod db-2 yet", "Pod "
      + "default/db-1"),
    Expected("db-7.db", .nameError, [.ordinalMissing], saying: "has 4 replicas: db-0 to db-3", "set spec.replicas of "
      + "StatefulSet"),
    Expected("cache-0.cache", .nameError, [.serviceNameDiffers], saying: "has the serviceName \"caches\"", "with "
      + "serviceName: cache"),
    Expected(
      "cache-0.caches", .nameError, [.serviceMissing], notes: [.workloadWithoutService], saying: "there is \"cache\"",
      "create a headless Service \"caches\" in namespace \"default\" that selects app=cache"),
    Expected(
      "bare.db", .nameError, [.hostnameMissing, .subdomainMissing],
      saying: "is called 10-244-0-5.db.default.svc.cluster.local",
      "create Pod default/bare anew with spec.hostname: bare, or run it as a StatefulSet"),
    Expected("10-244-0-5.db", .answers, saying: "has no hostname, and so its address as a name"),
    Expected("10-244-0-2.db", .nameError, [.hostnameDiffers], saying: "ask for db-0.db.default.svc.cluster.local"),
    Expected("10-244-0-8.db", .nameError, [.hostMissing, .podNotSelected], saying: "it belongs to Pod default/other"),
    Expected("nosub.db", .nameError, [.subdomainMissing], saying: "create Pod default/nosub anew with spec.subdomain: "
      + "db"),
    Expected("sub.db", .nameError, [.subdomainDiffers], saying: "has the subdomain \"dbs\""),
    Expected("other.db", .nameError, [.podNotSelected], saying: "has app=web, and Service default/db selects app=db"),
    Expected("alias.db", .nameError, [.hostnameDiffers], saying: "ask for known.db.default.svc.cluster.local"),
    Expected("twin.db", .answers, notes: [.hostnameShared], saying: "t1, t2", "run them as a StatefulSet"),
    Expected("kown.db", .nameError, [.hostMissing], saying: "ask for known.db.default.svc.cluster.local"),
    Expected("nobody.db", .nameError, [.hostMissing], saying: "but db-0, db-1, known, twin"),
    Expected(
      "db-0.read", .nameError, [.serviceNameDiffers], notes: [.serviceNotHeadless],
      saying: "clusterIP: None", "only for pods whose spec.subdomain is \"read\""),
    Expected("x.read", .nameError, [.hostMissing], notes: [.serviceNotHeadless]),
    Expected("10-244-0-2.read", .answers, saying: "has no hostname, and so its address as a name"),
    Expected("reader.read", .answers, saying: "Pod default/reader has the hostname \"reader\""),
    Expected("x.away", .nameError, [.nothingThere], saying: "is another name for db.example.com"),
    Expected("db-0.db", .aaaa, .noData, [.familyMissing], saying: "ask for A"),
    Expected("db-0.db", .txt, .noData, [.typeMissing], saying: "it has A"),
    Expected("db-0", .nameError, [.serviceMissing], notes: [.workloadWithoutService], saying: "ask for "
      + "db-0.db.default.svc"),
    Expected(
      "gone.default.svc.cluster.local", .nameError, [.serviceMissing],
      saying: "namespace \"default\" has away, cache, db, read",
      "create a Service \"gone\""),
  ])
  func names(_ expected: Expected) throws { try expected.check(ExplainWorld(Self.objects)) }

  @Test("Numbers that no set can have", arguments: [
    (.max, 1, "db-0", nil), (.max, .max, "db-3", nil), (.min, 2, "db-5", "6"), (1, .max, "db-0", nil),
    (0, .min, "db-0", "1"), (0, 1, "db-9223372036854775807", nil), (0, 1, "db-2147483646", "2147483647"),
    (0, 1, "db-2147483647", nil),
  ] as [(Int64, Int64, String, String?)])
  func ordinals(start: Int64, replicas: Int64, label: String, wanted: String?) throws {
    let set = Objects.workload(
      .statefulSets, "db", labels: ["app": "db"],
      ["serviceName": "db", "replicas": .int(replicas), "ordinals": ["start": .int(start)]])
    let findings = try ExplainWorld(Self.objects.prefix(2) + [set]).explain("\(label).db.default.svc.cluster.local")
      .findings
    #expect(findings.map(\.code) == [.ordinalMissing])
    #expect(findings[0].wanted == wanted)
    #expect(findings[0].found == "\(replicas)")
  }
}

