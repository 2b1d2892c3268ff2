// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@testable import KubeStore

@Suite struct ObjectStoreTests {
  @Test func creationFillsWhatTheStoreGives() async throws {
    let store = try await makeStore(now: { Timestamp("2026-01-31T12:00:00Z")! })
    let object = try await store.create(configMap("a", ["k": "v"]), in: .configMaps)
    #expect(object["apiVersion"] == "v1")
    #expect(object["kind"] == "ConfigMap")
    #expect(object.metadata.uid.count == 36)
    #expect(object.metadata.creationTimestamp?.text == "2026-01-31T12:00:00Z")
    #expect(object.metadata.resourceVersion == store.version)
    #expect(store.object(.configMaps, namespace: "default", name: "a")?.json == object.json)
  }

  @Test func refusals() async throws {
    let store = try await makeStore()
    _ = try await store.create(configMap("a"), in: .configMaps)
    await #expect(throws: StatusError.self, "twice") { _ = try await store.create(configMap("a"), in: .configMaps) }
    var elsewhere = configMap("b")
    elsewhere["metadata"]?["namespace"] = "nowhere"
    let error = await #expect(throws: StatusError.self) { _ = try await store.create(elsewhere, in: .configMaps) }
    #expect(error?.message == "namespaces \"nowhere\" not found")
    let badName = await #expect(throws: StatusError.self) {
      _ = try await store.create(configMap("Bad_Name"), in: .configMaps)
    }
    #expect(badName?.reason == .invalid)
    #expect(badName?.causes.first?.path.description == "metadata.name")
  }

  @Test func podsHaveALimit() async throws {
    let store = try await makeStore(maximumPods: 2)
    func create(_ name: String) async throws {
      _ = try await store.create(
        [
          "metadata": ["name": .string(name), "namespace": "default"],
          "spec": ["containers": [["name": "c", "image": "host"]]],
        ], in: .pods)
    }
    for name in ["a", "b"] { try await create(name) }
    let error = await #expect(throws: StatusError.self) { try await create("c") }
    #expect(error?.reason == .forbidden)
    #expect(error?.message.contains("the limit of 2 pods on this machine is reached") == true)
    // All at once, the first come has the place.
    try await store.delete(.pods, namespace: "default", name: "a", options: DeleteOptions(gracePeriodSeconds: 0))
    let made = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<8 { group.addTask { (try? await create("d\(number)")) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(made == 1)
    #expect(store.objects(.pods, namespace: nil).count == 2)
  }

  @Test func staleVersionIsAConflict() async throws {
    let store = try await makeStore()
    let first = try await store.create(configMap("a", ["k": "1"]), in: .configMaps)
    var root = first.root
    root["data"] = ["k": "2"]
    let second = try await store.update(root, of: .configMaps, status: false, dryRun: false)
    #expect(second.metadata.resourceVersion > first.metadata.resourceVersion)
    root["data"] = ["k": "3"]
    let stale = root
    let error = await #expect(throws: StatusError.self) {
      _ = try await store.update(stale, of: .configMaps, status: false, dryRun: false)
    }
    #expect(error?.reason == .conflict)
    #expect(store.object(.configMaps, namespace: "default", name: "a")?["data"] == ["k": "2"])
  }

  @Test func aChangeThatChangesNothingWritesNothing() async throws {
    let store = try await makeStore()
    let object = try await store.create(configMap("a", ["k": "1"]), in: .configMaps)
    let version = store.version
    let same = try await store.modify(.configMaps, namespace: "default", name: "a", status: false) { _ in }
    #expect(same.metadata.resourceVersion == object.metadata.resourceVersion)
    #expect(store.version == version)
  }

  /// Swift's strings are equal where Unicode's are; those who read the objects compare octets.
  @Test func anotherUnicodeFormOfAValueIsAChange() async throws {
    let store = try await makeStore()
    _ = try await store.create(configMap("a", ["k": "caf\u{E9}"]), in: .configMaps)
    let changed = try await store.modify(.configMaps, namespace: "default", name: "a", status: false) { root in
      root["data"] = ["k": "cafe\u{301}"]
    }
    #expect(changed["data"]?["k"]?.string.map { Array($0.utf8) } == Array("cafe\u{301}".utf8))
  }

  @Test func dryRunLeavesNoTrace() async throws {
    let store = try await makeStore()
    let version = store.version
    let object = try await store.create(service("s"), in: .services, dryRun: true)
    #expect(object["spec"]?["clusterIP"] != nil)
    #expect(store.version == version)
    #expect(store.object(.services, namespace: "default", name: "s") == nil)
    let real = try await store.create(
      service("s", ["clusterIP": object["spec"]!["clusterIP"]!]), in: .services)
    #expect(real["spec"]?["clusterIP"] == object["spec"]?["clusterIP"])
  }

  @Test func statusAndSpecificationAreWrittenApart() async throws {
    let store = try await makeStore()
    _ = try await store.create(pod("p"), in: .pods)
    let running = try await store.modify(.pods, namespace: "default", name: "p", status: true) { root in
      root["status"] = ["phase": "Running"]
      root["spec", default: [:]]["hostname"] = "ignored"
    }
    #expect(running["status"]?["phase"] == "Running")
    #expect(running["spec"]?["hostname"] == nil)
    #expect(running.metadata.generation == 1)
    let labelled = try await store.modify(.pods, namespace: "default", name: "p", status: false) { root in
      root["metadata", default: [:]]["labels"] = ["a": "b"]
      root["status"] = ["phase": "Failed"]
    }
    #expect(labelled.metadata.labels == ["a": "b"])
    #expect(labelled["status"]?["phase"] == "Running")
  }

  @Test func podsEndBeforeTheyGo() async throws {
    let store = try await makeStore(now: { Timestamp("2026-01-31T12:00:00Z")! })
    _ = try await store.create(pod("p"), in: .pods)
    let outcome = try await store.delete(
      .pods, namespace: "default", name: "p", options: DeleteOptions(), dryRun: false)
    guard case .pending(let ending) = outcome else { Issue.record("removed at once"); return }
    #expect(ending.metadata.deletionTimestamp?.text == "2026-01-31T12:00:30Z")
    #expect(ending.metadata.deletionGracePeriodSeconds == 30)
    let shorter = try await store.delete(
      .pods, namespace: "default", name: "p", options: DeleteOptions(gracePeriodSeconds: 5), dryRun: false)
    #expect(shorter.object.metadata.deletionGracePeriodSeconds == 5)
    let gone = try await store.delete(
      .pods, namespace: "default", name: "p", options: DeleteOptions(gracePeriodSeconds: 0), dryRun: false)
    guard case .removed = gone else { Issue.record("still there"); return }
    #expect(store.object(.pods, namespace: "default", name: "p") == nil)
  }

  @Test(arguments: [(.max, 2_147_483_647), (-1, 1), (.min, 1)] as [(Int64, Int64)])
  func aGraceThatNoClockHolds(asked: Int64, given: Int64) async throws {
    let store = try await makeStore(now: { Timestamp("2026-01-31T12:00:00Z")! })
    _ = try await store.create(pod("p"), in: .pods)
    let outcome = try await store.delete(
      .pods, namespace: "default", name: "p", options: DeleteOptions(gracePeriodSeconds: asked), dryRun: false)
    #expect(outcome.object.metadata.deletionGracePeriodSeconds == given)
    let end = try #require(outcome.object.metadata.deletionTimestamp)
    #expect(end.seconds == Timestamp("2026-01-31T12:00:00Z")!.seconds + given)
  }

  @Test func aPodThatAsksForSuchAGraceIsRefused() async throws {
    let store = try await makeStore()
    var root = pod("p")
    root["spec"]?["terminationGracePeriodSeconds"] = .int(.max)
    let asked = root
    let error = await #expect(throws: StatusError.self) { _ = try await store.create(asked, in: .pods) }
    #expect(error?.causes.first?.path.description == "spec.terminationGracePeriodSeconds")
  }

  @Test func finalizersHoldAnObject() async throws {
    let store = try await makeStore()
    var root = configMap("a")
    root["metadata"]?["finalizers"] = ["example.com/hold"]
    _ = try await store.create(root, in: .configMaps)
    try await store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
    #expect(store.object(.configMaps, namespace: "default", name: "a")?.metadata.isBeingDeleted == true)
    _ = try await store.modify(.configMaps, namespace: "default", name: "a", status: false) { root in
      root["metadata"]?["finalizers"] = nil
    }
    #expect(store.object(.configMaps, namespace: "default", name: "a") == nil)
  }

  @Test func aNamespaceGoesWhenItIsEmpty() async throws {
    let store = try await makeStore()
    _ = try await store.create(["metadata": ["name": "team"]], in: .namespaces)
    var map = configMap("a")
    map["metadata"]?["namespace"] = "team"
    _ = try await store.create(map, in: .configMaps)
    try await store.delete(.namespaces, namespace: "", name: "team", options: DeleteOptions())
    let terminating = store.object(.namespaces, name: "team")
    #expect(terminating?["status"]?["phase"] == "Terminating")
    let other = map
    let refused = await #expect(throws: StatusError.self) { _ = try await store.create(other, in: .configMaps) }
    #expect(refused?.reason == .forbidden)
    try await store.delete(.namespaces, namespace: "", name: "team", options: DeleteOptions(gracePeriodSeconds: 0))
    #expect(store.object(.namespaces, name: "team") != nil, "not empty yet")
    try await store.delete(.configMaps, namespace: "team", name: "a", options: DeleteOptions())
    try await store.delete(.namespaces, namespace: "", name: "team", options: DeleteOptions(gracePeriodSeconds: 0))
    #expect(store.object(.namespaces, name: "team") == nil)
  }

  @Test func generatedNamesDiffer() async throws {
    let store = try await makeStore()
    var names: Set<String> = []
    for _ in 0..<20 {
      var root = configMap("")
      root["metadata"] = ["generateName": "web-", "namespace": "default"]
      names.insert(try await store.create(root, in: .configMaps).metadata.name)
    }
    #expect(names.count == 20)
    #expect(names.allSatisfy { $0.hasPrefix("web-") && $0.count == 9 })
  }

  @Test func concurrentWritesAllLand() async throws {
    let store = try await makeStore()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<500 {
        group.addTask { _ = try await store.create(configMap("m-\(index)"), in: .configMaps) }
      }
      try await group.waitForAll()
    }
    let list = store.list(.configMaps, namespace: "default")
    #expect(list.objects.count == 500)
    #expect(Set(list.objects.map(\.metadata.resourceVersion)).count == 500)
    #expect(list.objects.map(\.metadata.name) == list.objects.map(\.metadata.name).sorted())
  }
}
