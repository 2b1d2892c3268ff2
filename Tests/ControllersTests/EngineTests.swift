// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import Logging
import OrderedCollections
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// The engine's promises: coalescing, one worker a key, retry, delay, start and end.
@Suite(.timeLimit(.minutes(1))) struct EngineTests {
  /// Reconciles ConfigMaps by a function of the test, and tells it of each run.
  final class Probe: Reconciler {
    let name = "probe"
    let watches: [APIResource] = [.configMaps]
    private let body: @Sendable (ObjectKey, _ run: Int) async throws(StatusError) -> Outcome
    private let counts = Mutex<[ObjectKey: Int]>([:])

    init(_ body: @escaping @Sendable (ObjectKey, Int) async throws(StatusError) -> Outcome) {
      self.body = body
    }

    func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
      // As labels that select do: the key is in the object's contents.
      object[at: "data", "key"]?.string.map { [ObjectKey(resource: .configMaps, namespace: "x", name: $0)] } ?? []
    }

    func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
      let run = counts.withLock { counts in
        counts[key, default: 0] += 1
        return counts[key] ?? 0
      }
      return try await body(key, run)
    }
  }

  private static func configMap(_ name: String, key: String) -> JSONValue {
    ["metadata": ["name": .string(name)], "data": ["key": .string(key)]]
  }

  /// Runs a manager while `body` runs.
  private func withManager(
    _ cluster: TestCluster, _ probe: Probe, clock: ManualClock = ManualClock(),
    _ body: () async throws -> Void
  ) async throws {
    let manager = ControllerManager(
      source: cluster.store, reconcilers: [probe], clock: clock,
      retry: RetryPolicy(base: .milliseconds(10), limit: .milliseconds(40), jitter: 0),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup { group in
      group.addTask { await manager.run() }
      try await body()
      group.cancelAll()
    }
  }

  @Test func aChangedObjectWakesItsOldAndItsNewKey() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.configMaps, Self.configMap("c", key: "a"))
    let (runs, log) = AsyncStream<String>.makeStream()
    try await withManager(cluster, Probe { key, _ throws(StatusError) in
      log.yield(key.name)
      return .settled
    }) {
      var seen = runs.makeAsyncIterator()
      #expect(await seen.next() == "a")
      try await cluster.change(.configMaps, "c") { $0["data"] = ["key": "b"] }
      #expect(Set([await seen.next(), await seen.next()]) == ["a", "b"])
      try await cluster.delete(.configMaps, "c")
      #expect(await seen.next() == "b")
    }
  }

  @Test func aKeyHasOneWorkerAndIsNotForgottenMeanwhile() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.configMaps, Self.configMap("c", key: "a"))
    let (started, start) = AsyncStream<Int>.makeStream()
    let (gates, gate) = AsyncStream<Void>.makeStream()
    let box = Mutex<AsyncStream<Void>?>(gates)
    let active = Atomic<Int>(0)
    try await withManager(cluster, Probe { _, run throws(StatusError) in
      let workers = active.add(1, ordering: .relaxed).newValue
      #expect(workers == 1)
      start.yield(run)
      if run == 1, let gates = box.withLock({ $0 }) {
        for await _ in gates { break }
      }
      active.subtract(1, ordering: .relaxed)
      return .settled
    }) {
      var runs = started.makeAsyncIterator()
      #expect(await runs.next() == 1)
      // Many changes during the run are one more run.
      for index in 0..<20 {
        try await cluster.change(.configMaps, "c") { $0["data"] = ["key": "a", "n": .string("\(index)")] }
      }
      // A second key shows that the manager has seen them all.
      try await cluster.create(.configMaps, Self.configMap("d", key: "a"))
      gate.yield()
      #expect(await runs.next() == 2)
    }
  }

  @Test func failuresComeBackLaterAndLater() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.configMaps, Self.configMap("c", key: "a"))
    let clock = ManualClock()
    let (runs, log) = AsyncStream<Int>.makeStream()
    try await withManager(cluster, Probe { _, run throws(StatusError) in
      log.yield(run)
      if run <= 4 { throw StatusError(.internalError, "not yet") }
      return .again(after: .seconds(60))
    }, clock: clock) {
      var seen = runs.makeAsyncIterator()
      #expect(await seen.next() == 1)
      var offset = Duration.zero
      for (run, delay) in [(2, 10), (3, 20), (4, 40), (5, 40)] {
        offset += .milliseconds(delay)
        await clock.sleeper(until: offset)
        clock.advance(by: .milliseconds(delay))
        #expect(await seen.next() == run)
      }
      // A success, which asks to come again; a change comes before.
      await clock.sleeper(until: offset + .seconds(60))
      try await cluster.change(.configMaps, "c") { $0["data"] = ["key": "a", "more": "x"] }
      #expect(await seen.next() == 6)
      await clock.sleeper(until: offset + .seconds(60))
      clock.advance(by: .seconds(60))
      #expect(await seen.next() == 7)
    }
  }

  @Test func retriesAreVariedDownward() {
    let policy = RetryPolicy(base: .milliseconds(8), limit: .milliseconds(100), jitter: 0.5)
    for (failures, full) in [(1, 8), (2, 16), (4, 64), (5, 100), (60, 100)] {
      for _ in 0..<50 {
        let delay = policy.delay(failures: failures)
        #expect(delay <= .milliseconds(full) && delay >= .milliseconds(full) / 2)
      }
    }
  }

  @Test func aGracefulEndLetsWorkFinish() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.configMaps, Self.configMap("c", key: "a"))
    let (started, start) = AsyncStream<Void>.makeStream()
    let (gates, gate) = AsyncStream<Void>.makeStream()
    let finished = Atomic<Bool>(false)
    let manager = ControllerManager(
      source: cluster.store,
      reconcilers: [
        Probe { _, _ throws(StatusError) in
          start.yield()
          for await _ in gates { break }
          finished.store(true, ordering: .relaxed)
          return .settled
        }
      ], clock: ManualClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let group = ServiceGroup(services: [manager], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup { tasks in
      tasks.addTask { try await group.run() }
      for await _ in started { break }
      await group.triggerGracefulShutdown()
      gate.yield()
      try await tasks.waitForAll()
    }
    let hasFinished = finished.load(ordering: .relaxed)
    #expect(hasFinished)
  }
}
