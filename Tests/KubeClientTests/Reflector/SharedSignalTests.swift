// SPDX-License-Identifier: Apache-2.0
import Naming
import TestSupport
import Testing

@testable import KubeClient

@Suite("An API server that comes back", .timeLimit(.minutes(1))) struct SharedSignalTests {
  @Test("a sleep ends when the server comes back, after its time, or at once if it has come back before")
  func sleep() async {
    let (signal, clock) = (SharedSignal(), ManualClock())
    let time = ReflectorTime(clock) { 0 }
    async let woken = signal.sleep(.seconds(30), time, since: 0)
    await clock.sleeper(until: .seconds(30))
    signal.tell()
    #expect(await woken)
    #expect(await signal.sleep(.seconds(30), time, since: 0))
    async let sleptOut = signal.sleep(.seconds(20), time, since: 1)
    await clock.sleeper(until: .seconds(20))
    clock.advance(by: .seconds(20))
    #expect(await !sleptOut)
    #expect(signal.count == 1)
  }

  @Test("a sleep ends with its task") func cancelled() async {
    let (signal, clock) = (SharedSignal(), ManualClock())
    let task = Task { await signal.sleep(.seconds(30), ReflectorTime(clock) { 0 }, since: 0) }
    await clock.sleeper(until: .seconds(30))
    task.cancel()
    #expect(await !task.value)
  }

  @Test("the first kind that is answered has the others ask at once, and a connection that ends again is waited for")
  func kinds() async throws {
    let (clock, server) = (ManualClock(), ScriptedServer())
    let cluster = ClusterReflector(
      [.services, .namespaces], transport: server,
      names: ReflectedNames(NameIndex(NamingSettings()), directory: nil, now: { .epoch }),
      settings: ReflectorSettings(), time: ReflectorTime(clock) { 0 }, logger: ClusterReflectorTests.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await cluster.run() }
      for time in [800, 2400, 5600] {
        for _ in 0..<2 { try await server.call().fail() }
        await clock.sleeper(until: .milliseconds(time), count: 2)
        if time < 5600 { clock.advance(by: .milliseconds(time) - clock.now.offset) }
      }
      let quick = cluster.reflectors[1]
      clock.advance(by: .milliseconds(3200))
      let calls = [try await server.call(), try await server.call()]
      let ofSlow = try #require(calls.first { $0.request.path.hasSuffix("/services") })
      let ofQuick = try #require(calls.first { $0.request.path.hasSuffix("/namespaces") })
      ofSlow.fail()
      await clock.sleeper(until: .seconds(12))
      let watch = ofQuick.open()
      // Nobody moves the clock.
      let again = try await server.call()
      #expect(again.request.path.hasSuffix("/services"))
      again.fail()
      await clock.sleeper(until: .milliseconds(18_400))
      // What is cut and comes back again wakes nobody that was woken in vain.
      watch.send(Script.bookmark(1, endsInitial: true))
      watch.cut()
      let next = try await server.call()
      #expect(next.request.path.hasSuffix("/namespaces"))
      let open = next.open()
      open.send(Script.bookmark(2))
      while quick.status.version != 2 { await Task.yield() }
      #expect(quick.returns.count == 2)
      await clock.sleeper(until: .milliseconds(18_400))
      clock.advance(by: .milliseconds(12_800))
      try await server.call().fail()
      group.cancelAll()
    }
  }
}
