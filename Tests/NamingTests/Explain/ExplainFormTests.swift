// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import KubeModel
import Naming
import OrderedCollections
import Testing

/// Who asks, and the forms of what is said.
@Suite("Explain: search path and forms") struct ExplainFormTests {
  static let objects = ExplainHostTests.objects + [
    Cluster.namespace("shop"),
    Cluster.service("web", namespace: "shop", ["clusterIPs": ["10.96.0.20"], "ports": [["port": 80]]]),
    Objects.slice("web-a", of: "web", in: "shop", .init(address: "10.244.1.1")),
    Objects.pod("client", "shop", ip: "10.244.1.2"),
    Objects.pod("node", "shop", ip: "10.0.0.1", spec: ["hostNetwork": true]),
    Objects.pod("machine", "shop", ip: "10.244.1.3", spec: ["dnsPolicy": "Default"]),
  ]
  static let world = ExplainWorld(objects, upstreams: ["192.0.2.1:53"])

  // MARK: The search path

  @Test("It stops at the first name that answers")
  func stops() throws {
    let own = try Self.world.explain("web", pod: "client", namespace: "shop")
    #expect(own.steps.map(\.name.description) == ["web.shop.svc.cluster.local."])
    let other = try Self.world.explain("db.default", pod: "client", namespace: "shop")
    let asked = other.steps.map(\.name.description)
    #expect(asked == ["db.default.shop.svc.cluster.local.", "db.default.svc.cluster.local."])
    #expect(other.steps.map(\.verdict) == [.nameError, .answers])
    #expect(other.name == other.steps[1].name)
    #expect(other.verdict == .answers)
  }

  @Test("Where none answers, it is about the name that is nearest to objects", arguments: [
    ("web", "default", "web.default.svc.cluster.local."), ("wbe.shop", "default", "wbe.shop.svc.cluster.local."),
    ("db-7.db", "default", "db-7.db.default.svc.cluster.local."),
    ("db-7.db.default", "shop", "db-7.db.default.svc.cluster.local."),
    ("web.shop.cluster.local.", "default", "web.shop.cluster.local."),
    ("www.example.com", "default", "www.example.com."),
    ("nothing", "default", "nothing.default.svc.cluster.local."),
  ])
  func nearest(name: String, namespace: String, about: String) throws {
    let explanation = try Self.world.explain(name, namespace: namespace)
    #expect(explanation.name?.description == about)
    #expect(explanation.verdict != .answers)
  }

  @Test("Pods that do not ask the cluster's DNS", arguments: [
    ("node", "create Pod shop/node anew with spec.dnsPolicy: ClusterFirstWithHostNet"),
    ("machine", "create Pod shop/machine anew with spec.dnsPolicy: ClusterFirst"),
  ])
  func elsewhere(pod: String, remedy: String) throws {
    let explanation = try Self.world.explain("web", pod: pod, namespace: "shop")
    #expect(explanation.verdict == .elsewhere)
    let causes = explanation.findings.filter { $0.weight == .cause }.map(\.code)
    #expect(causes == [.asksElsewhere])
    #expect(explanation.remedies.first == remedy)
  }

  @Test func aPodThatIsNotThere() throws {
    #expect { try Self.world.explain("web", pod: "nobody") } throws: { error in
      (error as? StatusError)?.message == "pods \"nobody\" not found"
    }
  }

  // MARK: Whatever is asked

  static let manyObjects = objects + ExplainPortTests.objects.dropFirst(2)

  /// Names of all forms about ``manyObjects``, without their zone.
  static var manyNames: [String] {
    let services = Set(manyObjects.filter { $0.resource == .services }.map(\.metadata.name)).sorted() + ["nope"]
    let fronts = [
      "", "db-0.", "db-1.", "db-9.", "bare.", "twin.", "10-244-0-5.", "fd00--1.", "_tcp.", "_http._tcp.", "_db._tcp.",
      "a.b.", "a.b.c.",
    ]
    var names = ["", "svc.", "pod.", "dns.", "ns.dns.", "dns-version.", "default.", "x.dns.", "10-244-0-5.default.pod."]
    for namespace in ["default", "shop", "nowhere"] {
      names += fronts.map { "\($0)\(namespace).pod." } + fronts.map { "\($0)\(namespace).svc." }
      for service in services { names += fronts.map { "\($0)\(service).\(namespace).svc." } }
    }
    return names
  }

  @Test("Every name has a verdict that fits what is said of it", arguments: NamingSettings.PodNames.allCases)
  func everyName(mode: NamingSettings.PodNames) throws {
    var settings = Cluster.settings
    settings.podNames = mode
    let world = ExplainWorld(Self.manyObjects, settings: settings)
    for name in Self.manyNames {
      for type in [RecordType.a, .aaaa, .srv, .cname] {
        let explanation = try world.explain(name + "cluster.local.", type)
        let causes = explanation.findings.filter { $0.weight == .cause }.map(\.code)
        #expect(causes.isEmpty == (explanation.verdict == .answers), "\(name) \(type)\n\(explanation.text)")
        #expect(!causes.contains(.changing), "\(name) \(type)\n\(explanation.text)")
      }
    }
  }

  // MARK: Requests

  @Test func parameters() throws {
    func read(_ parameters: [String: String]) throws(StatusError) -> ExplainRequest {
      try ExplainRequest { parameters[$0] }
    }
    #expect(try read(["name": "web"]) == ExplainRequest(name: "web"))
    #expect(
      try read(["name": "web", "type": "srv", "from": "shop/client"])
        == ExplainRequest(name: "web", type: .srv, pod: "client", namespace: "shop"))
    #expect(
      try read(["name": "web", "from": "client", "namespace": "shop"])
        == ExplainRequest(name: "web", pod: "client", namespace: "shop"))
    #expect(
      try read(["name": "web", "type": "", "from": "", "namespace": ""]) == ExplainRequest(name: "web"))
    let mistakes = [
      [:], ["name": ""], ["name": "web", "type": "HTML"], ["name": "web", "from": "a/b/c"], ["name": "w", "from": "/b"],
    ]
    for wrong in mistakes {
      #expect { try read(wrong) } throws: { ($0 as? StatusError)?.reason == .badRequest }
    }
  }

  @Test("What is said of a wrong type names each that is taken")
  func types() throws {
    var message = ""
    do { _ = try ExplainRequest { ["name": "web", "type": "HTML"][$0] } } catch { message = error.message }
    let list = try #require(message.split(separator: "these are: ").last).split(separator: ", ")
    #expect(list.count == 32 && list.last == "TYPE0 to TYPE65535")
    for word in list.dropLast().map(String.init) + ["TYPE0", "TYPE65535"] {
      let request = try ExplainRequest { ["name": "web", "type": word][$0] }
      if let type = RecordType(mnemonic: word) { #expect(request.type == type) }
    }
  }

  @Test("Types that others have records of are taken by name and by number", arguments: [
    ("SVCB", 64), ("https", 65), ("DS", 43), ("Caa", 257), ("RRSIG", 46), ("DNSKEY", 48), ("TYPE64", 64),
    ("type257", 257),
  ] as [(String, UInt16)])
  func otherTypes(text: String, number: UInt16) throws {
    let request = try ExplainRequest { ["name": "web.shop.svc.cluster.local", "type": text][$0] }
    #expect(request.type == RecordType(rawValue: number))
    let explanation = try Self.world.explainer.explain(request)
    #expect(explanation.verdict == .noData && explanation.findings.map(\.code).contains(.typeMissing))
  }

  @Test("For those who may not read pods, a probe has no arguments", arguments: [
    (["exec": ["command": ["sh", "-c", "ping -pSECRET"]]], "exec sh …"), (["exec": ["command": ["true"]]], "exec true"),
    (["httpGet": ["port": 80, "path": "/ready?key=SECRET"]], "GET :80/ready?…"),
  ] as [(JSONValue, String)])
  func withoutArguments(probe: JSONValue, text: String) throws {
    let pod = Objects.pod(
      "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
      spec: ["containers": [["name": "c", "readinessProbe": probe]]], status: Objects.runs())
    let objects = [Cluster.namespace("default"), ExplainEndpointTests.headless(["app": "db"]), pod]
    let open = try ExplainWorld(objects).explain("db.default.svc.cluster.local").json.jsonText
    #expect(open.contains("SECRET") == text.hasSuffix("…"))
    let closed = try ExplainWorld(objects, showsArguments: false).explain("db.default.svc.cluster.local")
    #expect(closed.findings[0].text.hasSuffix("does not pass: \(text)"))
    #expect(!closed.json.jsonText.contains("SECRET"))
  }

  // MARK: Forms

  /// A golden file; `CALLSIGN_UPDATE_GOLDEN=1` writes it.
  private func expectGolden(_ text: String, _ name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    if ProcessInfo.processInfo.environment["CALLSIGN_UPDATE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text + "\n")
  }

  @Test("Text and JSON", arguments: [
    ("not-ready", "db-1.db", RecordType.a), ("service-name", "cache-0.cache", .a), ("answers", "db", .srv),
    ("invalid", "a..b", .a),
  ])
  func forms(file: String, name: String, type: RecordType) throws {
    let explanation = try Self.world.explain(name, type)
    try expectGolden(explanation.text, "\(file).txt")
    try expectGolden(explanation.json.jsonText, "\(file).json")
    #expect(explanation.json["text"]?.string == explanation.text)
  }

  @Test("The documentation has a row for every finding")
  func documented() throws {
    let file = URL(filePath: #filePath).appending(path: "../../../../docs/explain.md").standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    for code in FindingCode.allCases { #expect(text.contains("| `\(code.rawValue)` |"), "\(code.rawValue)") }
    for verdict in Explanation.Verdict.allCases { #expect(text.contains("`\(verdict.rawValue)`")) }
  }
}
