// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import Testing

/// Random changes, one after the other, against an index that is made of the final state alone.
@Suite("Changes one by one give what the final state gives")
struct ModelTests {
  /// A generator that gives the same numbers for the same seed (Knuth's MMIX constants).
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  struct Key: Hashable {
    var namespace: String
    var name: String
  }

  /// What exists, by the name of its object.
  struct Model {
    var namespaces: Set<String> = []
    var services: [Key: ServiceFacts] = [:]
    var slices: [Key: SliceFacts] = [:]
    var pods: [Key: [HostAddress]] = [:]

    /// All of it, in an order of its own.
    func changes(_ generator: inout Generator) -> [NameChange] {
      var all: [NameChange] = namespaces.map { .namespace($0, exists: true) }
      all += services.map { .service(namespace: $0.key.namespace, name: $0.key.name, $0.value) }
      all += slices.map { .slice(namespace: $0.key.namespace, name: $0.key.name, $0.value) }
      all += pods.map { .pod(namespace: $0.key.namespace, name: $0.key.name, $0.value) }
      return all.shuffled(using: &generator)
    }
  }

  static let namespaceNames = ["a", "default"]
  static let serviceNames = ["db", "a-service-with-a-long-name-of-its-own", "x"]
  static let hostnames = ["db-0", "db-1", "db-2", "10-0-0-1", "a", "an-endpoint-with-a-longer-name"]
  static let ports: [ServiceFacts.Port] = [
    .init(name: "http", transport: "TCP", number: 80), .init(name: "dns", transport: "UDP", number: 53),
    .init(name: "dns-tcp", transport: "TCP", number: 53), .init(name: "", transport: "TCP", number: 80),
    .init(name: "http", transport: "TCP", number: 8080), .init(name: "", transport: "SCTP", number: 9),
  ]
  static let addresses: [HostAddress] =
    (1...6).map { HostAddress("10.0.0.\($0)")! } + (1...4).map { HostAddress("fd00::\($0)")! }
    + [HostAddress("::1:0:0:0")!, HostAddress("2001:db8::")!]

  /// Makes one random change to the model; gives what the index is told.
  static func step(_ model: inout Model, _ generator: inout Generator) -> NameChange {
    let key = Key(
      namespace: namespaceNames.randomElement(using: &generator)!,
      name: serviceNames.randomElement(using: &generator)!)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      let exists = Bool.random(using: &generator)
      if exists { model.namespaces.insert(key.namespace) } else { model.namespaces.remove(key.namespace) }
      return .namespace(key.namespace, exists: exists)
    case 1, 2, 3:
      model.services[key] = Bool.random(using: &generator) || model.services[key] == nil ? service(&generator) : nil
      return .service(namespace: key.namespace, name: key.name, model.services[key])
    case 4:
      let pod = Key(namespace: key.namespace, name: "pod-\(Int.random(in: 0..<4, using: &generator))")
      let count = Int.random(in: 0...2, using: &generator)
      model.pods[pod] = count == 0 ? nil : Array(addresses.shuffled(using: &generator).prefix(count))
      return .pod(namespace: pod.namespace, name: pod.name, model.pods[pod] ?? [])
    default:
      let slice = Key(namespace: key.namespace, name: "slice-\(Int.random(in: 0..<6, using: &generator))")
      model.slices[slice] = Int.random(in: 0..<4, using: &generator) == 0 ? nil : facts(of: key.name, &generator)
      return .slice(namespace: slice.namespace, name: slice.name, model.slices[slice])
    }
  }

  static func service(_ generator: inout Generator) -> ServiceFacts {
    let somePorts = Array(ports.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator)))
    let kind: ServiceFacts.Kind
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      let other = serviceNames.randomElement(using: &generator)! + ".default.svc.cluster.local"
      kind = .externalName([try? Name("example.com"), try? Name(other), nil].randomElement(using: &generator)!)
    case 1, 2:
      kind = .clusterIP(Array(addresses.shuffled(using: &generator).prefix(Int.random(in: 0...2, using: &generator))))
    default:
      kind = .headless
    }
    return ServiceFacts(kind: kind, publishesNotReady: Bool.random(using: &generator), ports: somePorts)
  }

  static func facts(of service: String, _ generator: inout Generator) -> SliceFacts {
    let somePorts = Array(ports.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator)))
    return SliceFacts(service: service, ports: somePorts) { endpoints in
      for _ in 0..<Int.random(in: 0...5, using: &generator) {
        endpoints.append(
          Array(addresses.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator))),
          hostname: Bool.random(using: &generator) ? hostnames.randomElement(using: &generator)! : nil,
          isReady: Int.random(in: 0..<3, using: &generator) > 0)
      }
    }
  }

  /// Every name that could exist, and some that cannot.
  static let questions: [(name: Name, type: RecordType)] = {
    var names: [String] = []
    for namespace in namespaceNames {
      names += ["\(namespace).svc", "\(namespace).pod"]
      names += addresses.map { String(decoding: $0.dashedLabel, as: UTF8.self) + ".\(namespace).pod" }
      for service in serviceNames {
        let name = "\(service).\(namespace).svc"
        names += ["", "_tcp.", "_udp.", "_http._tcp.", "_dns._udp.", "_dns-tcp._tcp."].map { $0 + name }
        names += hostnames.map { "\($0).\(name)" }
        names += addresses.map { String(decoding: $0.dashedLabel, as: UTF8.self) + ".\(name)" }
      }
    }
    let forward = names.map { try! Name($0 + ".cluster.local") }
    return forward.flatMap { name in [RecordType.a, .aaaa, .srv, .cname].map { (name, $0) } }
      + addresses.map { ($0.reverseName, .ptr) }
  }()

  /// Answers without the serial, which counts changes. Targets of PTR records are sorted by the reader.
  static func answers(_ snapshot: NameSnapshot) throws -> [Cluster.Reply] {
    try questions.map { question in
      var reply = try Cluster.ask(snapshot, question.name.description, question.type)
      reply.authorities = reply.authorities.isEmpty ? [] : ["SOA"]
      return reply
    }
  }

  static let settings: NamingSettings = {
    var settings = Cluster.settings
    settings.podNames = .verified
    return settings
  }()

  @Test("Batches of changes, and every snapshot on the way stays what it was", arguments: 1...3 as ClosedRange<UInt64>)
  func randomChanges(seed: UInt64) throws {
    var generator = Generator(state: seed)
    var model = Model()
    let index = NameIndex(Self.settings)
    index.apply(facts: [.synced])
    var kept: [(snapshot: NameSnapshot, answers: [Cluster.Reply])] = []
    for round in 0..<45 {
      let size = Int.random(in: 1...(round % 5 == 0 ? 40 : 3), using: &generator)
      index.apply(facts: (0..<size).map { _ in Self.step(&model, &generator) })
      guard round % 15 == 14 else { continue }
      let answers = try Self.answers(index.snapshot)
      let fresh = NameIndex(Self.settings)
      fresh.apply(facts: model.changes(&generator) + [.synced])
      let expected = try Self.answers(fresh.snapshot)
      for (number, question) in Self.questions.enumerated() where answers[number] != expected[number] {
        Issue.record("round \(round), \(question): \(answers[number]) is not \(expected[number])")
        return
      }
      #expect(index.snapshot.addressCount == fresh.snapshot.addressCount)
      #expect(index.snapshot.serviceCount == fresh.snapshot.serviceCount)
      kept.append((index.snapshot, answers))
    }
    for (snapshot, answers) in kept { #expect(try Self.answers(snapshot) == answers) }
    #expect(kept[0].answers != kept[kept.count - 1].answers, "the changes change something")
  }

  @Test("A snapshot outlives the index that made it, and a reader does not hold up what was replaced")
  func lifetimes() throws {
    var last: NameSnapshot?
    do {
      let cluster = Cluster(
        Cluster.settings, synced: true, Cluster.service("web", ["clusterIP": "10.96.0.20"]))
      last = cluster.index.snapshot
      cluster.index.apply([.updated(Cluster.service("web", ["clusterIP": "10.96.0.21"]))])
    }
    #expect(try Cluster.ask(last!, "web.default.svc.cluster.local", .a).data == ["10.96.0.20"])
    last = nil

    let index = NameIndex(Cluster.settings)
    let reader = NameReader(index)
    weak var old: NameSnapshot?
    reader.withSnapshot { old = $0 }
    #expect(old != nil)
    index.apply(facts: [.namespace("a", exists: true)])
    #expect(old == nil)
    #expect(reader.withSnapshot { $0.generation } == 1)
  }

  @Test("A chain of thirty thousand changes is let go without as many nested calls")
  func longChain() throws {
    let index = NameIndex(Cluster.settings)
    var first: NameSnapshot? = index.snapshot
    for number in 0..<30_000 { index.apply(facts: [.namespace("a", exists: number % 2 == 0)]) }
    #expect(first?.generation == 0)
    first = nil
    #expect(index.generation == 30_000)
  }
}
