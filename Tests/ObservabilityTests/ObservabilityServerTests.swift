// SPDX-License-Identifier: Apache-2.0
import Foundation
import LinuxSystem
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Observability

@Suite("Metrics, health and readiness over HTTP", .timeLimit(.minutes(1)))
struct ObservabilityServerTests {
  /// What one test's server shows, and where.
  struct Site: Sendable {
    let readiness = Readiness()
    let metrics = MetricsRegistry()
    var ports: [ObservabilitySettings.Endpoint: UInt16] = [:]
    let group: ServiceGroup

    /// - Parameter after: services that are told of shutdown before the server is.
    init(
      isOneSocket: Bool = false, settings change: (inout ObservabilitySettings) -> Void = { _ in },
      after: (Readiness) -> [any Service] = { _ in [] }
    ) throws {
      var settings = ObservabilitySettings()
      for (number, endpoint) in ObservabilitySettings.Endpoint.allCases.enumerated() {
        settings.places[endpoint] = .init("127.0.0.\(isOneSocket ? 1 : number + 1)", port: 0)
      }
      change(&settings)
      let sockets = try ObservabilitySocket.open(settings)
      for socket in sockets { for endpoint in socket.endpoints { ports[endpoint] = socket.port } }
      let logger = Logger(label: "test")
      let server = ObservabilityServer(
        sockets: sockets, settings: settings, metrics: metrics, readiness: readiness, logger: logger)
      group = ServiceGroup(services: [server] + after(readiness), logger: logger)
    }

    /// Sends octets and gives all that comes back until the server closes.
    func exchange(
      _ text: String, at endpoint: ObservabilitySettings.Endpoint, isOneSocket: Bool = false
    ) throws -> String {
      let number = ObservabilitySettings.Endpoint.allCases.firstIndex(of: endpoint)!
      let socket = try InternetSocket.make(isStream: true)
      try socket.setNonblocking(false)
      _ = try InternetSocket.connect(
        socket, octets: [127, 0, 0, isOneSocket ? 1 : UInt8(number + 1)], port: ports[endpoint]!)
      try socket.write(Array(text.utf8))
      var answer: [UInt8] = []
      while case let part = try socket.read(upTo: 65_536), !part.isEmpty { answer += part }
      return String(decoding: answer, as: UTF8.self)
    }

    func get(
      _ path: String, at endpoint: ObservabilitySettings.Endpoint, method: String = "GET", isOneSocket: Bool = false
    ) throws -> String {
      try exchange(
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", at: endpoint, isOneSocket: isOneSocket)
    }

    /// Runs the services while `body` asks.
    func run(_ body: @escaping @Sendable (Site) throws -> Void) async throws {
      async let running: Void = group.run()
      // Off the threads that the server needs: these clients block.
      let result = await withCheckedContinuation { continuation in
        Threads.run { continuation.resume(returning: Result { try body(self) }) }
      }
      await group.triggerGracefulShutdown()
      try await running
      try result.get()
    }
  }

  @Test("Each at its own place, and nowhere else")
  func places() async throws {
    let site = try Site()
    site.metrics.counter("questions_total", help: "Questions.").add(3)
    try await site.run { site in
      let metrics = try site.get("/metrics", at: .metrics)
      #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(metrics.contains("text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(
        metrics.hasSuffix(
          "\r\n\r\n# HELP questions_total Questions.\n# TYPE questions_total counter\nquestions_total 3\n"))
      #expect(try site.get("/health", at: .health).hasSuffix("\r\n\r\nOK"))
      #expect(try site.get("/ready?verbose=1", at: .ready).hasSuffix("\r\n\r\nOK"))
      #expect(try site.get("/metrics", at: .health).hasPrefix("HTTP/1.1 404"))
      #expect(try site.get("/", at: .metrics).hasPrefix("HTTP/1.1 404"))
    }
  }

  @Test("Several at one place")
  func onePlace() async throws {
    let site = try Site(isOneSocket: true)
    #expect(Set(site.ports.values).count == 1)
    try await site.run { site in
      for endpoint in ObservabilitySettings.Endpoint.allCases {
        let answer = try site.get(endpoint.path, at: endpoint, isOneSocket: true)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
      }
    }
  }

  @Test("Not ready: 503, and what is missing")
  func notReady() async throws {
    let site = try Site()
    let synced = SharedNumber()
    site.readiness.add(.init("kubernetes") { synced.value == 0 ? "not synced yet" : nil })
    site.readiness.add(.init("forward") { nil })
    try await site.run { site in
      let answer = try site.get("/ready", at: .ready)
      #expect(answer.hasPrefix("HTTP/1.1 503") && answer.hasSuffix("\r\n\r\nkubernetes: not synced yet\n"))
      #expect(try site.get("/health", at: .health).hasPrefix("HTTP/1.1 200"))
      synced.set(1)
      #expect(try site.get("/ready", at: .ready).hasPrefix("HTTP/1.1 200"))
    }
  }

  /// Goes on after shutdown has begun until the test lets it end: a server in its lameduck time.
  struct Lameduck: Service {
    let begun: AsyncStream<Void>.Continuation
    let end: AsyncStream<Void>
    let readiness: Readiness

    func run() async throws {
      try? await gracefulShutdown()
      readiness.beginShutdown()
      begun.yield()
      for await _ in end { break }
    }
  }

  @Test("Shutdown turns readiness off first; health and metrics go on until the last service has ended")
  func shutdown() async throws {
    let begun = AsyncStream<Void>.makeStream()
    let end = AsyncStream<Void>.makeStream()
    let site = try Site(after: { [Lameduck(begun: begun.continuation, end: end.stream, readiness: $0)] })
    async let running: Void = site.group.run()
    let before = try await Threads.value { try site.get("/ready", at: .ready) }
    #expect(before.hasPrefix("HTTP/1.1 200"))
    await site.group.triggerGracefulShutdown()
    for await _ in begun.stream { break }
    let during = try await Threads.value {
      (try site.get("/ready", at: .ready), try site.get("/health", at: .health), try site.get("/metrics", at: .metrics))
    }
    #expect(during.0.hasPrefix("HTTP/1.1 503") && during.0.hasSuffix("shutdown: in progress\n"))
    #expect(during.1.hasPrefix("HTTP/1.1 200") && during.2.hasPrefix("HTTP/1.1 200"))
    end.continuation.yield()
    try await running
  }

  @Test("HEAD has no body; other methods, bodies and long heads are turned away")
  func requests() async throws {
    try await Site().run { site in
      let head = try site.get("/health", at: .health, method: "HEAD")
      #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
      #expect(head.lowercased().contains("content-length: 2\r\n"))
      let post = try site.get("/health", at: .health, method: "POST")
      #expect(post.hasPrefix("HTTP/1.1 405") && post.contains("\r\nAllow: GET, HEAD\r\n"))
      // The server does not wait for a body, and closes: no `Connection: close` was asked for.
      let body = try site.exchange("GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nx", at: .health)
      #expect(body.hasPrefix("HTTP/1.1 200"))
      let long = try? site.exchange(
        "GET /health HTTP/1.1\r\nA: \(String(repeating: "a", count: 64 << 10))\r\n\r\n", at: .health)
      #expect(long?.hasPrefix("HTTP/1.1 200") != true)
      #expect(try site.exchange("nonsense\r\n\r\n", at: .health).hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test("At the limit of connections the oldest makes room")
  func limit() async throws {
    try await Site(settings: {
      $0.maximumConnections = 1
      $0.idleSeconds = 3600
    }).run { site in
      let idle = try InternetSocket.make(isStream: true)
      try idle.setNonblocking(false)
      _ = try InternetSocket.connect(idle, octets: [127, 0, 0, 2], port: site.ports[.health]!)
      // It has an answer, and so has come before the next.
      try idle.write(Array("GET /health HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
      #expect(try !idle.read(upTo: 65_536).isEmpty)
      #expect(try site.get("/health", at: .health).hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("As many connections wait to be accepted as the kernel lets")
  func queue() async throws {
    var settings = ObservabilitySettings()
    settings.places = [.health: .init("127.0.0.1", port: 0)]
    let sockets = try ObservabilitySocket.open(settings)
    let socket = try #require(sockets.first)
    let room = try #require(ListenQueue.room(asking: 4096))
    #expect(ListenQueue.room(of: socket.descriptor.number) == room)
    let server = ObservabilityServer(
      sockets: sockets, settings: settings, metrics: MetricsRegistry(), readiness: Readiness(),
      logger: Logger(label: "test"))
    let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = group.run()
    let port = try #require(socket.port)
    // Whoever answers has set its queue.
    _ = try await Threads.value {
      let client = try InternetSocket.make(isStream: true)
      try client.setNonblocking(false)
      _ = try InternetSocket.connect(client, octets: [127, 0, 0, 1], port: port)
      try client.write(Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
      return try client.read(upTo: 65_536)
    }
    #expect(ListenQueue.room(of: socket.descriptor.number) == room)
    await group.triggerGracefulShutdown()
    try await running
  }

  @Test("Mistakes in settings and places that are taken are named")
  func mistakes() throws {
    var settings = ObservabilitySettings()
    #expect(settings.problems() == [])
    settings.maximumConnections = 0
    settings.idleSeconds = 0
    #expect(settings.problems().count == 2)
    settings.places = [.metrics: .init("localhost", port: 1)]
    let bad = #expect(throws: ObservabilityListenError.self) { try ObservabilitySocket.open(settings) }
    #expect(bad?.description.contains("cannot serve metrics on localhost:1: this is no IP address") == true)
    let socket = try InternetSocket.make(isStream: true)
    try InternetSocket.bind(socket, octets: [127, 0, 0, 1], port: 0)
    try InternetSocket.listen(socket, backlog: 1)
    settings.places = [.health: .init("127.0.0.1", port: try DatagramSocket.place(of: socket).port)]
    let taken = #expect(throws: ObservabilityListenError.self) { try ObservabilitySocket.open(settings) }
    #expect(taken?.description.contains("Address already in use") == true)
  }
}

/// Work that blocks, on a thread of its own.
enum Threads {
  static func run(_ body: @escaping @Sendable () -> Void) { Thread(block: body).start() }

  static func value<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedContinuation { continuation in
      run { continuation.resume(returning: Result { try body() }) }
    }.get()
  }
}
