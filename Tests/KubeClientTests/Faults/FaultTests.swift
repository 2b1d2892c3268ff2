// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import KubeStore
import Logging
import Naming
import OrderedCollections
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

/// Whatever happens between an API server and its follower, the answers end up as those made from a fresh list, and
/// what was there all the time is answered all the time.
@Suite("Faults between the API server and names", .serialized, .timeLimit(.minutes(5))) struct FaultTests {
  /// Every fault alone, at places where it hurts.
  private static let singles: [Fault] = [
    .status(410), .status(429, retryAfter: 1), .status(500), .status(503, retryAfter: 1), .status(504), .noAnswer,
    .cut(octets: 0), .cut(octets: 7), .cut(octets: 350), .cut(octets: 1500), .truncate(octets: 5),
    .truncate(octets: 350), .truncate(octets: 1500), .hold(octets: 0), .hold(octets: 350), .garble(octets: 0),
    .garble(octets: 350), .garble(octets: 1500), .trickle(1), .trickle(13), .expire(events: 0), .expire(events: 5),
    .bookmarks(events: 3), .duplicate, .reorder,
  ]

  @Test("Each fault alone, on lists and watches", arguments: singles, FaultForm.allCases)
  func single(fault: Fault, form: FaultForm) async throws {
    try await FaultRun.run(form, seed: 1) { run in
      try await run.change(30)
      // Every third request goes well, so that there is progress to be disturbed.
      let count = Mutex(0)
      run.faults.plan { _ in
        count.withLock { count in
          count += 1
          return count % 3 == 0 ? .none : fault
        }
      }
      run.faults.cutAll()
      try await run.change(30)
      await run.waitForRequests(9)
      try await run.settle("\(fault)")
    }
  }

  @Test("Faults of all kinds in a row, by chance", arguments: 1...2 as ClosedRange<UInt64>, FaultForm.allCases)
  func random(seed: UInt64, form: FaultForm) async throws {
    try await FaultRun.run(form, seed: seed) { run in
      for round in 0..<4 {
        let generator = Mutex(SeededGenerator(seed: seed &* 1000 &+ UInt64(round)))
        run.faults.plan { _ in
          generator.withLock { generator in
            Bool.random(using: &generator) ? .none : Fault.random(by: &generator)
          }
        }
        run.faults.cutAll()
        for _ in 0..<4 {
          try await run.change(10)
          await run.waitForRequests(4)
        }
        try await run.settle("seed \(seed), round \(round)")
      }
    }
  }

  private static let forgetful: StoreConfiguration = {
    var configuration = StoreConfiguration()
    configuration.historyLimit = 4
    return configuration
  }()

  @Test("A server that comes back with less, and another that is far ahead", arguments: FaultForm.allCases)
  func restarts(form: FaultForm) async throws {
    // Servers that remember little: a version of another's past means nothing to them. Where one remembers enough to
    // take it for its own, no client can tell by the answers, and only a comparison finds what differs.
    let configuration = Self.forgetful
    try await FaultRun.run(form, seed: 3, configuration: configuration) { run in
      try await run.change(60)
      try await run.settle("before")
      // Versions begin anew there, and most of the objects are others.
      for (writes, name) in [(0, "older"), (100, "newer"), (0, "older again")] {
        try await RunningServer.run(configuration: configuration) { other in
          try await FaultRun.pass(writes, in: other.store)
          try await run.move(to: other)
          try await run.change(20)
          try await run.settle(name)
          try await run.moveBack()
          try await run.settle("back from \(name)")
        }
      }
    }
  }
}

/// How the cluster is read.
enum FaultForm: CaseIterable, Sendable {
  case watchList, lists, json

  var settings: ReflectorSettings {
    var settings = ReflectorSettings()
    settings.usesWatchList = self == .watchList
    settings.usesProtobuf = self != .json
    settings.pageSize = 7
    // Faults are many, and time is short.
    settings.backoff.first = .milliseconds(5)
    settings.backoff.longest = .milliseconds(40)
    settings.backoff.longestAsked = .milliseconds(20)
    settings.listSilence = .milliseconds(300)
    settings.watchSilence = .milliseconds(700)
    settings.checkInterval = .zero
    return settings
  }
}
