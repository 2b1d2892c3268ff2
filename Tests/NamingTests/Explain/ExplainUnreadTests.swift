// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// What is said where not all objects could be read: nothing that they might belie.
@Suite("Explain: objects that were not read") struct ExplainUnreadTests {
  static let all = NameExplainer.kinds
  static let zone = "svc.cluster.local"
  static let api: [APIResource] = [.namespaces, .services, .endpointSlices, .pods, .statefulSets]

  /// Findings that say nothing of objects, or less than what they stand for where more is known.
  static let weaker: Set<FindingCode> = [
    .objectsUnread, .typeMissing, .noRecords, .nothingThere, .endpointNotReady, .endpointTerminating,
    .endpointsMissing, .hostMissing, .podNameNoAddress,
  ]

  static func findings(
    _ objects: [KubeObject], _ name: String, without kinds: Set<APIResource>
  ) throws -> [Finding] {
    try ExplainWorld(objects, kinds: all.subtracting(kinds)).explain(name).findings
  }

  @Test("A name that answers is not said to be missing", arguments: [all] + api.map { [$0] })
  func answers(kinds: Set<APIResource>) throws {
    let world = ExplainWorld(ExplainNameTests.objects, kinds: Self.all.subtracting(kinds))
    let explanation = try world.explain("web.shop.\(Self.zone)")
    #expect(explanation.verdict == .answers)
    let codes = explanation.findings.map(\.code)
    let needed: Set<APIResource> = [.services, .endpointSlices]
    #expect(codes == (kinds.isDisjoint(with: needed) ? [] : [.objectsUnread]), "\(explanation.text)")
    #expect(explanation.remedies.isEmpty)
    #expect(explanation.checks.contains { $0.object?.description == "Namespace shop" })
  }

  @Test("A name without an answer has no cause in what was not read", arguments: [
    ("x.nowhere.\(zone)", all, ["namespaces", "services"]),
    ("x.nowhere.\(zone)", [.services, .endpointSlices], nil),
    ("x.shop.\(zone)", all, ["services"]),
    ("x.shop.\(zone)", [.services], ["services"]),
    ("x.nowhere.\(zone)", [.namespaces], nil),
  ] as [(String, Set<APIResource>, [String]?)])
  func missing(name: String, kinds: Set<APIResource>, unread: [String]?) throws {
    let findings = try Self.findings(ExplainNameTests.objects, name, without: kinds)
    if let unread {
      #expect(findings.map(\.code) == [.objectsUnread])
      #expect(findings[0].found == unread.joined(separator: ","))
      #expect(findings[0].text.hasSuffix("were not read, so nothing is said of them; the reason may stand there"))
    } else {
      #expect(findings.contains { $0.weight == .cause }, "what was read tells enough")
    }
  }

  /// Whatever is left out, nothing is said that would not be said with it.
  @Test(arguments: [all] + all.map { [$0] })
  func nothingNew(kinds: Set<APIResource>) throws {
    var settings = Cluster.settings
    settings.podNames = .verified
    let objects = ExplainFormTests.manyObjects
    let whole = ExplainWorld(objects, settings: settings)
    let part = ExplainWorld(objects, settings: settings, kinds: Self.all.subtracting(kinds))
    // Where it is not known that the namespace is missing, it is said that the object in it is.
    var weaker = Self.weaker
    if !kinds.contains(.services) { weaker.insert(.serviceMissing) }
    if !kinds.contains(.pods) { weaker.insert(.podAddressUnknown) }
    // What is wrong with a set is not known; what is wrong with its pods is.
    if kinds.contains(.statefulSets) { weaker.insert(.subdomainDiffers) }
    for name in ExplainFormTests.manyNames.map({ $0 + "cluster.local." }) + ["10.244.0.3", "10.244.0.99"] {
      for type in [RecordType.a, .srv] {
        let known = Set(try whole.explain(name, type).findings.map(\.code))
        let explanation = try part.explain(name, type)
        for finding in explanation.findings where !known.contains(finding.code) {
          #expect(weaker.contains(finding.code), "\(name) \(type)\n\(explanation.text)")
        }
        #expect(explanation.findings.count { $0.code == .objectsUnread } <= 1)
      }
    }
  }

  @Test("Pods that were not read are neither created nor missing")
  func pods() throws {
    let objects = ExplainHostTests.objects
    let later = try Self.findings(objects, "db-2.db.default.\(Self.zone)", without: [.pods])
    #expect(later.map(\.code) == [.hostMissing, .objectsUnread])
    let unready = try Self.findings(objects, "db-1.db.default.\(Self.zone)", without: [.pods])
    #expect(unready.map(\.code) == [.endpointNotReady, .objectsUnread])
    #expect(unready[0].text == "says that Pod db-1 is not ready")
    #expect(unready[0].remedy == "look at the pod: kubectl describe pod db-1 -n default")
    // The number is too great, whatever pods there are.
    let beyond = try Self.findings(objects, "db-7.db.default.\(Self.zone)", without: [.pods])
    #expect(beyond.map(\.code) == [.ordinalMissing, .objectsUnread])
  }

  @Test("Endpoints that were not read are not missing")
  func slices() throws {
    let (service, pod) = (ExplainEndpointTests.headless(["app": "db"]), Objects.pod("db-0", labels: ["app": "db"]))
    let findings = try Self.findings([service, pod], "x.db.default.\(Self.zone)", without: [.endpointSlices])
    #expect(findings.map(\.code) == [.objectsUnread])
  }

  @Test("A pod that is to ask, and could not be read, is not said to be missing")
  func asker() throws {
    func message(_ namespaces: Set<String>?, _ kinds: Set<APIResource>, _ namespace: String) -> String? {
      let world = ExplainWorld(ExplainNameTests.objects, kinds: Self.all.subtracting(kinds), namespaces: namespaces)
      do {
        _ = try world.explain("web", pod: "client", namespace: namespace)
        return nil
      } catch {
        return (error as? StatusError)?.message
      }
    }
    #expect(message(nil, [], "shop") == "pods \"client\" not found")
    #expect(message(["shop"], [], "nowhere") == "pods \"client\" not found")
    let unread = message(nil, [.pods], "shop")
    #expect(unread?.hasPrefix("pods were not read, so it is not known how Pod shop/client asks") == true)
    #expect(message([], [], "shop")?.hasPrefix("pods of namespace \"shop\" were not read") == true)
  }

  @Test("Of namespaces whose objects were not read, nothing is said")
  func namespaces() throws {
    func explain(_ name: String, _ namespaces: Set<String>, _ objects: [KubeObject]) throws -> Explanation {
      try ExplainWorld(objects, namespaces: namespaces, upstreams: ["192.0.2.1:53"]).explain(name)
    }
    let missing = try explain("x.shop.\(Self.zone)", ["default"], ExplainNameTests.objects)
    #expect(missing.findings.map(\.code) == [.objectsUnread])
    #expect(missing.findings[0].found == "services of namespace \"shop\"")

    // Another namespace may have an endpoint with it that is not ready.
    let address = try explain("10.244.9.9", ["default"], ExplainNameTests.objects)
    #expect(address.findings[0].text == "no Service and no ready endpoint of one has the address 10.244.9.9")

    // An alias of an alias whose Service is not read: it does not end there.
    let aliases = [
      Cluster.service("a", ["type": "ExternalName", "externalName": .string("b.shop.\(Self.zone)")]),
      Cluster.service("b", namespace: "shop", ["type": "ExternalName", "externalName": "db.example.com"]),
    ]
    let leaving = try explain("a.default.\(Self.zone)", ["default"], aliases)
    #expect(leaving.findings.map(\.code) == [.objectsUnread])
    #expect(try explain("a.default.\(Self.zone)", ["default", "shop"], aliases).findings.map(\.code) == [.aliasOutside])
  }
}
