// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import Logging
import Naming
import Observability
import OrderedCollections
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

/// A cluster's reflector against Callsign's own API server, over TLS.
@Suite("Following a cluster", .timeLimit(.minutes(1))) struct ClusterReflectorTests {
  static let logger: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }()

  static func service(_ name: String, _ namespace: String, labels: JSONValue = [:]) -> JSONObject {
    [
      "metadata": ["name": .string(name), "namespace": .string(namespace), "labels": labels],
      "spec": ["clusterIP": "None", "ports": [["port": 80]]],
    ]
  }

  static func slice(_ service: String, _ namespace: String, _ addresses: [String]) -> JSONObject {
    [
      "metadata": [
        "name": .string("\(service)-1"), "namespace": .string(namespace),
        "labels": ["kubernetes.io/service-name": .string(service)],
      ],
      "addressType": "IPv4", "ports": [["port": 80]],
      "endpoints": .array(addresses.map { ["addresses": [.string($0)]] }),
    ]
  }

  /// Follows the server's cluster while `body` runs.
  static func follow(
    _ server: RunningServer, _ settings: ReflectorSettings = ReflectorSettings(),
    naming: NamingSettings = NamingSettings(), directory: PodDirectory? = nil,
    kinds: [FollowedKind]? = nil, _ body: (NameIndex, ClusterReflector) async throws -> Void
  ) async throws {
    let index = NameIndex(naming)
    try await TestTransport(server).run { transport in
      let cluster = ClusterReflector(
        kinds ?? ClusterReflector.kinds(naming, holdsQuestions: false, completesNames: false), transport: transport,
        names: ReflectedNames(index, directory: directory, now: { .epoch }), settings: settings, logger: logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await cluster.run() }
        await index.waitUntilSynced()
        try await body(index, cluster)
        group.cancelAll()
      }
    }
  }

  @Test("all kinds are read before names count as known, and changes follow", arguments: [true, false])
  func follows(_ usesWatchList: Bool) async throws {
    try await RunningServer.run { server in
      let store = server.store
      _ = try await store.create(Self.service("db", "default"), in: .services)
      let slice = try await store.create(Self.slice("db", "default", ["10.1.0.1", "10.1.0.2"]), in: .endpointSlices)
      var settings = ReflectorSettings()
      settings.usesWatchList = usesWatchList
      settings.pageSize = 1
      try await Self.follow(server, settings) { index, cluster in
        #expect(index.addresses("db.default") == ["10.1.0.1", "10.1.0.2"])
        _ = try await store.modify(
          .endpointSlices, namespace: "default", name: slice.metadata.name, status: false
        ) { root throws(StatusError) in
          root["endpoints"] = [["addresses": ["10.1.0.3"]]]
        }
        await index.wait { $0.addresses("db.default") == ["10.1.0.3"] }
        try await store.delete(.services, namespace: "default", name: "db", options: DeleteOptions())
        await index.wait { $0.addresses("db.default").isEmpty }
        #expect(cluster.problem(staleAfter: .seconds(120)) == nil)
        #expect(cluster.reflectors.allSatisfy { $0.status.current.errors.isEmpty })
      }
    }
  }

  @Test("only the namespaces that are chosen are asked for") func namespaces() async throws {
    try await RunningServer.run { server in
      let store = server.store
      for name in ["a", "b"] { _ = try await store.create(["metadata": ["name": .string(name)]], in: .namespaces) }
      for namespace in ["a", "b", "default"] {
        _ = try await store.create(Self.service("db", namespace), in: .services)
        _ = try await store.create(Self.slice("db", namespace, ["10.1.0.1"]), in: .endpointSlices)
      }
      var settings = ReflectorSettings()
      settings.namespaces = ["a", "b"]
      try await Self.follow(server, settings) { index, cluster in
        #expect(cluster.reflectors.count == 6)
        #expect(index.addresses("db.a") == ["10.1.0.1"] && index.addresses("db.b") == ["10.1.0.1"])
        #expect(index.snapshot.objectCount(of: .service) == 2 && index.snapshot.objectCount(of: .namespace) == 2)
        try await store.delete(.services, namespace: "a", name: "db", options: DeleteOptions())
        await index.wait { $0.addresses("db.a").isEmpty }
        #expect(index.addresses("db.b") == ["10.1.0.1"])
      }
    }
  }

  @Test("a namespace whose labels come to fit has its names at once, and loses them so")
  func namespaceSelector() async throws {
    try await RunningServer.run { server in
      let store = server.store
      _ = try await store.create(["metadata": ["name": "a", "labels": ["team": "x"]]], in: .namespaces)
      for namespace in ["a", "default"] {
        _ = try await store.create(Self.service("db", namespace), in: .services)
        _ = try await store.create(Self.slice("db", namespace, ["10.1.0.1"]), in: .endpointSlices)
      }
      var settings = ReflectorSettings()
      settings.namespaceSelector = "team=x"
      var naming = NamingSettings()
      naming.needsNamespaceObject = true
      try await Self.follow(server, settings, naming: naming) { index, _ in
        #expect(index.addresses("db.a") == ["10.1.0.1"] && index.addresses("db.default").isEmpty)
        for (name, label) in [("default", "x"), ("a", "y")] {
          _ = try await store.modify(.namespaces, namespace: "", name: name, status: false) {
            root throws(StatusError) in
            var metadata = root["metadata"] ?? [:]
            metadata["labels"] = ["team": .string(label)]
            root["metadata"] = metadata
          }
        }
        await index.wait { $0.addresses("db.default") == ["10.1.0.1"] && $0.addresses("db.a").isEmpty }
      }
    }
  }

  @Test("pods and StatefulSets are asked for only where something needs them") func pods() async throws {
    let plain = NamingSettings()
    let verified = NamingSettings(podNames: .verified)
    typealias Cluster = ClusterReflector
    #expect(
      Cluster.kinds(plain, holdsQuestions: false, completesNames: false) == [.namespaces, .services, .endpointSlices])
    #expect(Cluster.kinds(plain, holdsQuestions: false, completesNames: true).last == .pods)
    #expect(Cluster.kinds(verified, holdsQuestions: false, completesNames: false).last == .pods)
    #expect(Cluster.kinds(plain, holdsQuestions: true, completesNames: false).suffix(2) == [.pods, .statefulSets])
    try await RunningServer.run { server in
      _ = try await server.store.create(
        [
          "metadata": ["name": "db", "namespace": "default"],
          "spec": [
            "serviceName": "db", "replicas": 2, "selector": ["matchLabels": ["a": "b"]],
            "template": [
              "metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
            ],
          ],
        ], in: .statefulSets)
      let directory = PodDirectory()
      try await Self.follow(
        server, directory: directory, kinds: Cluster.kinds(plain, holdsQuestions: true, completesNames: false)
      ) { _, _ in
        #expect(directory.expects(host: "db-1", service: "db", namespace: "default"))
        #expect(!directory.expects(host: "db-2", service: "db", namespace: "default"))
      }
    }
  }

  @Test("the page on metrics has each that is exported, with its labels, and no other")
  func metricsPage() async throws {
    let server = ScriptedServer()
    let cluster = ClusterReflector(
      [.services], transport: server,
      names: ReflectedNames(NameIndex(NamingSettings()), directory: nil, now: { .epoch }),
      settings: ReflectorSettings(), time: ReflectorTime(ManualClock()) { 0 }, logger: Self.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cluster.run() }
      try await server.call().reply(Script.status(403), status: 403)
      while cluster.reflectors[0].status.current.errors.isEmpty { await Task.yield() }
      group.cancelAll()
    }
    let text = MetricsRegistry([ClusterMetrics(cluster, host: "10.96.0.1:443")]).text
    let (exported, written) = (MetricsPage.families(text), try MetricsPage.rows(isOfCluster: true))
    #expect(exported.subtracting(written) == [] && written.subtracting(exported) == [])
  }

  @Test("an API server that says nothing for too long is told of, and so is its return") func staleness() async throws {
    let clock = ManualClock()
    let server = ScriptedServer()
    let index = NameIndex(NamingSettings())
    let cluster = ClusterReflector(
      [.services], transport: server, names: ReflectedNames(index, directory: nil, now: { .epoch }),
      settings: ReflectorSettings(), time: ReflectorTime(clock) { 0 }, logger: Self.logger)
    let (told, tell) = AsyncStream<Bool>.makeStream()
    let limit = Duration.seconds(120)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cluster.run() }
      group.addTask { await cluster.followTrust(staleAfter: limit) { tell.yield($0) } }
      var trust = told.makeAsyncIterator()
      #expect(await trust.next() == false)
      #expect(cluster.problem(staleAfter: limit) == "not all objects are known yet: services are to come")
      #expect(cluster.staleness == nil)
      let watch = try await server.call().open()
      watch.send(Script.bookmark(1, endsInitial: true))
      #expect(await trust.next() == true)
      #expect(cluster.problem(staleAfter: limit) == nil)
      await clock.sleeper(until: limit)
      clock.advance(by: limit)
      #expect(await trust.next() == false)
      #expect(
        cluster.problem(staleAfter: limit) == "the API server was last heard of 120 s ago; 120 s are allowed")
      #expect(cluster.problem(staleAfter: nil) == nil)
      // When it asks on, it has taken in what it was told.
      watch.send(Script.bookmark(2))
      watch.end()
      let next = try await server.call()
      await clock.sleeper(until: limit + .seconds(1))
      clock.advance(by: .seconds(1))
      #expect(await trust.next() == true)
      next.fail()
      group.cancelAll()
    }
  }
}
