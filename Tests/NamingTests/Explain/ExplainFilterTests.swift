// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Naming
import OrderedCollections
import Testing

/// Servers that leave objects out, and servers that have others asked for a while.
struct ExplainFilterTests {
  private static let zone = "svc.cluster.local"
  private static let filter = ObjectFilter(
    namespaces: ["default", "shop"], namespaceSelector: LabelSelector(labels: ["team": "a"]),
    serviceSelector: LabelSelector(labels: ["dns": "yes"]))

  private static func namespace(_ name: String, team: String) -> KubeObject {
    KubeObject(["metadata": ["name": .string(name), "labels": ["team": .string(team)]]], of: .namespaces)
  }

  private static func service(_ name: String, _ namespace: String, labels: [String: String]) -> KubeObject {
    KubeObject(
      [
        "metadata": Objects.metadata(name, namespace, labels: labels),
        "spec": ["clusterIP": "None", "clusterIPs": ["None"], "selector": ["app": .string(name)]],
      ], of: .services)
  }

  static let objects = [
    namespace("default", team: "a"), namespace("shop", team: "b"), namespace("other", team: "a"),
    service("web", "default", labels: ["dns": "yes"]), service("db", "default", labels: [:]),
    service("web", "shop", labels: ["dns": "yes"]),
    Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2"),
    Objects.slice("db-1", of: "db", .init(address: "10.244.0.2", pod: "db-0")),
  ]

  /// What a server has that follows the cluster with the filter, and what is read of it all.
  private static func world(_ filter: ObjectFilter = filter, fallback: [String] = [], synced: Bool = true) -> ExplainWorld {
    let served = objects.filter { object in
      let name = object.resource == .namespaces ? object.metadata.name : object.metadata.namespace
      guard name == "default" else { return false }
      return object.resource != .services || object.metadata.name == "web"
    }
    return ExplainWorld(objects, synced: synced, filter: filter, served: served, fallback: fallback)
  }

  @Test(
    "what is left out is said to be there, and which setting leaves it out",
    arguments: [
      ("db.default", "Service default/db", "kubernetes.serviceSelector asks for the labels dns=yes"),
      ("web.shop", "Namespace shop", "kubernetes.namespaceSelector asks for the labels team=a"),
      ("web.other", "Namespace other", "kubernetes.namespaces has default,shop alone"),
      ("web.nowhere", "Namespace nowhere", "kubernetes.namespaces has default,shop alone"),
    ])
  func leftOut(name: String, object: String, reason: String) throws {
    let explanation = try Self.world().explain("\(name).\(Self.zone)")
    #expect(explanation.verdict == .nameError)
    let finding = try #require(explanation.findings.first)
    #expect(finding.code == .leftOut && finding.weight == .cause && finding.object?.description == object)
    #expect(finding.text == "is left out by this server: \(reason)")
    #expect(explanation.remedies.first?.contains("the setting kubernetes.") == true)
  }

  @Test("an address that has no name for that reason alone") func address() throws {
    let explanation = try Self.world().explain("10.244.0.2")
    #expect(explanation.findings.map(\.code) == [.leftOut])
    #expect(explanation.findings[0].object?.description == "Service default/db")
  }

  @Test("what is left out is not proposed") func proposals() throws {
    let explanation = try Self.world().explain("wbe.default.\(Self.zone)")
    #expect(explanation.findings.map(\.code) == [.serviceMissing])
    #expect(explanation.findings[0].wanted == "web")
    let near = try Self.world().explain("dc.default.\(Self.zone)")
    #expect(near.findings.map(\.wanted) == [nil])
    #expect(near.findings[0].text == "does not exist; namespace \"default\" has web")
  }

  @Test("others are asked for a while: what they are asked, and what is known here", arguments: [true, false])
  func fallback(isSynced: Bool) throws {
    let world = Self.world(ObjectFilter(), fallback: ["192.0.2.1:53"], synced: isSynced)
    let explanation = try world.explain("nothing.default.\(Self.zone)")
    #expect(explanation.verdict == .forwarded && explanation.records.isEmpty)
    #expect(explanation.findings.allSatisfy { $0.weight == .note })
    let known = isSynced ? "does not exist (NXDOMAIN)" : "cannot be answered (SERVFAIL)"
    let why = isSynced ? "the API server is away, and what is known may be old" : "not all of the cluster's names are known yet"
    let name = "nothing.default.\(Self.zone)"
    #expect(
      explanation.summary == "\(name) is asked of 192.0.2.1:53 for now (kubernetes.fallback), for \(why); by what is "
        + "known here, \(name) \(known)")
    #expect(explanation.findings[0].code == .fallbackAsked)
    // Others' names are asked of upstreams as ever.
    #expect(try world.explain("example.org.").verdict == .refused)
  }
}
