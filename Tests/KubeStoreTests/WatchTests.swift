// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Synchronization
import Testing

@testable import KubeStore

@Suite struct WatchTests {
  @Test func eachChangeIsSeenInOrder() async throws {
    let store = try await makeStore()
    let start = store.version
    _ = try await store.create(configMap("a", ["k": "1"]), in: .configMaps)
    _ = try await store.modify(.configMaps, namespace: "default", name: "a", status: false) { $0["data"] = ["k": "2"] }
    try await store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
    var iterator = try store.watch(.configMaps, namespace: nil, from: start).makeAsyncIterator()
    let events = try #require(try await iterator.next())
    #expect(events.map(\.kind) == [.added, .modified, .deleted])
    #expect(events.map(\.version) == events.map(\.version).sorted())
    #expect(events[2].object["data"] == ["k": "2"])
    #expect(events[2].version == store.version)
    #expect(events[1].previous?["data"] == ["k": "1"])
  }

  @Test func aWaitingReaderIsWoken() async throws {
    let store = try await makeStore()
    let watch = try store.watch(.configMaps, namespace: "default", from: store.version)
    async let first = watch.first { _ in true }
    _ = try await store.create(configMap("a"), in: .configMaps)
    #expect(try await first?.first?.object.metadata.name == "a")
    #expect(watch.bookmark() == store.version)
  }

  /// Woken with nothing to tell, a reader gets an empty list, whether it waited already or not.
  @Test func aReaderCanBeWoken() async throws {
    let store = try await makeStore()
    let watch = try store.watch(.configMaps, namespace: nil, from: store.version)
    async let waiting = watch.first { _ in true }
    watch.wake()
    #expect(try await waiting?.isEmpty == true)
    watch.wake()
    _ = try await store.create(configMap("a"), in: .configMaps)
    var changes = watch.makeAsyncIterator()
    #expect(try await changes.next()?.count == 1, "a change comes first")
    #expect(try await changes.next()?.isEmpty == true, "and it is not forgotten")
  }

  @Test func aCancelledReaderEnds() async throws {
    let store = try await makeStore()
    let watch = try store.watch(.configMaps, namespace: nil, from: store.version)
    let task = Task { try await watch.first { _ in true } }
    task.cancel()
    #expect(try await task.value == nil)
  }

  @Test func historyThatIsGoneIsSaidToBe() async throws {
    var configuration = StoreConfiguration()
    configuration.historyLimit = 4
    let store = try ObjectStore(configuration: configuration)
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
    let start = store.version
    let slow = try store.watch(.configMaps, namespace: nil, from: start)
    for index in 0..<6 { _ = try await store.create(configMap("m-\(index)"), in: .configMaps) }
    #expect(throws: StatusError.self) { _ = try store.watch(.configMaps, namespace: nil, from: start) }
    var iterator = slow.makeAsyncIterator()
    let error = await #expect(throws: StatusError.self) { _ = try await iterator.next() }
    #expect(error?.reason == .expired)
    // Another kind's history is not touched.
    _ = try store.watch(.services, namespace: nil, from: start)
  }

  @Test func subscribersGetTheNewestVersionOnce() async throws {
    let store = try await makeStore()
    _ = try await store.create(configMap("a", ["k": "0"]), in: .configMaps)
    let changes = store.changes(of: [.configMaps])
    for value in 1...5 {
      _ = try await store.modify(.configMaps, namespace: "default", name: "a", status: false) {
        $0["data"] = ["k": .string("\(value)")]
      }
    }
    var iterator = changes.makeAsyncIterator()
    let batch = try #require(await iterator.next())
    #expect(batch.count == 2)
    guard case .updated(let object) = batch[0], case .synced = batch[1] else { Issue.record("\(batch)"); return }
    #expect(object["data"] == ["k": "5"])
  }

  @Test func aReaderThatStopsIsForgotten() async throws {
    let store = try await makeStore()
    let changes = store.changes(of: [.configMaps])
    #expect(store.state.withLock { $0.subscribers.count } == 1)
    changes.finish()
    #expect(store.state.withLock { $0.subscribers.isEmpty })
  }

  @Test func closingEndsReaders() async throws {
    let store = try await makeStore()
    let watch = try store.watch(.configMaps, namespace: nil, from: store.version)
    let reader = Task { try await watch.first { _ in true } }
    await store.close()
    #expect(try await reader.value == nil)
    let error = await #expect(throws: StatusError.self) { _ = try await store.create(configMap("a"), in: .configMaps) }
    #expect(error?.reason == .serviceUnavailable)
  }
}
