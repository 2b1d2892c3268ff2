// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Synchronization
import Testing

@testable import APIServer
@testable import KubeStore

@Suite struct WatchTests {
  private static let path = "/api/v1/namespaces/default/configmaps?watch=true"

  private static let asTable = [("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")]

  private static func create(_ name: String, labels: JSONValue = [:], in store: ObjectStore) async throws {
    _ = try await store.create(
      ["metadata": ["name": .string(name), "namespace": "default", "labels": labels]], in: .configMaps)
  }

  private static func label(_ name: String, _ value: String, in store: ObjectStore) async throws {
    _ = try await store.modify(.configMaps, namespace: "default", name: name, status: false) { root in
      root["metadata"]?["labels"] = ["app": .string(value)]
    }
  }

  /// `ADDED a`
  private static func summary(_ events: [JSONValue]) -> [String] {
    events.map { "\($0["type"]?.string ?? "") \($0["object"]?["metadata"]?["name"]?.string ?? "")" }
  }

  @Test func firstWhatThereIsThenWhatChanges() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      let events = try await server.client.watch(Self.path) { events in
        if events.count == 1 {
          try await Self.create("b", in: server.store)
          try await server.store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
        }
        return events.count == 3
      }
      #expect(Self.summary(events) == ["ADDED a", "ADDED b", "DELETED a"])
      let version = events.last?["object"]?["metadata"]?["resourceVersion"]?.string
      #expect(version == String(server.store.version), "a deleted object carries the deletion's version")
    }
  }

  @Test func fromAVersionOn() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      let version = server.store.version
      try await Self.create("b", in: server.store)
      let events = try await server.client.watch(Self.path + "&resourceVersion=\(version)") { $0.count == 1 }
      #expect(Self.summary(events) == ["ADDED b"])
    }
  }

  /// An object that begins to match is added, one that ends to match is deleted.
  @Test func selectorsMakeTransitions() async throws {
    try await TestServer.run { server in
      try await Self.create("a", labels: ["app": "no"], in: server.store)
      let version = server.store.version
      for value in ["yes", "yes2", "yes", "no", "yes"] { try await Self.label("a", value, in: server.store) }
      try await Self.create("b", labels: ["app": "no"], in: server.store)
      try await server.store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
      let path = Self.path + "&labelSelector=app%20in%20(yes,yes2)&resourceVersion=\(version)"
      let events = try await server.client.watch(path) { $0.count == 6 }
      #expect(Self.summary(events) == ["ADDED a", "MODIFIED a", "MODIFIED a", "DELETED a", "ADDED a", "DELETED a"])
    }
  }

  @Test func initialEventsEndWithABookmark() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      let path = Self.path + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
      let events = try await server.client.watch(path) { $0.count == 2 }
      #expect(events.map { $0["type"] } == ["ADDED", "BOOKMARK"])
      let metadata = events.last?["object"]?["metadata"]
      #expect(metadata?["annotations"] == ["k8s.io/initial-events-end": "true"])
      #expect(metadata?["resourceVersion"] == .string(String(server.store.version)))
    }
  }

  @Test func bookmarksTellHowFarTheStoreIs() async throws {
    var limits = APIServerLimits()
    limits.bookmarkInterval = .milliseconds(20)
    try await TestServer.run(limits: limits) { server in
      let path = Self.path + "&allowWatchBookmarks=true&resourceVersion=\(server.store.version)"
      _ = try await server.store.create(["metadata": ["name": "other"]], in: .namespaces)
      let newest = JSONValue.string(String(server.store.version))
      let events = try await server.client.watch(path) { !$0.isEmpty }
      #expect(events.first?["type"] == "BOOKMARK")
      #expect(events.first?["object"]?["metadata"]?["resourceVersion"] == newest, "a change of another kind counts")
    }
  }

  @Test func theTimeIsUp() async throws {
    try await TestServer.run { server in
      let events = try await server.client.watch(Self.path + "&timeoutSeconds=1") { _ in false }
      #expect(events.isEmpty)
    }
  }

  @Test func aVersionThatIsForgottenIsGone() async throws {
    var configuration = StoreConfiguration()
    configuration.historyLimit = 4
    try await TestServer.run(configuration: configuration) { server in
      let version = server.store.version
      for index in 0..<8 { try await Self.create("m-\(index)", in: server.store) }
      let answer = try await server.client.get(Self.path + "&resourceVersion=\(version)")
      #expect(answer.status == 410 && answer.json["reason"] == "Expired", "\(answer.text)")
    }
  }

  /// Objects that are older than what the client has seen would take it back in time.
  @Test func initialEventsAreNotOlderThanAsked() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      let path = Self.path + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion="
      let answer = try await server.client.get(path + "\(server.store.version + 1)")
      #expect(answer.status == 410 && answer.json["reason"] == "Expired", "\(answer.text)")
      let events = try await server.client.watch(path + "\(server.store.version)") { $0.count == 1 }
      #expect(Self.summary(events) == ["ADDED a"])
    }
  }

  @Test func tablesNameTheirColumnsOnce() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      try await Self.create("b", in: server.store)
      let events = try await server.client.watch(Self.path, headers: Self.asTable) { $0.count == 2 }
      #expect(events.map { $0["object"]?["kind"]?.string } == ["Table", "Table"])
      #expect(events.map { $0["object"]?["columnDefinitions"]?.typeName } == ["array", "null"])
    }
  }

  /// Shutdown ends a watch with the end of its answer, not with a broken connection.
  @Test func shutdownEndsWatches() async throws {
    try await TestServer.run { server in
      let events = try await server.client.watch(Self.path) { _ in
        await server.shutdown()
        return false
      }
      #expect(events.isEmpty)
    }
  }

  /// A client that leaves takes its watch out of the store.
  @Test func aClientThatLeavesIsForgotten() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server.store)
      for _ in 0..<20 { _ = try await server.client.watch(Self.path) { $0.count == 1 } }
      let deadline = ContinuousClock.now + .seconds(10)
      while server.watchers > 0, ContinuousClock.now < deadline { await Task.yield() }
      #expect(server.watchers == 0)
    }
  }
}

extension TestServer {
  /// Watches that the store knows.
  var watchers: Int { store.state.withLock { $0.watchers.count } }
}
