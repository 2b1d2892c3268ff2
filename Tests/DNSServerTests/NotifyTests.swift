// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Naming
import TestSupport
import Testing

@testable import DNSServer

@Suite("When a secondary is told of a change (RFC 1996)")
struct NotifyTests {
  typealias Schedule = NotifySchedule<ContinuousClock.Instant>
  static let start = ContinuousClock.now

  static func schedule(interval: Int64 = 5, tries: Int = 4) -> Schedule {
    var settings = NotifySettings()
    settings.intervalSeconds = interval
    settings.maximumTries = tries
    return Schedule(settings)
  }

  static func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }
  static func serial(_ number: UInt32) -> SerialNumber { SerialNumber(rawValue: number) }

  @Test("At once, and then nothing until there is something new")
  func once() {
    var schedule = Self.schedule()
    #expect(schedule.step(at: Self.at(0)) == .nothing)
    schedule.change(to: Self.serial(1))
    #expect(schedule.step(at: Self.at(0)) == .send(Self.serial(1)))
    schedule.answered(Self.serial(1))
    #expect(schedule.step(at: Self.at(100)) == .nothing)
    schedule.change(to: Self.serial(1))
    #expect(schedule.step(at: Self.at(100)) == .nothing)
  }

  @Test("Changes within the interval are told together, with the newest serial")
  func debounce() {
    var schedule = Self.schedule()
    schedule.change(to: Self.serial(1))
    #expect(schedule.step(at: Self.at(0)) == .send(Self.serial(1)))
    schedule.answered(Self.serial(1))
    for number in 2...9 {
      schedule.change(to: Self.serial(UInt32(number)))
      #expect(schedule.step(at: Self.at(1)) == .wait(until: Self.at(5)))
    }
    #expect(schedule.step(at: Self.at(5)) == .send(Self.serial(9)))
  }

  @Test("Without an answer: again after growing times, then given up, until the next change")
  func retries() {
    var schedule = Self.schedule()
    schedule.change(to: Self.serial(1))
    var sent: [Int] = []
    var now = 0
    loop: for _ in 0..<100 {
      switch schedule.step(at: Self.at(now)) {
      case .send: sent.append(now)
      case .wait(let instant): now = Int((instant - Self.start).components.seconds)
      case .nothing: break loop
      }
    }
    #expect(sent == [0, 5, 15, 35])
    schedule.change(to: Self.serial(2))
    #expect(schedule.step(at: Self.at(now)) == .send(Self.serial(2)))
  }

  @Test("A change cuts short the wait for a late retry, and a late answer is for its own serial")
  func changeWhileRetrying() {
    var schedule = Self.schedule()
    schedule.change(to: Self.serial(1))
    #expect(schedule.step(at: Self.at(0)) == .send(Self.serial(1)))
    #expect(schedule.step(at: Self.at(5)) == .send(Self.serial(1)))
    #expect(schedule.step(at: Self.at(6)) == .wait(until: Self.at(15)))
    schedule.change(to: Self.serial(2))
    #expect(schedule.step(at: Self.at(6)) == .wait(until: Self.at(10)))
    schedule.answered(Self.serial(1))
    #expect(schedule.step(at: Self.at(10)) == .send(Self.serial(2)))
  }

  @Test("Other secondaries are told at once, of the zone as it is", .timeLimit(.minutes(1)))
  func otherPeers() async throws {
    let (arrivals, arrived) = AsyncStream<Name>.makeStream()
    let script: ScriptedUpstream.Script = { request, _ in
      arrived.yield(request.questions[0].name)
      return [ScriptedUpstream.message(to: request, [.response, .notify])]
    }
    try await ScriptedUpstream.run(script) { peer in
      let index = TestObjects.index()
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let notifier = ZoneNotifier(index: index, settings: NotifySettings(), clock: ManualClock(), logger: logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await notifier.run() }
        var told = arrivals.makeAsyncIterator()
        notifier.update(NotifySettings(peers: [peer]))
        #expect(await told.next() == index.settings.zone)
        // The same once more is no change; another zone is told of by its own name.
        notifier.update(NotifySettings(peers: [peer]))
        var naming = index.settings
        naming.zone = try Name("corp.test")
        index.update(naming)
        var settings = NotifySettings(peers: [peer])
        settings.maximumTries = 2
        notifier.update(settings)
        #expect(await told.next() == naming.zone)
        group.cancelAll()
      }
    }
  }

  @Test("An answer is one of its kind, also where a peer that knows no NOTIFY leaves the question out")
  func answers() async throws {
    let zone = try Name("cluster.local")
    let script: ScriptedUpstream.Script = { request, _ in
      // Of a query with the same id and question, then the answer.
      let other = ScriptedUpstream.message(to: request, [.response])
      let answer = ScriptedUpstream.message(to: request, [.response, .notify], code: .notImplemented)
      // The header, with no question counted.
      return [other, Array(answer[..<5]) + [0] + answer[6..<Header.length]]
    }
    try await ScriptedUpstream.run(script) { peer in
      let code = try await DNSClient().notify(peer, of: zone)
      #expect(code == .notImplemented)
    }
  }

  @Test("Limits outside their ranges are named")
  func problems() {
    var settings = NotifySettings()
    #expect(settings.problems() == [])
    settings.intervalSeconds = 0
    settings.maximumTries = 21
    #expect(settings.problems().count == 2)
  }
}
