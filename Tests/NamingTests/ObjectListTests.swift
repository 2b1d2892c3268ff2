// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Naming

@Suite("The objects behind names") struct ObjectListTests {
  private static let address = HostAddress("10.96.0.20")!

  private static func service(_ namespace: String, _ name: String = "web", exists: Bool = true) -> NameChange {
    .service(namespace: namespace, name: name, exists ? ServiceFacts(kind: .clusterIP([address])) : nil)
  }

  private static func slice(_ namespace: String, _ name: String) -> NameChange {
    let facts = SliceFacts(service: "db") { $0.append([address], hostname: nil, isReady: true) }
    return .slice(namespace: namespace, name: name, facts)
  }

  private static func index(
    needsNamespaceObject: Bool = false, podNames: NamingSettings.PodNames = .insecure
  ) -> NameIndex {
    var settings = NamingSettings(podNames: podNames)
    settings.needsNamespaceObject = needsNamespaceObject
    let index = NameIndex(settings)
    index.apply(facts: [.synced])
    return index
  }

  private static func answer(_ name: String, _ index: NameIndex) throws -> ServedAnswer {
    ServedAnswer(try Name("\(name).cluster.local"), .a, from: index.snapshot, PlainConduct(upstreams: []))
  }

  @Test("what is known and not in a list can be removed, by kind and namespace") func removals() throws {
    let index = Self.index(podNames: .verified)
    index.apply(facts: [
      .namespace("a", exists: true), .namespace("b", exists: true), Self.service("a"), Self.service("a", "api"),
      Self.service("b"), Self.slice("a", "db-1"), Self.slice("b", "db-2"),
      .pod(namespace: "a", name: "p", [HostAddress("10.244.0.5")!]),
    ])
    let counts = [NamedKind.namespace, .service, .slice, .pod].map { index.snapshot.objectCount(of: $0) }
    #expect(counts == [2, 3, 2, 1])
    func names(_ kind: NamedKind, _ scope: String?) -> [String] {
      var names: [String] = []
      _ = index.snapshot.removals(of: kind, in: scope) { namespace, name in
        names.append(String(decoding: namespace + [0x2F] + name, as: UTF8.self))
        return true
      }
      return names.sorted()
    }
    #expect(names(.service, nil) == ["a/api", "a/web", "b/web"])
    #expect(names(.slice, nil) == ["a/db-1", "b/db-2"])
    #expect(names(.namespace, nil) == ["/a", "/b"] && names(.namespace, "b") == ["/b"])
    let api = Array("api".utf8)
    index.apply(facts: index.snapshot.removals(of: .service, in: "a") { $1 == api })
    #expect(names(.service, nil) == ["a/api", "b/web"])
    #expect(index.apply(facts: index.snapshot.removals(of: .pod, in: nil) { _, _ in false }))
    #expect(index.snapshot.objectCount(of: .pod) == 0)
    #expect(!index.apply(facts: [Self.service("b"), Self.slice("b", "db-2")]))
  }

  @Test("where namespaces are chosen, a Service has names as long as there is an object of its namespace")
  func chosenNamespaces() throws {
    let index = Self.index(needsNamespaceObject: true)
    index.apply(facts: [
      Self.service("a"), Self.slice("a", "db-1"),
      .service(namespace: "a", name: "db", ServiceFacts(kind: .headless)),
    ])
    let reverse = try Name("20.0.96.10.in-addr.arpa")
    for isThere in [false, true, false, true] {
      index.apply(facts: [.namespace("a", exists: isThere)])
      let code = isThere ? ResponseCode.noError : .nameError
      #expect(try Self.answer("web.a.svc", index).resolution == .answered(code))
      #expect(try Self.answer("10-96-0-20.db.a.svc", index).resolution == .answered(code))
      #expect(try Self.answer("a.svc", index).resolution == .answered(code))
      #expect(try Self.answer("10-1-2-3.a.pod", index).resolution == .answered(code))
      let answer = ServedAnswer(reverse, .ptr, from: index.snapshot, PlainConduct(upstreams: []))
      #expect(answer.records.isEmpty == !isThere)
      // What changes meanwhile stays hidden, or is seen.
      index.apply(facts: [Self.service("a", "new", exists: !isThere)])
      #expect(try Self.answer("new.a.svc", index).resolution == .answered(.nameError))
      index.apply(facts: [Self.service("a", "new")])
      #expect(try Self.answer("new.a.svc", index).resolution == .answered(code))
    }
    let services = index.snapshot.removals(of: .service, in: nil) { _, _ in false }
    index.apply(facts: services + [.namespace("a", exists: false)])
    #expect(index.snapshot.objectCount(of: .service) == 0 && index.snapshot.objectCount(of: .namespace) == 0)
  }
}
