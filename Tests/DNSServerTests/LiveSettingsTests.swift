// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Naming
import ServiceLifecycle
import Synchronization
import Testing

@testable import DNSServer

/// Settings that the server takes while it answers.
@Suite("Settings of a running server", .timeLimit(.minutes(1))) struct LiveSettingsTests {
  /// Octets of the answer to a large question over UDP, as dig says them.
  private static func size(_ port: UInt16) async throws -> Int {
    let text = try await output(
      of: "dig",
      ["@127.0.0.1", "-p", "\(port)", "+ignore", "+bufsize=4096", "+tries=1", "big.default.svc.cluster.local", "A"])
    let line = try #require(text.split(separator: "\n").first { $0.contains("MSG SIZE  rcvd: ") })
    return try #require(line.split(separator: " ").last.flatMap { Int($0) })
  }

  @Test("The size of an answer over UDP")
  func payloadSize() async throws {
    let sockets = try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0)
    let port = try #require(sockets.port)
    var settings = DNSServerSettings()
    let server = DNSServer(
      index: TestObjects.index(), sockets: [sockets], settings: settings, logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    let first = try await Self.size(port)
    #expect((1000...1232).contains(first))
    for limit in [4096, 512, 1232] {
      settings.payloadSize = limit
      try server.update(settings)
      let size = try await Self.size(port)
      #expect(size <= limit && size > limit - 64)
      #expect(server.forwarder.payloadSize.load(ordering: .relaxed) == limit)
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
  }

  @Test("No question is lost while settings change, and places to listen on come and go")
  func nothingIsLost() async throws {
    let address = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(address, port: 0, workers: 2)
    let place = Upstream(address, port: try #require(sockets.port))
    let index = TestObjects.index()
    let server = DNSServer(
      index: index, sockets: [sockets], settings: DNSServerSettings(), logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    let question = Question(name: try Name("mysql-0.mysql.default.svc.cluster.local"), type: .a)
    let isDone = StopFlag()
    let rounds = try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        var round = 0
        while !isDone.isSet {
          round += 1
          var naming = index.settings
          naming.ttl = UInt32(1 + round % 60)
          naming.answersReverse.toggle()
          index.update(naming)
          var settings = DNSServerSettings()
          settings.payloadSize = round % 2 == 0 ? 1232 : 4096
          try server.update(settings)
          let other = try DNSSockets.open(address, port: 0)
          try await server.update(sockets: [sockets, other])
          let port = try #require(other.port)
          #expect(try await DNSClient().query(question, at: Upstream(address, port: port)).answers.count == 1)
          try await server.update(sockets: [sockets])
        }
        return round
      }
      for number in 0..<300 {
        let answer = try await DNSClient().query(question, at: place, overTCP: number % 10 == 0)
        #expect(answer.answers.map(\.dataText) == ["10.244.0.7"])
      }
      isDone.set()
      return try await group.next() ?? 0
    }
    #expect(rounds > 2)
    await lifecycle.triggerGracefulShutdown()
    try await running
  }

  @Test("A place that is let go is free at once, over TCP and UDP")
  func placesAreFree() async throws {
    let address = HostAddress("127.0.0.1")!
    var sockets = [try DNSSockets.open(address, port: 0, workers: 2)]
    let place = Upstream(address, port: try #require(sockets[0].port))
    let server = DNSServer(
      index: TestObjects.index(), sockets: sockets, settings: DNSServerSettings(), logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    let question = Question(name: try Name("mysql-0.mysql.default.svc.cluster.local"), type: .a)
    for _ in 0..<3 {
      for overTCP in [true, false] {
        #expect(try await DNSClient().query(question, at: place, overTCP: overTCP).answers.count == 1)
      }
      sockets = [try DNSSockets.open(address, port: 0)]
      try await server.update(sockets: sockets)
      await #expect(throws: DNSClientError.self) { try await DNSClient().query(question, at: place, overTCP: true) }
      // It could not be had if something were bound there.
      sockets = [try DNSSockets.open(address, port: place.port, workers: 2)]
      try await server.update(sockets: sockets)
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
  }

  @Test("Sockets that come later have their spare ones for floods")
  func spares() throws {
    let address = HostAddress("127.0.0.1")!
    let first = try DNSSockets.open(address, port: 0)
    let second = try DNSSockets.open(address, port: 0, workers: 2)
    let (added, removed) = ServedSockets([first]).differences(to: [first, second])
    #expect(added.threads.map { ObjectIdentifier($0.socket) } == second.threads.map { ObjectIdentifier($0.socket) })
    #expect(added.threads.map { $0.spares.map(ObjectIdentifier.init) }
      == second.threads.map { $0.spares.map(ObjectIdentifier.init) })
    #expect(added.threads.allSatisfy { !$0.spares.isEmpty })
    #expect(removed.threads.isEmpty && removed.streams.isEmpty)
  }

  @Test("Upstreams that are this server itself go by its addresses, when these change too")
  func ownAddresses() throws {
    let index = TestObjects.index()
    let sockets = try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0)
    let own = Upstream(HostAddress("192.0.2.53")!, port: try #require(sockets.port))
    var settings = DNSServerSettings()
    settings.forwarding.upstreams = [own]
    settings.forwarding.detectsLoops = false
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = DNSServer(index: index, sockets: [sockets], settings: settings, logger: logger)
    #expect(server.forwarder.plan.settings.upstreams == [own])
    var naming = index.settings
    naming.serverAddresses = [own.address]
    index.update(naming)
    try server.update(settings)
    #expect(server.forwarder.plan.settings.upstreams == [])
  }

  /// A server while the API server is away, and what it says to a question.
  private static func answers(
    _ index: NameIndex, _ settings: DNSServerSettings,
    _ body: (DNSServer, (String) async throws -> String) async throws -> Void
  ) async throws {
    let address = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(address, port: 0)
    let place = Upstream(address, port: try #require(sockets.port))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = DNSServer(index: index, sockets: [sockets], settings: settings, logger: logger)
    server.fallBack(true)
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    let result: Swift.Result<Void, any Error>
    do {
      try await body(server) { name in
        let question = Question(name: try Name(name + ".default.svc.cluster.local"), type: .a)
        let message = try await DNSClient().query(question, at: place)
        return (["\(message.responseCode)"] + message.answers.map(\.dataText)).joined(separator: " ")
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
    try result.get()
  }

  @Test("Who is asked in our place can change; where they fail, names that are known are answered here")
  func fallback() async throws {
    let isFailing = Atomic(false)
    let script: ScriptedUpstream.Script = { request, _ in
      isFailing.load(ordering: .relaxed)
        ? [ScriptedUpstream.message(to: request, code: .serverFailure)] : [ScriptedUpstream.reply(to: request)]
    }
    let others: ScriptedUpstream.Script = { request, _ in [ScriptedUpstream.reply(to: request, address: "192.0.2.9")] }
    try await ScriptedUpstream.run(script) { fallback in
      try await ScriptedUpstream.run(others) { upstream in
        var settings = DNSServerSettings()
        settings.forwarding.upstreams = [upstream]
        settings.forwarding.fallback = [fallback]
        settings.forwarding.detectsLoops = false
        settings.forwarding.answersSpecialNames = false
        settings.forwarding.cache.maximumEntries = 0
        let first = settings
        try await Self.answers(TestObjects.index(), first) { server, ask async throws in
          #expect(try await ask("mysql-0.mysql") == "NOERROR 192.0.2.1")
          isFailing.store(true, ordering: .relaxed)
          #expect(try await ask("mysql-0.mysql") == "NOERROR 10.244.0.7")
          #expect(try await ask("nobody") == "NXDOMAIN")
          let away = try await ask("away")
          #expect(away == "NOERROR web.default.svc.upstream.test. 192.0.2.9")
          isFailing.store(false, ordering: .relaxed)
          settings.forwarding.fallback = []
          try server.update(settings)
          #expect(try await ask("mysql-0.mysql") == "NOERROR 10.244.0.7" && !server.hasFallback)
          try server.update(first)
          #expect(try await ask("mysql-0.mysql") == "NOERROR 192.0.2.1" && server.hasFallback)
          server.fallBack(false)
          #expect(try await ask("mysql-0.mysql") == "NOERROR 10.244.0.7")
        }
        isFailing.store(true, ordering: .relaxed)
        try await Self.answers(NameIndex(TestObjects.settings), first) { _, ask async throws in
          #expect(try await ask("mysql-0.mysql") == "SERVFAIL", "what is not known yet may be there")
        }
      }
    }
  }
}
