// SPDX-License-Identifier: Apache-2.0
import Naming
import TestSupport
import Testing

@testable import KubeClient

/// API servers that were restored from a backup, or begun anew, and have another history than the one that is known.
@Suite("An API server that has gone back", .timeLimit(.minutes(1))) struct GoneBackTests {
  @Test("a version before the one that changes were asked for has all read again", arguments: [
    Script.bookmark(7), Script.event("MODIFIED", Script.service("b", "10.0.0.9", version: 9)),
    Script.event("DELETED", Script.service("b", "10.0.0.9", version: 9)),
  ]) func isSeen(word: String) async throws {
    let log = LogLines()
    try await ReflectorTests.run(logger: log.logger) { running in
      try await ReflectorTests.begin(running).end()
      let watch = try await running.server.call()
      #expect(watch["resourceVersion"] == "10")
      watch.open().send(word)
      await running.clock.sleeper(until: .milliseconds(800))
      #expect(running.services == ["a": ["10.0.0.1"], "b": ["10.0.0.2"]])
      running.clock.advance(by: .milliseconds(800))
      let again = try await running.server.call()
      #expect(again["resourceVersion"] == nil && again["sendInitialEvents"] == "true")
      let stream = again.open()
      stream.send(Script.event("ADDED", Script.service("c", "10.0.0.3", version: 2)))
      stream.send(Script.bookmark(9, endsInitial: true))
      await running.completions.next()
      #expect(running.services == ["c": ["10.0.0.3"]])
      #expect(running.reflector.status.current.lists == [.first: 1, .goneBack: 1])
      #expect(log.lines(with: "has gone back") == ["the API server has gone back, from version 10 to 9: was it restored?"])
      stream.end()
      try await running.server.call().fail()
    }
  }

  @Test("changes that come in another order, or twice, are none of an older history") func order() async throws {
    try await ReflectorTests.run { running in
      let watch = try await ReflectorTests.begin(running)
      for version in [12, 11, 11] {
        watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.\(version)", version: version)))
        await running.wait("a", "10.0.0.\(version)")
      }
      watch.send(Script.bookmark(11))
      watch.end()
      let next = try await running.server.call()
      #expect(next["resourceVersion"] == "11" && next["sendInitialEvents"] == nil)
      next.fail()
    }
  }

  @Test("what one kind has seen has the others compared, though their versions exist again") func others() async throws {
    let (clock, server, index) = (ManualClock(), ScriptedServer(), NameIndex(NamingSettings()))
    var settings = ReflectorSettings()
    settings.checkInterval = .zero
    let cluster = ClusterReflector(
      [.services, .namespaces], transport: server,
      names: ReflectedNames(index, directory: nil, now: { .epoch }), settings: settings,
      time: ReflectorTime(clock) { 1 }, logger: ClusterReflectorTests.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cluster.run() }
      var streams: [String: ScriptedServer.Stream] = [:]
      for _ in 0..<2 {
        let call = try await server.call()
        streams[String(call.request.path.split(separator: "/").last!)] = call.open()
      }
      let (services, namespaces) = (streams["services"]!, streams["namespaces"]!)
      services.send(Script.event("ADDED", Script.service("a", "10.0.0.1", version: 5)))
      for stream in [services, namespaces] { stream.send(Script.bookmark(10, endsInitial: true)) }
      await index.waitUntilSynced()
      namespaces.send(Script.bookmark(8))
      await clock.sleeper(until: .milliseconds(1000))
      clock.advance(by: .milliseconds(1000))
      try await server.call().open().send(Script.bookmark(8, endsInitial: true))
      // Both compare; this one reads again besides, so its own comparison is of no interest.
      await clock.sleeper(until: .seconds(6), count: 2)
      clock.advance(by: .seconds(5))
      for _ in 0..<2 {
        let list = try await server.call()
        let isOfServices = list.request.path.hasSuffix("/services")
        #expect(list["resourceVersion"] == (isOfServices ? "10" : "8") && list["resourceVersionMatch"] == "Exact")
        list.reply(Script.list(isOfServices ? [Script.service("a", "10.0.0.7", version: 3)] : [], version: 10))
      }
      await index.wait { $0.addresses("a.default") == ["10.0.0.7"] }
      group.cancelAll()
    }
  }

  @Test("after an outage what is known is compared soon") func outage() async throws {
    try await ReflectorTests.run(checkInterval: .seconds(6000)) { running in
      try await ReflectorTests.begin(running).cut()
      try await running.server.call().fail()
      await running.clock.sleeper(until: .milliseconds(800))
      running.clock.advance(by: .milliseconds(800))
      let watch = try await running.server.call().open()
      // A fifth of a sixth, where chance gives no more.
      await running.clock.sleeper(until: .milliseconds(200_800))
      watch.send(Script.bookmark(20))
      running.clock.advance(by: .seconds(100))
      while running.reflector.status.version != 20 { await Task.yield() }
      running.clock.advance(by: .seconds(100))
      let list = try await running.server.call()
      #expect(list["resourceVersion"] == "20" && list["resourceVersionMatch"] == "Exact")
      list.reply(Script.list([Script.service("b", "10.0.0.2", version: 6)], version: 20))
      await running.wait("a", nil)
      // What differs there has one more come, and the next is as late as ever.
      await running.clock.sleeper(until: .milliseconds(201_800))
      running.clock.advance(by: .seconds(1))
      try await running.server.call().reply(Script.list([], version: 20))
      await running.wait("b", nil)
      await running.clock.sleeper(until: .milliseconds(201_800) + .seconds(5400))
    }
  }

  @Test("a comparison that fails while there is doubt is made again, soon and then later; others wait their time")
  func failedComparison() async {
    let clock = ManualClock()
    let schedule = CheckSchedule(.zero, ReflectorTime(clock) { 1 })
    async let first: Void = schedule.wait()
    // One that fails without doubt has no other come.
    schedule.compared(isDone: false)
    await clock.sleeper(until: .seconds(86_400))
    schedule.bringForward(to: .seconds(5))
    await clock.sleeper(until: .seconds(5))
    clock.advance(by: .seconds(5))
    await first
    schedule.compared(isDone: false)
    var now = Duration.seconds(5)
    for wait in [10, 20, 40, 80, 160, 300, 300] {
      async let waited: Void = schedule.wait()
      now += .seconds(wait)
      await clock.sleeper(until: now)
      clock.advance(by: .seconds(wait))
      await waited
      schedule.compared(isDone: now > .seconds(800))
    }
    let last = Task { await schedule.wait() }
    await clock.sleeper(until: now + .seconds(86_400))
    last.cancel()
    await last.value
  }
}
