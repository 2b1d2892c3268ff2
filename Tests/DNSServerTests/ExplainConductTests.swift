// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Logging
import Naming
import OrderedCollections
import Testing

@testable import DNSServer

/// What is said of a name by what the server would do with it.
@Suite("Explain: what the server does on its own") struct ExplainConductTests {
  /// The objects of the tests, and what comes to be.
  private struct Objects: ObjectSource {
    let all: [KubeObject]

    func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
      all.first { $0.key == ObjectKey(resource: resource, namespace: namespace, name: name) }
    }

    func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
      all.filter { $0.resource == resource && (namespace == nil || $0.metadata.namespace == namespace) }
    }

    func changes(of resources: [APIResource]) -> ObjectChanges { ObjectChanges() }
  }

  private static let objects = TestObjects.objects + [
    TestObjects.service("db", ["clusterIP": "None"]),
    TestObjects.service("printer", ["type": "ExternalName", "externalName": "printer.example"]),
    KubeObject(
      ["metadata": ["name": "db", "namespace": "default"], "spec": ["serviceName": "db", "replicas": 2]],
      of: .statefulSets),
    KubeObject(
      [
        "metadata": ["name": "client", "namespace": "default"], "spec": [:],
        "status": ["podIP": "10.244.3.3", "podIPs": [["ip": "10.244.3.3"]]],
      ], of: .pods),
  ]

  private static func explainer(_ change: (inout DNSServerSettings) throws -> Void = { _ in }) throws -> NameExplainer {
    var settings = DNSServerSettings()
    settings.forwarding.upstreams = [Upstream(HostAddress("192.0.2.1")!)]
    settings.forwarding.routes = [
      ForwardingRoute(try Name("office.local"), upstreams: [Upstream(HostAddress("192.0.2.2")!)]),
      ForwardingRoute(try Name("ads.example"), upstreams: []),
    ]
    settings.forwarding.staticNames.entries = [
      StaticNameEntry(address: HostAddress("192.0.2.5")!, names: [try Name("printer.example")])
    ]
    settings.hold.milliseconds = 250
    settings.completesNames = true
    try change(&settings)
    let index = TestObjects.index()
    index.apply(objects.map { .updated($0) })
    let directory = PodDirectory()
    directory.apply(objects.map { .updated($0) })
    let server = DNSServer(
      index: index, sockets: [], settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      directory: directory)
    return NameExplainer(names: index, source: Objects(all: objects), conduct: server) { text, _ in
      let search = ["default.svc.", "svc.", ""].compactMap { try? Name("\(text).\($0)cluster.local") }
      return .init(servers: TestObjects.settings.serverAddresses, names: search + [try Name(text)])
    }
  }

  @Test("The verdict is the server's, and so is the reason", arguments: [
    ("printer.example.", .a, .answers, "static-name", "from hosts.entries"),
    ("printer.example.", .aaaa, .noData, "static-name", "it has no AAAA record there"),
    ("5.2.0.192.in-addr.arpa.", .ptr, .answers, "static-name", "answers: PTR printer.example."),
    ("x.onion.", .a, .nameError, "special-name", "not names of the DNS (RFC 7686)"),
    ("printer.local.", .a, .nameError, "special-name", "give them a route: forward.domains: [\"local ADDRESS\"]"),
    ("localhost.", .a, .answers, "special-name", "answers: A 127.0.0.1"),
    ("1.0.0.127.in-addr.arpa.", .ptr, .answers, "special-name", "RFC 6761"),
    ("a.office.local.", .a, .forwarded, "domain-route", "asked of 192.0.2.2:53"),
    ("x.ads.example.", .a, .refused, "domain-refused", "change forward.domains"),
    ("www.example.com.", .a, .forwarded, "outside-zone", "asked of 192.0.2.1:53"),
    ("9.9.9.10.in-addr.arpa.", .ptr, .forwarded, "outside-zone", "asked of 192.0.2.1:53"),
    ("db-0.db.default.svc.cluster.local.", .a, .nameError, "question-waits", "250 ms at most"),
    ("printer.default.svc.cluster.local.", .a, .answers, "static-name", "which this server answers itself"),
    ("*.default.svc.cluster.local.", .a, .nameError, "wildcard", "there are no wildcards"),
    ("web.*.svc.cluster.local.", .a, .nameError, "wildcard", "there are no wildcards"),
    ("a_b.default.svc.cluster.local.", .a, .nameError, "service-missing", "does not exist"),
  ] as [(String, RecordType, Explanation.Verdict, String, String)])
  func reasons(name: String, type: RecordType, verdict: Explanation.Verdict, code: String, saying: String) throws {
    let explanation = try Self.explainer().explain(ExplainRequest(name: name, type: type))
    #expect(explanation.verdict == verdict)
    #expect(explanation.findings.map(\.code.rawValue).contains(code), "\(explanation.text)")
    #expect(explanation.text.contains(saying), "\(explanation.text)")
    for label in ["*", "a_b"] { #expect(!explanation.text.contains("create a Service \"\(label)\"")) }
    // What is asked of others may have a cause here, such as an address that the cluster does not have.
    if verdict != .forwarded { #expect(explanation.findings.contains { $0.weight == .cause } == (verdict != .answers)) }
  }

  @Test(
    "The first question of a pod has the answer of the last, where the server completes names",
    arguments: [true, false])
  func completion(isOn: Bool) throws {
    let explainer = try Self.explainer { $0.completesNames = isOn }
    let explanation = try explainer.explain(ExplainRequest(name: "printer.example", pod: "client"))
    #expect(explanation.verdict == .answers)
    #expect(explanation.findings.contains { $0.code == .searchCompleted } == isOn)
  }

  @Test("Where nothing was set, other names are refused; special ones have their answers")
  func off() throws {
    let explainer = try Self.explainer { $0 = DNSServerSettings() }
    for name in ["printer.example.", "www.example.com."] {
      #expect(try explainer.explain(ExplainRequest(name: name)).verdict == .refused)
    }
    #expect(try explainer.explain(ExplainRequest(name: "localhost.")).verdict == .answers)
  }
}
