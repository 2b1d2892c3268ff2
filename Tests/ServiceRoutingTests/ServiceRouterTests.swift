// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Logging
@testable import ServiceRouting
import Synchronization
import Testing

/// The router's driver: one script for many changes, retry after failure, nothing where nothing changed.
@Suite(.timeLimit(.minutes(1))) struct ServiceRouterTests {
  /// Objects that the test changes by hand.
  final class Source: ObjectSource {
    private let state = Mutex<(objects: [ObjectKey: KubeObject], feeds: [ObjectChanges])>(([:], []))

    func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
      state.withLock { $0.objects[ObjectKey(resource: resource, namespace: namespace, name: name)] }
    }

    func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
      state.withLock { $0.objects.values.filter { $0.resource == resource } }
        .sorted { $0.metadata.name < $1.metadata.name }
    }

    func changes(of resources: [APIResource]) -> ObjectChanges {
      let feed = ObjectChanges()
      state.withLock { state in
        feed.post(state.objects.values.map { .updated($0) } + [.synced])
        state.feeds.append(feed)
      }
      return feed
    }

    func put(_ objects: [KubeObject]) {
      state.withLock { state in
        for object in objects { state.objects[object.key] = object }
        for feed in state.feeds { feed.post(objects.map { .updated($0) }) }
      }
    }
  }

  struct Refused: Error {}

  @Test func changesBecomeScriptsAndFailuresAreRepeated() async throws {
    let source = Source()
    source.put([service("web", "10.96.0.9"), slice("web", ["10.244.0.5"])])
    let (scripts, log) = AsyncStream<String>.makeStream()
    let failures = Mutex(2)
    let router = ServiceRouter(
      source: source, configuration: RoutingConfiguration(), clock: ImmediateClock(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { script in
      log.yield(script)
      let fails = failures.withLock { left in
        defer { left = max(0, left - 1) }
        return left > 0
      }
      if fails { throw Refused() }
    } surveyFlows: { _ in
      // Here there are no flows, and no harm is done where they stay.
      throw Refused()
    }
    try await withThrowingTaskGroup { group in
      group.addTask { await router.run() }
      var seen = scripts.makeAsyncIterator()
      // Two refused, one taken; each is whole.
      for _ in 0..<3 {
        let script = try #require(await seen.next())
        #expect(script.contains("delete table") && script.contains("10.244.0.5:8080"))
      }
      source.put([slice("web", ["10.244.0.6"])])
      let script = try #require(await seen.next())
      #expect(!script.contains("delete table") && script.contains("10.244.0.6:8080"))
      // A change that changes nothing, then one that does: one script.
      source.put([service("web", "10.96.0.9")])
      source.put([slice("web", ["10.244.0.7"])])
      #expect(try #require(await seen.next()).contains("10.244.0.7:8080"))
      group.cancelAll()
    }
  }
}

/// A clock on which every sleep is over at once.
struct ImmediateClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration = .zero
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  var now: Instant { Instant() }
  var minimumResolution: Duration { .nanoseconds(1) }
  func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}
