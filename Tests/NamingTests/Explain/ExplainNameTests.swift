// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
@testable import Naming
import OrderedCollections
import Testing

/// What is expected of an explanation.
struct Expected: Sendable, CustomTestStringConvertible {
  var name: String
  var type: RecordType
  var verdict: Explanation.Verdict
  var causes: [FindingCode]
  var notes: [FindingCode]
  /// Parts of its text.
  var texts: [String]

  init(
    _ name: String, _ type: RecordType, _ verdict: Explanation.Verdict, _ causes: [FindingCode] = [],
    notes: [FindingCode] = [], saying texts: String...
  ) {
    self.name = name
    self.type = type
    self.verdict = verdict
    self.causes = causes
    self.notes = notes
    self.texts = texts
  }

  init(
    _ name: String, _ verdict: Explanation.Verdict, _ causes: [FindingCode] = [], notes: [FindingCode] = [],
    saying texts: String...
  ) {
    self.init(name, .a, verdict, causes, notes: notes)
    self.texts = texts
  }

  var testDescription: String { "\(name) \(type)" }

  func check(
    _ world: ExplainWorld, pod: String? = nil, namespace: String = "default",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let explanation = try world.explain(name, type, pod: pod, namespace: namespace)
    let found = explanation.findings
    #expect(explanation.verdict == verdict, sourceLocation: sourceLocation)
    #expect(found.filter { $0.weight == .cause }.map(\.code) == causes, sourceLocation: sourceLocation)
    #expect(found.filter { $0.weight == .note }.map(\.code) == notes, sourceLocation: sourceLocation)
    for text in texts {
      #expect(explanation.text.contains(text), "\(explanation.text)", sourceLocation: sourceLocation)
    }
  }
}

/// Names that are not what their writer thinks, before any object comes into it.
@Suite("Explain: names") struct ExplainNameTests {
  static let objects = [
    Cluster.namespace("default"), Cluster.namespace("shop"),
    Cluster.service("web", namespace: "shop", ["clusterIPs": ["10.96.0.20"], "ports": [["name": "http", "port": 80]]]),
    Objects.slice("web-a", of: "web", in: "shop", ports: [["name": "http", "port": 80]], .init(address: "10.244.0.9")),
    Cluster.service("api", namespace: "kube-system", ["clusterIPs": ["10.96.0.21"], "ports": [["port": 80]]]),
    Objects.slice("api-a", of: "api", in: "kube-system", .init(address: "10.244.0.8")),
  ]
  static let world = ExplainWorld(objects, upstreams: ["192.0.2.1:53"])

  @Test(arguments: [
    Expected("web.shop.svc.cluster.local", .answers, saying: "web.shop.svc.cluster.local answers: A 10.96.0.20", "✓ "
      + "Namespace"),
    Expected("WEB.Shop.svc.cluster.local", .answers, notes: [.caseDiffers], saying: "web.shop.svc.cluster.local is "
      + "the same"),
    Expected("wbe.shop.svc.cluster.local", .nameError, [.serviceMissing], saying: "ask for web.shop.svc.cluster.local"),
    Expected(
      "web.default.svc.cluster.local", .nameError, [.serviceMissing], notes: [.serviceElsewhere],
      saying: "Service default/web does not exist", "Service shop/web is in another",
      "ask for web.shop.svc.cluster.local"),
    Expected(
      "web.shpo.svc.cluster.local", .nameError, [.namespaceMissing], notes: [.serviceElsewhere],
      saying: "there is \"shop\""),
    Expected("x.nowhere.svc.cluster.local", .nameError, [.namespaceMissing], saying: "create \"nowhere\""),
    Expected("web.shop.cluster.local", .nameError, [.svcMissing], saying: "ask for web.shop.svc.cluster.local"),
    Expected("web.shop.scv.cluster.local", .nameError, [.svcMissing], saying: "ask for web.shop.svc.cluster.local"),
    Expected("web.cluster.local", .nameError, [.svcMissing], saying: "ask for web.shop.svc.cluster.local"),
    Expected(
      "web.svc.cluster.local", .nameError, [.namespaceMissing],
      saying: "Namespace web does not exist, and Service shop/web does: its namespace is missing before \"svc\"",
      "To change: ask for web.shop.svc.cluster.local"),
    Expected(
      "_http._tcp.web.svc.cluster.local", .srv, .nameError, [.namespaceMissing],
      saying: "ask for _http._tcp.web.shop.svc.cluster.local"),
    Expected(
      "shop.web.svc.cluster.local", .nameError, [.namespaceMissing],
      saying: "Namespace web does not exist, and Service shop/web does: its name comes before that of its namespace",
      "To change: ask for web.shop.svc.cluster.local"),
    Expected(
      "_http._tcp.shop.web.svc.cluster.local", .srv, .nameError, [.namespaceMissing],
      saying: "To change: ask for _http._tcp.web.shop.svc.cluster.local"),
    // Of two Services, the one that is asked for counts.
    Expected(
      "web.api.svc.cluster.local", .nameError, [.namespaceMissing], notes: [.serviceElsewhere],
      saying: "ask for web.shop.svc.cluster.local"),
    Expected("x.cluster.local", .nameError, [.nothingThere], saying: "SERVICE.NAMESPACE.svc.cluster.local"),
    Expected("shop.svc.cluster.local", .noData, [.noRecords], saying: "its Services are web"),
    Expected("svc.cluster.local", .noData, [.noRecords]),
    Expected("cluster.local", .noData, [.typeMissing], saying: "it has NS, SOA"),
    Expected("a.b.c.web.shop.svc.cluster.local", .nameError, [.tooManyLabels], saying: "_PORT._PROTOCOL.SERVICE"),
    Expected("web.shop.svc.cluster.local", .txt, .noData, [.typeMissing], saying: "has no TXT record; it has A, SRV"),
    Expected("web.shop.svc.cluster.local", .aaaa, .noData, [.familyMissing], saying: "ask for A, or"),
    Expected("web.shop.svc.cluster.local", .axfr, .refused, [.zoneTransfer]),
    Expected("web.shop.svc.k8s.example.", .forwarded, [.zoneDiffers], notes: [.outsideZone], saying: "not k8s.example"),
    Expected("web.shop.svc.", .forwarded, [.zoneDiffers], notes: [.outsideZone], saying: "the zone is missing at the "
      + "end"),
    Expected("example.com.", .forwarded, notes: [.outsideZone], saying: "asked of 192.0.2.1:53"),
    Expected(String(repeating: "x", count: 64) + ".shop", .invalid, [.nameInvalid], saying: "at most 63 octets", "has "
      + "64"),
    Expected("web..shop", .invalid, [.nameInvalid], saying: "nothing between two dots"),
    Expected(String(repeating: "x.", count: 130), .invalid, [.nameInvalid], saying: "at most 255 octets"),
  ])
  func names(_ expected: Expected) throws { try expected.check(Self.world) }

  @Test("Without forwarding, other names are refused")
  func refused() throws {
    try Expected("example.com.", .refused, [.outsideZone], saying: "give the server upstreams")
      .check(ExplainWorld(Self.objects))
  }

  @Test("Of names with few letters, only those with the same letters are alike", arguments: [
    ("sa", "ss", nil), ("db", "dbs", nil), ("api", "app", nil), ("bd", "db", "db"), ("wbe", "web", "web"),
    ("dn", "db", nil), ("cach", "cache", "cache"), ("webs", "web", "web"), ("wba", "web", nil),
  ] as [(String, String, String?)])
  func similar(asked: String, there: String, proposed: String?) throws {
    let world = ExplainWorld([
      Cluster.namespace("default"), Cluster.namespace(there), Cluster.service(there, ["clusterIPs": ["10.96.0.9"]]),
    ])
    let service = try world.explain("\(asked).default.svc.cluster.local").findings[0]
    #expect(service.code == .serviceMissing && service.wanted == proposed, "\(service.sentence)")
    let namespace = try world.explain("x.\(asked).svc.cluster.local").findings[0]
    #expect(namespace.code == .namespaceMissing && namespace.wanted == proposed, "\(namespace.sentence)")
    let port = ["clusterIPs": ["10.96.0.9"], "ports": [["name": .string(there), "port": 80]]] as JSONValue
    let ports = ExplainWorld([Cluster.namespace("default"), Cluster.service("ports", port)])
    let remedy = try ports.explain("_\(asked)._tcp.ports.default.svc.cluster.local", .srv).findings[0].remedy
    #expect(remedy.hasPrefix("ask for SRV") == (proposed != nil), "\(remedy)")
  }

  @Test("A zone of another name")
  func otherZone() throws {
    var settings = Cluster.settings
    settings.zone = try Name("k8s.example")
    let world = ExplainWorld(Self.objects, settings: settings)
    try Expected("web.shop.svc.k8s.example", .answers).check(world)
    try Expected(
      "web.shop.svc.cluster.local.", .refused, [.zoneDiffers], notes: [.outsideZone],
      saying: "the zone of this cluster is k8s.example, not cluster.local", "ask for web.shop.svc.k8s.example"
    ).check(world)
  }

  @Test("Before the first sync, nothing is said to be missing")
  func notSynced() throws {
    let world = ExplainWorld(Self.objects, synced: false)
    try Expected("web.shop.svc.cluster.local", .answers).check(world)
    try Expected("x.shop.svc.cluster.local", .serverFailure, [.notSynced]).check(world)
    try Expected("1.0.0.10.in-addr.arpa", .ptr, .serverFailure, [.notSynced]).check(world)
  }

  @Test("A namespace that is being deleted")
  func terminating() throws {
    let namespace = KubeObject(
      [
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": ["name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"],
      ], of: .namespaces)
    try Expected("web.shop.svc.cluster.local", .answers, notes: [.namespaceTerminating])
      .check(ExplainWorld([namespace] + Self.objects.dropFirst(2)))
  }

  @Test("Objects that names have not caught up with are not made up")
  func changing() throws {
    let index = NameIndex(Cluster.settings)
    index.apply([.synced])
    let explainer = NameExplainer(
      names: index, source: FixedObjects(all: Self.objects), conduct: PlainConduct(upstreams: [])
    ) { name, _ in
      .init(servers: [], names: [try Name(name)])
    }
    let explanation = try explainer.explain(ExplainRequest(name: "web.shop.svc.cluster.local"))
    #expect(explanation.verdict == .nameError)
    let causes = explanation.findings.filter { $0.weight == .cause }.map(\.code)
    #expect(causes == [.changing])
  }

  @Test("Whatever a client asks for is shown as text, and moves no cursor")
  func controlCharacters() throws {
    let text = try ExplainWorld(Self.objects).explain("\\027[31mred\\010x.a\\010b.svc.cluster.local.").text
    #expect(!text.contains("\u{1B}") && text.contains("\\010b"))
    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("x") || $0.hasPrefix("b") })
  }
}
