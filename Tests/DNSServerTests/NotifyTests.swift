// SPDX-License-Identifier: Apache-2.0
import DNSWire
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

  @Test("Limits outside their ranges are named")
  func problems() {
    var settings = NotifySettings()
    #expect(settings.problems() == [])
    settings.intervalSeconds = 0
    settings.maximumTries = 21
    #expect(settings.problems().count == 2)
  }
}
