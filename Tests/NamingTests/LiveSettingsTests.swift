// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import OrderedCollections
import Synchronization
import Testing

@testable import Naming

/// Settings of names that change while questions are answered.
@Suite("Other settings for the same names") struct LiveSettingsTests {
  static let objects = [
    Cluster.namespace("default"), Cluster.namespace("empty"),
    Cluster.service("web", ["clusterIPs": ["10.96.0.20"], "ports": [["name": "http", "port": 80]]]),
    Cluster.service("db", ["clusterIP": "None"]),
    Objects.slice("db-a", of: "db", .init(address: "10.244.0.1", hostname: "db-0"), .init(address: "10.244.0.2")),
    Objects.slice("early-a", of: "early", .init(address: "10.244.0.3", hostname: "e-0")),
    Cluster.service("away", ["type": "ExternalName", "externalName": "db.example.com"]),
    Objects.pod("p", ip: "10.244.0.9"),
  ]

  static let names = [
    "", "svc.", "default.svc.", "empty.svc.", "web.default.svc.", "_http._tcp.web.default.svc.", "db.default.svc.",
    "db-0.db.default.svc.", "10-244-0-2.db.default.svc.", "early.default.svc.", "away.default.svc.", "nothing.svc.",
    "10-244-0-9.default.pod.", "10-244-0-8.default.pod.", "ns.dns.",
  ]

  /// Set once, by the writer.
  private final class Flag: Sendable {
    let value = Atomic(false)
  }

  static func index(_ settings: NamingSettings, knowsPods: Bool = true) -> NameIndex {
    let index = NameIndex(settings, knowsPods: knowsPods)
    index.apply(objects.map { .updated($0) } + [.synced])
    return index
  }

  /// Every answer of an index, serials left out.
  static func answers(_ index: NameIndex) throws -> [String] {
    let settings = index.settings
    var answers: [String] = []
    let asked = names.map { $0 + settings.zone.description }
      + ["20.0.96.10", "1.0.244.10", "2.0.244.10", "9.0.244.10"].map { "\($0).in-addr.arpa" }
    for name in asked {
      for type in [RecordType.a, .srv, .ptr, .ns, .cname] {
        let answer = ServedAnswer(try Name(name), type, from: index.snapshot, PlainConduct(upstreams: []))
        let records = answer.records.map(\.description).sorted()
        answers.append("\(name) \(type) \(answer.resolution) \(records)")
      }
    }
    return answers
  }

  static let changes: [@Sendable (inout NamingSettings) -> Void] = [
    { $0.ttl = 77 }, { $0.negativeTTL = 3 }, { $0.answersReverse = false }, { $0.givesAllReverseNames = true },
    { $0.podNames = .verified }, { $0.podNames = .disabled }, { $0.serverAddresses = [HostAddress("10.96.0.53")!] },
    { $0.zone = Name(uncheckedWire: Array("\u{4}corp\u{4}test\u{0}".utf8)) },
    {
      $0.ttl = 1
      $0.answersReverse = false
      $0.podNames = .verified
    },
  ]

  @Test(
    "Answers are those of an index that had the settings from the start", arguments: LiveSettingsTests.changes.indices)
  func sameAsFromTheStart(number: Int) throws {
    var settings = Cluster.settings
    settings.firstSerial = 1000
    let index = Self.index(settings)
    let before = index.snapshot
    var other = settings
    Self.changes[number](&other)
    other.firstSerial = 5
    index.update(other)
    #expect(index.snapshot.isSynced)
    // The serial goes on, whatever the new settings say of its beginning.
    #expect(index.snapshot.serial == before.serial + 1)
    #expect(try Self.answers(index) == Self.answers(Self.index(other)))

    // And so it goes on: changes find what is known.
    let slice = Objects.slice("db-a", of: "db", .init(address: "10.244.0.5", hostname: "db-5"))
    let fresh = Self.index(other)
    let changes: [ObjectChange] = [
      .updated(slice), .deleted(Self.objects[2]), .updated(Cluster.service("early", ["clusterIP": "None"])),
    ]
    for index in [index, fresh] { index.apply(changes) }
    #expect(try Self.answers(index) == Self.answers(fresh))
    index.update(settings)
    let old = Self.index(settings)
    old.apply(changes)
    #expect(try Self.answers(index) == Self.answers(old))
    withExtendedLifetime(before) {}
  }

  @Test("The same settings change nothing; unknown pods are not called verified")
  func nothing() {
    let index = Self.index(Cluster.settings, knowsPods: false)
    let generation = index.generation
    index.update(Cluster.settings)
    #expect(index.generation == generation)
    var settings = Cluster.settings
    settings.podNames = .verified
    settings.ttl = 9
    index.update(settings)
    #expect(index.settings.podNames == Cluster.settings.podNames && index.settings.ttl == 9)
  }

  @Test("Where namespaces are chosen, a Service stays hidden until there is an object of its namespace")
  func chosenNamespaces() throws {
    var settings = Cluster.settings
    settings.needsNamespaceObject = true
    let index = Self.index(settings)
    let hidden = Cluster.service("hidden", namespace: "other", ["clusterIPs": ["10.96.0.30"], "ports": [["port": 80]]])
    index.apply([.updated(hidden)])
    var other = Cluster.settings
    other.ttl = 77
    // Whoever reads settings again knows nothing of the choice.
    index.update(other)
    #expect(index.settings.needsNamespaceObject)
    func records(_ name: String) throws -> [UInt32] {
      let name = try Name("\(name).svc.cluster.local")
      return ServedAnswer(name, .a, from: index.snapshot, PlainConduct(upstreams: [])).records.map(\.ttl)
    }
    #expect(try records("hidden.other") == [] && records("web.default") == [77])
    index.apply([.updated(Cluster.namespace("other"))])
    #expect(try records("hidden.other") == [77])
    index.apply([.deleted(Cluster.namespace("default"))])
    #expect(try records("hidden.other") == [77] && records("web.default") == [])
  }

  @Test("Tables made anew are as large as those before")
  func memory() {
    let index = Self.index(Cluster.settings)
    var sizes: Set<Int> = []
    for ttl in UInt32(10)...50 {
      var settings = Cluster.settings
      settings.ttl = ttl
      index.update(settings)
      sizes.insert(index.memorySize)
    }
    #expect(sizes.count == 1)
  }

  @Test("Whoever reads meanwhile has an answer of the one or of the other", .timeLimit(.minutes(1)))
  func readers() async throws {
    let index = Self.index(Cluster.settings)
    let name = try Name("db-0.db.default.svc.cluster.local")
    let isDone = Flag()
    await withTaskGroup(of: Set<UInt32>.self) { group in
      for _ in 0..<2 {
        group.addTask {
          let reader = NameReader(index)
          var seen: Set<UInt32> = []
          repeat {
            reader.withSnapshot { snapshot in
              let records = ServedAnswer(name, .a, from: snapshot, PlainConduct(upstreams: [])).records
              seen.formUnion(records.count == 1 ? records.map(\.ttl) : [UInt32.max])
            }
          } while !isDone.value.load(ordering: .relaxed)
          return seen
        }
      }
      for round in 0..<200 {
        var settings = Cluster.settings
        settings.ttl = UInt32(1 + round % 5)
        index.update(settings)
      }
      isDone.value.store(true, ordering: .relaxed)
      for await seen in group { #expect(seen.isSubset(of: [1, 2, 3, 4, Cluster.settings.ttl])) }
    }
  }
}
