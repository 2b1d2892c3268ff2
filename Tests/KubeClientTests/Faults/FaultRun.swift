// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import KubeStore
import Logging
import Naming
import OrderedCollections
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

/// A cluster whose objects change, an API server, faults before it, and names that follow.
final class FaultRun: Sendable {
  /// How long names may take to come right once nothing disturbs them.
  private static let patience = Duration.seconds(20)

  let faults: FaultPeer
  private let home: RunningServer
  private let homeTransport: HTTPTransport
  private let index: NameIndex
  private let state: Mutex<State>

  private struct State {
    var store: ObjectStore
    var generator: SeededGenerator
    var away: HTTPTransport?
  }

  private init(_ faults: FaultPeer, _ home: RunningServer, _ transport: HTTPTransport, _ index: NameIndex, seed: UInt64)
  {
    self.faults = faults
    self.home = home
    homeTransport = transport
    self.index = index
    state = Mutex(State(store: home.store, generator: SeededGenerator(seed: seed)))
  }

  static func run(
    _ form: FaultForm, seed: UInt64, configuration: StoreConfiguration = StoreConfiguration(),
    _ body: @Sendable (FaultRun) async throws -> Void
  ) async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    try await RunningServer.run(configuration: configuration) { server in
      try await addSteady(to: server.store)
      try await TestTransport(server).run { upstream in
        try await FaultPeer.run(to: upstream) { faults, client in
          var follower = TestTransport(client)
          follower.settings.answerTimeout = .seconds(5)
          try await follower.run { transport in
            let index = NameIndex(NamingSettings())
            let names = ReflectedNames(index, directory: nil, now: { Timestamp(microseconds: 0) })
            let cluster = ClusterReflector(
              [.namespaces, .services, .endpointSlices], transport: transport, names: names, settings: form.settings,
              logger: logger)
            let run = FaultRun(faults, server, upstream, index, seed: seed)
            try await withThrowingTaskGroup(of: Void.self) { group in
              group.addTask { await cluster.run() }
              await index.waitUntilSynced()
              group.addTask { await run.watchSteady() }
              try await body(run)
              group.cancelAll()
            }
          }
        }
      }
    }
  }

  // MARK: The cluster's life

  private static let namespaces = ["ns-1", "ns-2"]
  static let steadyAddresses = ["10.200.0.1", "10.200.0.2"]

  /// What every cluster here has, and never changes.
  private static func addSteady(to store: ObjectStore) async throws {
    for name in namespaces { _ = try await store.create(["metadata": ["name": .string(name)]], in: .namespaces) }
    _ = try await store.create(service("svc-0", "default"), in: .services)
    _ = try await store.create(slice("slice-0", of: "svc-0", "default", steadyAddresses), in: .endpointSlices)
  }

  private static func service(_ name: String, _ namespace: String) -> JSONObject {
    [
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": ["clusterIP": "None", "ports": [["name": "http", "port": 80]]],
    ]
  }

  private static func slice(_ name: String, of service: String, _ namespace: String, _ addresses: [String])
    -> JSONObject
  {
    [
      "metadata": [
        "name": .string(name), "namespace": .string(namespace),
        "labels": ["kubernetes.io/service-name": .string(service)],
      ],
      "addressType": "IPv4", "ports": [["name": "http", "port": 80]],
      "endpoints": .array(
        addresses.map { ["addresses": [.string($0)], "hostname": .string("h\($0.utf8.last ?? 0)")] }),
    ]
  }

  /// Makes so many changes of Services, slices and a namespace.
  func change(_ count: Int) async throws {
    for _ in 0..<count {
      let (store, choice, number, octet, place) = state.withLock { state in
        (
          state.store, Int.random(in: 0..<10, using: &state.generator), Int.random(in: 1...12, using: &state.generator),
          Int.random(in: 1...250, using: &state.generator), Int.random(in: 0..<2, using: &state.generator)
        )
      }
      let namespace = Self.namespaces[place]
      let (service, slice) = ("svc-\(number)", "slice-\(number)")
      let hasService = store.object(.services, namespace: namespace, name: service) != nil
      let hasSlice = store.object(.endpointSlices, namespace: namespace, name: slice) != nil
      let addresses = (0...(octet % 4)).map { "10.\(number).\($0).\(octet)" }
      switch choice {
      case 0 where hasService:
        try await store.delete(.services, namespace: namespace, name: service, options: DeleteOptions())
      case 1 where hasSlice:
        try await store.delete(.endpointSlices, namespace: namespace, name: slice, options: DeleteOptions())
      case 2:
        let extra = "ns-\(100 + number)"
        if store.object(.namespaces, namespace: "", name: extra) == nil {
          _ = try await store.create(["metadata": ["name": .string(extra)]], in: .namespaces)
        } else {
          try await store.delete(.namespaces, namespace: "", name: extra, options: DeleteOptions())
        }
      case 3...5 where !hasService: _ = try await store.create(Self.service(service, namespace), in: .services)
      case _ where hasSlice:
        _ = try await store.modify(.endpointSlices, namespace: namespace, name: slice, status: false) {
          root throws(StatusError) in
          root["endpoints"] = Self.slice(slice, of: service, namespace, addresses)["endpoints"]
        }
      default:
        _ = try await store.create(Self.slice(slice, of: service, namespace, addresses), in: .endpointSlices)
      }
    }
  }

  /// So many objects of each kind come and go.
  static func pass(_ count: Int, in store: ObjectStore) async throws {
    for number in 0..<count {
      let (service, slice) = ("svc-\(9000 + number)", "slice-\(9000 + number)")
      _ = try await store.create(["metadata": ["name": .string("ns-\(9000 + number)")]], in: .namespaces)
      _ = try await store.create(Self.service(service, "default"), in: .services)
      _ = try await store.create(Self.slice(slice, of: service, "default", ["10.9.9.9"]), in: .endpointSlices)
      let gone: [(APIResource, String, String)] = [
        (.namespaces, "", "ns-\(9000 + number)"), (.services, "default", service),
        (.endpointSlices, "default", slice),
      ]
      for (resource, namespace, name) in gone {
        try await store.delete(resource, namespace: namespace, name: name, options: DeleteOptions())
      }
    }
  }

  // MARK: Other servers

  /// From now on the follower speaks with another server, and that one's objects change.
  func move(to other: RunningServer) async throws {
    try await Self.addSteady(to: other.store)
    let transport = try HTTPTransport(other.configuration)
    state.withLock { state in
      state.store = other.store
      state.away = transport
    }
    faults.restart(with: transport)
  }

  func moveBack() async throws {
    let away = state.withLock { state in
      state.store = home.store
      return state.away.take()
    }
    faults.restart(with: homeTransport)
    await away?.close()
  }

  // MARK: What is expected

  /// Waits until so many more requests have met their fault, or for a while: a follower may be content.
  func waitForRequests(_ count: Int) async {
    await Self.wait(.milliseconds(300)) { await self.faults.wait(forRequests: count) }
  }

  /// Runs `body`, and ends it after that time.
  private static func wait(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await body() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Ends all faults, and expects the names of a fresh list in a while.
  func settle(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    faults.plan { _ in .none }
    // What is held, trickles or waits for its turn ends here.
    faults.cutAll()
    let store = state.withLock(\.store)
    let fresh = NameIndex(NamingSettings())
    for resource in fresh.resources {
      fresh.apply(store.objects(resource, namespace: nil).map { .updated($0) })
    }
    fresh.apply([.synced])
    let expected = try Self.zone(fresh.snapshot)
    await Self.wait(Self.patience) { await self.index.wait { (try? Self.zone($0)) == expected } }
    let found = try Self.zone(index.snapshot)
    let (missing, surplus) = (expected.subtracting(found).sorted(), found.subtracting(expected).sorted())
    let log = faults.done.suffix(20).map { "\($0.path) \($0.fault)" }
    #expect(
      missing.isEmpty && surplus.isEmpty,
      "\(what): missing \(missing.prefix(5)), surplus \(surplus.prefix(5)), after \(log)",
      sourceLocation: sourceLocation)
  }

  /// All records of the zone but the SOA, whose serial is each index's own.
  private static func zone(_ snapshot: NameSnapshot) throws -> Set<String> {
    var transfer = ZoneTransfer(snapshot)
    var records: Set<String> = []
    while !transfer.isDone {
      var buffer = MessageBuffer(capacity: 65_535)
      buffer.append(Message(id: 1, question: Question(name: snapshot.settings.zone, type: .axfr), edns: nil).encoded)
      var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: 65_535)
      transfer.write(into: &writer)
      writer.writeHeader(id: 1, flags: .authoritative, responseCode: .noError)
      for record in try Message(parsing: writer.finish().octets).answers where record.type != .soa {
        records.insert("\(record.name) \(record.type) \(record.dataText)")
      }
    }
    return records
  }

  /// Looks at each snapshot: what was there all the time never goes.
  private func watchSteady() async {
    while !Task.isCancelled {
      let snapshot = index.snapshot
      if snapshot.addresses("svc-0.default") != Self.steadyAddresses {
        Issue.record("svc-0.default was answered with \(snapshot.addresses("svc-0.default"))")
        return
      }
      await index.waitForChange(after: snapshot.generation)
    }
  }
}
