// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import Testing

@Suite("Names keep step with objects")
struct NameIndexTests {
  static let headless: JSONValue = ["clusterIP": "None"]

  @Test("Before the first sync a missing name is SERVFAIL; what is known is answered")
  func beforeSync() throws {
    let cluster = Cluster(
      Cluster.settings, synced: false, Cluster.service("web", ["clusterIP": "10.96.0.20"]))
    #expect(try cluster.ask("x.default.svc.cluster.local").resolution == .answered(.serverFailure))
    #expect(try cluster.ask("x.default.svc.cluster.local").authorities.isEmpty)
    #expect(try cluster.ask("web.default.svc.cluster.local").data == ["10.96.0.20"])
    #expect(try cluster.ask("cluster.local", .ns).answers.count == 1)
    cluster.index.apply([.synced])
    #expect(try cluster.ask("x.default.svc.cluster.local").resolution == .answered(.nameError))
  }

  @Test("A pod comes back under its name with another address")
  func change() throws {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("mysql", Self.headless),
      Cluster.slice("a", of: "mysql", "10.244.0.7=mysql-0"))
    let before = cluster.index.snapshot
    cluster.index.apply([.updated(Cluster.slice("a", of: "mysql", "10.244.0.9=mysql-0"))])
    let name = "mysql-0.mysql.default.svc.cluster.local"
    #expect(try cluster.ask(name).data == ["10.244.0.9"])
    #expect(try cluster.ask("9.0.244.10.in-addr.arpa", .ptr).data == [name + "."])
    #expect(try cluster.ask("7.0.244.10.in-addr.arpa", .ptr).resolution == .notOurs)
    // Whoever still holds the last snapshot sees its one state.
    #expect(try Cluster.ask(before, name, .a).data == ["10.244.0.7"])
    #expect(cluster.index.generation == before.generation + 1)
    #expect(cluster.index.snapshot.serial == before.serial + 1)
  }

  @Test("Changes that no name depends on make no new snapshot")
  func noChange() {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("mysql", Self.headless),
      Cluster.slice("a", of: "mysql", "10.244.0.7=mysql-0"))
    let before = cluster.index.generation
    cluster.index.apply([.updated(Cluster.service("mysql", ["clusterIP": "None", "sessionAffinity": "ClientIP"]))])
    cluster.index.apply([.updated(Cluster.slice("a", of: "mysql", "10.244.0.7=mysql-0"))])
    cluster.index.apply([.synced])
    #expect(cluster.index.generation == before)
  }

  @Test("Service, slice and namespace go, in any order", arguments: [0, 1, 2])
  func deletion(first: Int) throws {
    let service = Cluster.service("mysql", Self.headless)
    let slice = Cluster.slice("a", of: "mysql", "10.244.0.7=mysql-0")
    let namespace = Cluster.namespace("default")
    let objects = [service, slice, namespace]
    let cluster = Cluster(Cluster.settings, synced: true, service, slice, namespace)
    for step in 0..<3 { cluster.index.apply([.deleted(objects[(first + step) % 3])]) }
    for name in ["mysql-0.mysql.default", "mysql.default", "default"] {
      #expect(try cluster.ask(name + ".svc.cluster.local").resolution == .answered(.nameError))
    }
    #expect(try cluster.ask("7.0.244.10.in-addr.arpa", .ptr).resolution == .notOurs)
  }

  @Test("A slice moves to another Service")
  func sliceMoves() throws {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("a", Self.headless), Cluster.service("b", Self.headless),
      Cluster.slice("s", of: "a", "10.244.0.7"))
    cluster.index.apply([.updated(Cluster.slice("s", of: "b", "10.244.0.7"))])
    #expect(try cluster.ask("a.default.svc.cluster.local").resolution == .answered(.nameError))
    #expect(try cluster.ask("b.default.svc.cluster.local").data == ["10.244.0.7"])
  }

  @Test("Pod names: disabled, insecure, verified")
  func podNames() throws {
    func cluster(_ mode: NamingSettings.PodNames) -> Cluster {
      var settings = Cluster.settings
      settings.podNames = mode
      return Cluster(
        settings, synced: true, Cluster.namespace("default"), Cluster.namespace("other"),
        Cluster.pod("a", "10.244.0.7", "fd00::7"), Cluster.pod("b", phase: "Succeeded", "10.244.0.8"))
    }
    let name = "10-244-0-7.default.pod.cluster.local"
    #expect(try cluster(.disabled).ask(name).resolution == .answered(.nameError))
    #expect(try cluster(.disabled).ask("pod.cluster.local").resolution == .answered(.nameError))
    #expect(try cluster(.insecure).ask("1-2-3-4.other.pod.cluster.local").data == ["1.2.3.4"])
    let verified = cluster(.verified)
    #expect(try verified.ask(name).data == ["10.244.0.7"])
    #expect(try verified.ask("fd00--7.default.pod.cluster.local", .aaaa).data == ["fd00::7"])
    for other in ["10-244-0-7.other", "10-244-0-8.default", "1-2-3-4.default"] {
      #expect(try verified.ask(other + ".pod.cluster.local").resolution == .answered(.nameError))
    }
    verified.index.apply([.deleted(Cluster.pod("a", "10.244.0.7", "fd00::7"))])
    #expect(try verified.ask(name).resolution == .answered(.nameError))
  }

  @Test("Waiting for the first sync ends with it, or with the task")
  func waiting() async {
    let index = NameIndex(Cluster.settings)
    let waiter = Task { await index.waitUntilSynced() }
    let impatient = Task { await index.waitUntilSynced() }
    impatient.cancel()
    await impatient.value
    index.apply([.synced])
    await waiter.value
    await index.waitUntilSynced()
  }

  @Test("A source is followed to its end")
  func following() async throws {
    let index = NameIndex(Cluster.settings)
    let changes = ObjectChanges()
    changes.post([.updated(Cluster.service("web", ["clusterIP": "10.96.0.20"])), .synced])
    changes.finish()
    await index.follow(FixedSource(stream: changes))
    #expect(try Cluster.ask(index.snapshot, "web.default.svc.cluster.local", .a).data == ["10.96.0.20"])
    #expect(index.snapshot.isSynced)
  }

  @Test("Thousands of Services come, change and go, and each is found", arguments: [1, 2] as [UInt64])
  func many(seed: UInt64) throws {
    var generator = SystemRandomNumberGenerator()
    let count = 3000
    let cluster = Cluster(Cluster.settings)
    func service(_ index: Int, _ generation: Int) -> KubeObject {
      Cluster.service("s\(index)", namespace: "n\(index % 7)", [
        "clusterIP": .string("10.\(96 + generation).\(index >> 8).\(index & 255)")
      ])
    }
    cluster.index.apply((0..<count).map { .updated(service($0, 0)) })
    let changed = Set((0..<200).map { _ in Int.random(in: 0..<count, using: &generator) })
    let gone = Set((0..<200).map { _ in Int.random(in: 0..<count, using: &generator) }).subtracting(changed)
    for index in changed { cluster.index.apply([.updated(service(index, 1))]) }
    for index in gone { cluster.index.apply([.deleted(service(index, 0))]) }
    for index in 0..<count {
      let reply = try cluster.ask("s\(index).n\(index % 7).svc.cluster.local", limit: 512)
      let address = "10.\(changed.contains(index) ? 97 : 96).\(index >> 8).\(index & 255)"
      #expect(reply.data == (gone.contains(index) ? [] : [address]))
      let owner = try cluster.ask(HostAddress(address)!.reverseName.description, .ptr, limit: 512)
      #expect(owner.data.isEmpty == gone.contains(index))
    }
  }
}

/// One stream, whatever is asked for.
struct FixedSource: ObjectSource {
  let stream: ObjectChanges

  func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? { nil }
  func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] { [] }
  func changes(of resources: [APIResource]) -> ObjectChanges { stream }
}
