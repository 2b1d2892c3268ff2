// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Logging
import Naming
import ServiceLifecycle
import TestSupport
import Testing

@testable import DNSServer

@Suite("Leaving, and other settings meanwhile", .timeLimit(.minutes(1)))
struct LeavingTests {
  static func question(_ name: String = "mysql-0.mysql.default.svc.cluster.local") throws -> Question {
    Question(name: try Name(name), type: .a)
  }

  @Test("Told to stop, the server answers on from live data for the lameduck time, over UDP and TCP")
  func lameduck() async throws {
    var settings = DNSServerSettings()
    settings.lameduckSeconds = 5
    let clock = ManualClock()
    let index = TestObjects.index()
    let sockets = try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0)
    let place = Upstream(HostAddress("127.0.0.1")!, port: sockets.port!)
    let begun = StopFlag()
    let server = DNSServer(
      index: index, sockets: [sockets], settings: settings, logger: Logger(label: "test"), clock: clock,
      onLameduck: begun.set)
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    _ = try await DNSClient().query(try Self.question(), at: place)
    #expect(!begun.isSet)

    await lifecycle.triggerGracefulShutdown()
    await clock.sleeper(until: .seconds(5))
    #expect(begun.isSet)
    for overTCP in [false, true] {
      let address = overTCP ? "10.244.9.1" : "10.244.9.2"
      index.apply([.updated(TestObjects.slice("mysql", [(address, "mysql-0")]))])
      let answer = try await DNSClient().query(try Self.question(), at: place, overTCP: overTCP)
      #expect(answer.answers.map(\.dataText) == [address])
    }
    clock.advance(by: .seconds(5))
    try await running
    await #expect(throws: (any Error).self) {
      try await DNSClient().query(try Self.question(), at: place, timeoutMilliseconds: 200, overTCP: true)
    }
  }

  @Test("Cancelled, the server does not wait for the lameduck time")
  func cancelled() async throws {
    var settings = DNSServerSettings()
    settings.lameduckSeconds = 600
    let server = DNSServer(
      index: TestObjects.index(), sockets: [try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0)],
      settings: settings, logger: Logger(label: "test"), clock: ManualClock())
    let running = Task { try await server.run() }
    running.cancel()
    _ = await running.result
  }

  @Test("Settings are replaced while questions come in, and none is lost")
  func update() async throws {
    let sockets = try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0, workers: 2)
    let place = Upstream(HostAddress("127.0.0.1")!, port: sockets.port!)
    let server = DNSServer(
      index: TestObjects.index(), sockets: [sockets], settings: DNSServerSettings(), logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            let answer = try await DNSClient().query(try Self.question(), at: place, overTCP: client == 0)
            #expect(answer.answers.count == 1)
          }
        }
      }
      for size in 600..<700 {
        var settings = DNSServerSettings()
        settings.payloadSize = size
        try server.update(settings)
        await Task.yield()
      }
      try await group.waitForAll()
    }
    let last = try await DNSClient().query(try Self.question(), at: place)
    #expect(last.edns?.payloadSize == 699)
    await lifecycle.triggerGracefulShutdown()
    try await running
  }

  typealias Change = @Sendable (inout DNSServerSettings) -> Void

  static let mistakes: [(String, Change)] = [
    ("payloadSize", { $0.payloadSize = 511 }),
    ("payloadSize", { $0.payloadSize = 4097 }),
    ("maximumConnections", { $0.maximumConnections = -1 }),
    ("maximumConnectionsPerClient", { $0.maximumConnectionsPerClient = 70_000 }),
    ("connectionIdleSeconds", { $0.connectionIdleSeconds = 0 }),
    ("connectionLingerSeconds", { $0.connectionLingerSeconds = 61 }),
    ("maximumPendingPerConnection", { $0.maximumPendingPerConnection = 0 }),
    ("lameduckSeconds", { $0.lameduckSeconds = 601 }),
    ("identity", { $0.identity = String(repeating: "x", count: 129) }),
    ("version", { $0.version = String(repeating: "x", count: 256) }),
    ("rateLimit.responsesPerSecond", { $0.rateLimit.responsesPerSecond = -1 }),
    ("rateLimit.burst", { $0.rateLimit.burst = 2_000_000 }),
    ("rateLimit.slip", { $0.rateLimit.slip = 101 }),
    ("rateLimit.ipv4PrefixLength", { $0.rateLimit.ipv4PrefixLength = 0 }),
    ("rateLimit.ipv6PrefixLength", { $0.rateLimit.ipv6PrefixLength = 65 }),
    ("rateLimit.maximumNetworks", { $0.rateLimit.maximumNetworks = 1 }),
  ]

  @Test("Every setting out of its range is named", arguments: mistakes)
  func problems(name: String, change: Change) {
    var settings = DNSServerSettings()
    #expect(settings.problems() == [])
    change(&settings)
    #expect(settings.problems().count == 1)
    #expect(settings.problems().first?.hasPrefix(name) == true)
  }
}
