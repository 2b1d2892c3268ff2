// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KubeClient

@Suite("What a reflector asks next") struct ReflectorMachineTests {
  private typealias Step = ReflectorMachine.Step

  private func machine(_ change: (inout ReflectorSettings) -> Void = { _ in }) -> ReflectorMachine {
    var settings = ReflectorSettings()
    change(&settings)
    return ReflectorMachine(settings) { 0 }
  }

  private func end(
    _ failure: ReflectorMachine.Failure? = nil, version: UInt64? = nil, isComplete: Bool = true, wasOfUse: Bool = true,
    isShort: Bool? = nil
  ) -> ReflectorMachine.WatchEnd {
    .init(failure, version: version, isComplete: isComplete, wasOfUse: wasOfUse, isShort: isShort ?? !wasOfUse)
  }

  private func refused(_ code: Int, after: Duration? = nil) -> ReflectorMachine.Failure {
    .refused(ServerStatus(code: code, retryAfter: after))
  }

  /// One that watches from version 10.
  private func watching() -> ReflectorMachine {
    var machine = machine()
    _ = machine.next()
    machine.watchEnded(end(version: 10))
    return machine
  }

  private func watch(_ version: UInt64?, initial: Bool = false) -> Step {
    .watch(.init(version: version, isInitial: initial))
  }

  private func list(_ version: UInt64?, limit: Int? = 500, token: String = "") -> Step {
    .list(.init(version: version, limit: limit, continueToken: token))
  }

  @Test("begins with a watch that tells what there is, and goes on from its end") func watchList() {
    var machine = machine()
    #expect(machine.next() == watch(nil, initial: true))
    machine.watchEnded(end(version: 10))
    #expect(machine.next() == watch(10))
    machine.watchEnded(end(version: 12))
    #expect(machine.next() == watch(12))
    machine.watchEnded(end(.disconnected))
    #expect(machine.next() == watch(12))
  }

  @Test("a server that does not know such watches is asked for lists from then on", arguments: [400, 404, 405, 422])
  func oldServer(_ code: Int) {
    var machine = machine()
    #expect(machine.next() == watch(nil, initial: true))
    machine.watchEnded(end(refused(code), isComplete: false, wasOfUse: false))
    #expect(machine.next() == list(0))
    #expect(machine.listed(ListEnd(version: 8, continueToken: "a")) == false)
    #expect(machine.next() == list(nil, token: "a"))
    #expect(machine.listed(ListEnd(version: 8)) == true)
    #expect(machine.next() == watch(8))
    machine.watchEnded(end(refused(410), version: 9))
    #expect(machine.reason == .expired)
    #expect(machine.next() == list(nil))
  }

  @Test("a page that leads to itself is no way to the end: all is asked for at once, after a pause")
  func endlessPages() {
    var machine = machine()
    machine.watchEnded(end(refused(404), isComplete: false, wasOfUse: false))
    #expect(machine.next() == list(0))
    #expect(machine.listed(ListEnd(version: 8, continueToken: "a")) == false)
    #expect(machine.next() == list(nil, token: "a"))
    #expect(machine.listed(ListEnd(version: 8, continueToken: "a")) == false)
    guard case .wait = machine.next() else {
      Issue.record("no pause")
      return
    }
    #expect(machine.next() == list(0, limit: nil))
    #expect(machine.listed(ListEnd(version: 8)) == true)
  }

  @Test("one that says nothing to it is, too") func silentServer() {
    var machine = machine()
    _ = machine.next()
    machine.watchEnded(end(.silent, isComplete: false))
    #expect(machine.next() == list(0))
  }

  @Test("a version that is forgotten is followed by the newest objects, at once if the watch lived for a while")
  func expired() {
    var machine = watching()
    machine.watchEnded(end(refused(410)))
    #expect(machine.next() == watch(nil, initial: true))
    machine.watchEnded(end(version: 20))
    #expect(machine.next() == watch(20))
    machine.watchEnded(end(refused(410), wasOfUse: false))
    #expect(machine.next() == .wait(.milliseconds(800)))
    #expect(machine.next() == watch(nil, initial: true))
  }

  @Test("one that is forgotten as soon as all was told is waited for, longer each time") func forgetful() {
    var machine = machine()
    _ = machine.next()
    for expected in [800, 1600, 3200] {
      machine.watchEnded(end(refused(410), version: 10, isShort: true))
      #expect(machine.next() == .wait(.milliseconds(expected)))
      #expect(machine.next() == watch(nil, initial: true))
    }
  }

  @Test("after an outage the first version that is forgotten is read anew within a second, the next wait longer")
  func expiredAfterOutage() {
    var settings = ReflectorSettings()
    settings.usesWatchList = false
    var machine = ReflectorMachine(settings) { 1 }
    _ = machine.next()
    _ = machine.listed(ListEnd(version: 10))
    for _ in 0..<8 {
      #expect(machine.next() == watch(10))
      machine.watchEnded(end(.disconnected, wasOfUse: false))
      _ = machine.next()
    }
    #expect(machine.next() == watch(10))
    for expected in [1000, 3200, 6400] {
      machine.watchEnded(end(refused(410), wasOfUse: false))
      #expect(machine.next() == .wait(.milliseconds(expected)))
      #expect(machine.next() == list(nil))
      _ = machine.listed(ListEnd(version: 20))
      #expect(machine.next() == watch(20))
    }
    // What it answered ended the outage.
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .waitForAnswer(.milliseconds(1600)))
  }

  @Test("refusals between lost connections wait longer and longer") func refusedAndLost() {
    var machine = watching()
    for expected in [800, 1600, 3200] {
      machine.watchEnded(end(.disconnected, wasOfUse: false))
      #expect(machine.next() == .waitForAnswer(.milliseconds(800)))
      machine.watchEnded(end(refused(503), wasOfUse: false))
      #expect(machine.next() == .wait(.milliseconds(expected)))
    }
  }

  @Test("a server that has gone back is asked for the newest, soon, and later each time") func goneBack() {
    var machine = watching()
    for expected in [800, 1600, 3200] {
      machine.watchEnded(end(.goneBack, version: 5))
      #expect(machine.reason == .goneBack)
      #expect(machine.next() == .wait(.milliseconds(expected)))
      #expect(machine.next() == watch(nil, initial: true))
    }
    machine.watchEnded(end(version: 5))
    #expect(machine.next() == watch(5))
  }

  @Test("an answer that makes no sense has lists asked for, until all was read", arguments: [
    .foreign, .undecodable, nil,
  ] as [ReflectorMachine.Failure?]) func senseless(failure: ReflectorMachine.Failure?) {
    var machine = machine()
    #expect(machine.next() == watch(nil, initial: true))
    machine.watchEnded(end(failure, isComplete: false, wasOfUse: false))
    #expect(machine.next() == .wait(.milliseconds(800)))
    #expect(machine.next() == list(0))
    machine.listFailed(.foreign)
    #expect(machine.next() == .wait(.milliseconds(1600)))
    #expect(machine.next() == list(0))
    #expect(machine.listed(ListEnd(version: 8)) == true)
    machine.watchEnded(end(version: 9))
    machine.watchEnded(end(refused(410)))
    #expect(machine.next() == watch(nil, initial: true))
  }

  @Test("a page's token that is not taken has the list read whole, from the start", arguments: [400, 404, 422])
  func refusedToken(_ code: Int) {
    var machine = machine { $0.usesWatchList = false }
    _ = machine.next()
    _ = machine.listed(ListEnd(version: 8, continueToken: "a"))
    #expect(machine.next() == list(nil, token: "a"))
    machine.listFailed(refused(code))
    #expect(machine.next() == .wait(.milliseconds(800)))
    #expect(machine.next() == list(0, limit: nil))
    #expect(machine.listed(ListEnd(version: 9)) == true)
    #expect(machine.next() == watch(9))
  }

  @Test("waits longer with each failure, and as long as the server asks for") func backoff() {
    var machine = watching()
    for expected in [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000] {
      machine.watchEnded(end(.disconnected, wasOfUse: false))
      #expect(machine.next() == .waitForAnswer(.milliseconds(expected)))
      #expect(machine.next() == watch(10))
    }
    machine.watchEnded(end(refused(429, after: .seconds(40)), wasOfUse: false))
    #expect(machine.next() == .wait(.seconds(40)))
    machine.watchEnded(end(refused(503, after: .seconds(4000)), wasOfUse: false))
    #expect(machine.next() == .wait(.seconds(300)))
    #expect(machine.next() == watch(10))
    machine.watchEnded(end(version: 11))
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .waitForAnswer(.milliseconds(800)))
  }

  @Test("a wait for a server that does not answer can end early, and the next one not, until something goes well")
  func woken() {
    var machine = watching()
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .waitForAnswer(.milliseconds(800)))
    machine.wasWoken()
    #expect(machine.next() == watch(10))
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .wait(.milliseconds(1600)))
    #expect(machine.next() == watch(10))
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .waitForAnswer(.milliseconds(3200)))
    machine.wasWoken()
    machine.watchEnded(end(version: 11))
    machine.watchEnded(end(.disconnected, wasOfUse: false))
    #expect(machine.next() == .waitForAnswer(.milliseconds(800)))
  }

  @Test("jitter adds up to as much again") func jitter() {
    var backoff = Backoff(Backoff.Settings())
    #expect(backoff.failed(random: 0.5) == .milliseconds(1200))
    #expect(backoff.failed(random: 1) == .milliseconds(3200))
    #expect(backoff.failed(asked: .seconds(10), random: 1) == .seconds(11))
  }

  @Test("what makes no sense is read anew, and as JSON when it happens again") func undecodable() {
    var machine = watching()
    machine.watchEnded(end(.undecodable, version: 11))
    #expect(machine.reason == .undecodable && !machine.prefersJSON)
    #expect(machine.next() == .wait(.milliseconds(800)))
    #expect(machine.next() == watch(11, initial: true))
    machine.watchEnded(end(.undecodable, isComplete: false))
    #expect(machine.prefersJSON)
  }

  @Test("a page's token that has expired has the list read whole, and a second one waits") func expiredToken() {
    var machine = machine { $0.usesWatchList = false }
    #expect(machine.next() == list(0))
    _ = machine.listed(ListEnd(version: 8, continueToken: "a"))
    #expect(machine.next() == list(nil, token: "a"))
    machine.listFailed(refused(410))
    #expect(machine.next() == list(nil, limit: nil))
    machine.listFailed(refused(410))
    guard case .wait = machine.next() else {
      Issue.record("does not wait")
      return
    }
    #expect(machine.next() == list(nil, limit: nil))
    #expect(machine.listed(ListEnd(version: 9)) == true)
    #expect(machine.next() == watch(9))
  }

  @Test("a page that failed is asked for again") func failedPage() {
    var machine = machine { $0.usesWatchList = false }
    _ = machine.next()
    _ = machine.listed(ListEnd(version: 8, continueToken: "a"))
    _ = machine.next()
    machine.listFailed(.disconnected)
    #expect(machine.next() == .waitForAnswer(.milliseconds(800)))
    #expect(machine.next() == list(nil, token: "a"))
  }

  @Test("a server that was set back is asked for what it has") func setBack() {
    var machine = machine { $0.usesWatchList = false }
    _ = machine.next()
    _ = machine.listed(ListEnd(version: 80))
    machine.watchEnded(end(refused(500)))
    #expect(machine.reason == .refused)
    _ = machine.next()
    #expect(machine.next() == list(80))
    machine.listFailed(refused(504))
    guard case .wait = machine.next() else {
      Issue.record("does not wait")
      return
    }
    #expect(machine.next() == list(nil))
    #expect(machine.listed(ListEnd(version: 3)) == true)
    #expect(machine.next() == watch(3))
  }

  @Test("without permission it waits, and asks the same again", arguments: [401, 403]) func forbidden(_ code: Int) {
    var machine = machine()
    _ = machine.next()
    machine.watchEnded(end(refused(code), isComplete: false, wasOfUse: false))
    #expect(machine.next() == .wait(.milliseconds(800)))
    #expect(machine.next() == watch(nil, initial: true))
  }
}

extension ListEnd {
  fileprivate init(version: UInt64, continueToken: String = "") {
    self.init()
    self.version = version
    self.continueToken = continueToken
  }
}
