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

  /// Flows of UDP: the new rules, who is astray, those are told to leave, and then they count as wrong.
  @Test(arguments: [true, false]) func flowsLeaveBeforeTheyAreWrong(canSurvey: Bool) async {
    let source = Source()
    let ports: [JSONValue] = [["port": 53, "protocol": "UDP"]]
    let targets: [JSONValue] = [["port": 5353, "protocol": "UDP"]]
    source.put([service("dns", "10.96.0.9", ports: ports), slice("dns", ["10.244.0.5"], ports: targets)])
    let (steps, log) = AsyncStream<String>.makeStream()
    let router = ServiceRouter(
      source: source, configuration: RoutingConfiguration(), clock: ImmediateClock(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { script in
      log.yield(script)
    } surveyFlows: { flows in
      log.yield("survey \(flows)")
      if !canSurvey { throw Refused() }
      return "ip 2 10.244.0.9 . 40000 . 10.96.0.9 . 53\n"
    }
    await withTaskGroup { group in
      group.addTask { await router.run() }
      var seen = steps.makeAsyncIterator()
      var before: [String] = []
      while before.count < (canSurvey ? 3 : 2), let step = await seen.next() { before.append(step) }
      #expect(before[0].contains("delete table"))
      #expect(before[1] == "survey 10.96.0.9 . 53 . 10.244.0.5 . 5353")
      source.put([slice("dns", ["10.244.0.6"], ports: targets)])
      var after: [String] = []
      while after.count < (canSurvey ? 4 : 3), let step = await seen.next() { after.append(step) }
      #expect(after[0].contains("add element ip callsign flows { 10.96.0.9 . 53 . 10.244.0.6 . 5353 }"))
      #expect(!after[0].contains("delete element ip callsign flows"))
      #expect(after[1] == "survey 10.96.0.9 . 53 . 10.244.0.6 . 5353")
      if canSurvey {
        #expect(after[2].contains("add element ip callsign leaving-2 { 10.244.0.9 . 40000 . 10.96.0.9 . 53 }"))
      }
      #expect(after.last == "delete element ip callsign flows { 10.96.0.9 . 53 . 10.244.0.5 . 5353 }\n")
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
