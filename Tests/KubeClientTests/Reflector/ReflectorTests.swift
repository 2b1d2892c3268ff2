// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Naming
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

@Suite("Keeping in step with an API server", .timeLimit(.minutes(1))) struct ReflectorTests {
  /// Each time that all objects are known.
  final class Completions: Sendable {
    private let events: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream() }

    func send() { continuation.yield() }

    func next() async {
      var iterator = events.makeAsyncIterator()
      await iterator.next()
    }
  }

  /// A reflector of Services that is at work, its server and its clock.
  struct Running: Sendable {
    let server = ScriptedServer()
    let clock = ManualClock()
    let completions = Completions()
    let index = NameIndex(NamingSettings())
    let reflector: Reflector

    init(_ settings: ReflectorSettings, _ scope: FollowedScope = FollowedScope(.services), logger: Logger) {
      reflector = Reflector(
        scope, transport: server, names: ReflectedNames(index, directory: nil, now: { .epoch }), settings: settings,
        time: ReflectorTime(clock) { 0 }, logger: logger)
    }

    /// The addresses of Services, by name.
    var services: [String: [String]] {
      var found: [String: [String]] = [:]
      for name in ["a", "b", "c"] {
        let addresses = index.addresses("\(name).default")
        if !addresses.isEmpty { found[name] = addresses }
      }
      return found
    }

    /// Waits until a Service has this address; nil for none.
    func wait(_ name: String, _ address: String?) async {
      await index.wait { $0.addresses("\(name).default") == (address.map { [$0] } ?? []) }
    }
  }

  static func run(
    usesWatchList: Bool = true, checkInterval: Duration = .zero,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: (Running) async throws -> Void
  ) async throws {
    var settings = ReflectorSettings()
    settings.usesWatchList = usesWatchList
    settings.checkInterval = checkInterval
    let running = Running(settings, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await running.reflector.run { running.completions.send() } }
      try await body(running)
      group.cancelAll()
    }
  }

  /// Has the first list end with the Services a and b, at version 10; gives the watch that goes on.
  /// - Parameter isTimed: begin only when the reflector counts the time of a list.
  static func begin(_ running: Running, isTimed: Bool = false) async throws -> ScriptedServer.Stream {
    let first = try await running.server.call()
    if isTimed { await running.clock.sleeper(until: .seconds(30)) }
    #expect(first["sendInitialEvents"] == "true" && first["resourceVersionMatch"] == "NotOlderThan")
    let stream = first.open()
    stream.send(Script.event("ADDED", Script.service("a", "10.0.0.1", version: 5)))
    stream.send(Script.event("ADDED", Script.service("b", "10.0.0.2", version: 6)))
    stream.send(Script.bookmark(10, endsInitial: true))
    await running.completions.next()
    return stream
  }

  @Test("objects come in the watch, and each change is answered at once") func watchList() async throws {
    try await Self.run { running in
      let watch = try await Self.begin(running)
      watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.3", version: 11)))
      await running.wait("a", "10.0.0.3")
      watch.send(Script.event("DELETED", Script.service("b", "10.0.0.2", version: 12)))
      await running.wait("b", nil)
      watch.send(Script.bookmark(20))
      watch.end()
      let next = try await running.server.call()
      #expect(next["resourceVersion"] == "20" && next["sendInitialEvents"] == nil)
      #expect(running.reflector.status.version == 20)
      next.fail()
    }
  }

  @Test("a server without such watches is read by lists, page by page") func lists() async throws {
    try await Self.run { running in
      try await running.server.call().reply(Script.status(422), status: 422)
      let first = try await running.server.call()
      #expect(first["resourceVersion"] == "0" && first["limit"] == "500" && first["watch"] == nil)
      first.reply(Script.list([Script.service("a", "10.0.0.1")], version: 10, token: "next"))
      let second = try await running.server.call()
      #expect(second["continue"] == "next" && second["resourceVersion"] == nil)
      #expect(!running.reflector.status.isComplete)
      second.reply(Script.list([Script.service("b", "10.0.0.2")], version: 10))
      let watch = try await running.server.call()
      #expect(watch["watch"] == "true" && watch["resourceVersion"] == "10")
      #expect(running.services == ["a": ["10.0.0.1"], "b": ["10.0.0.2"]])
      #expect(running.reflector.status.isComplete)
      watch.fail()
    }
  }

  @Test("a bookmark before the end of what there is shows a server that has not understood")
  func oldServer() async throws {
    try await Self.run { running in
      let stream = try await running.server.call().open()
      stream.send(Script.event("ADDED", Script.service("a", "10.0.0.1")) + Script.bookmark(9))
      let list = try await running.server.call()
      #expect(list["limit"] == "500")
      list.fail()
    }
  }

  @Test("a list after 410 leaves no gap: what is gone goes when all of the list is there", arguments: [true, false])
  func relist(_ asStatus: Bool) async throws {
    try await Self.run(usesWatchList: false) { running in
      try await running.server.call().reply(
        Script.list([Script.service("a", "10.0.0.1"), Script.service("b", "10.0.0.2")], version: 10))
      let watch = try await running.server.call()
      if asStatus {
        watch.reply(Script.status(410), status: 410)
      } else {
        let stream = watch.open()
        stream.send(Script.event("MODIFIED", Script.service("b", "10.0.0.9", version: 11)))
        stream.send(Script.event("ERROR", Script.status(410)))
      }
      await running.clock.sleeper(until: .milliseconds(800))
      running.clock.advance(by: .milliseconds(800))
      let first = try await running.server.call()
      #expect(first["resourceVersion"] == nil && first["watch"] == nil)
      first.reply(Script.list([Script.service("c", "10.0.0.3")], version: 30, token: "t"))
      let second = try await running.server.call()
      #expect(running.services == ["a": ["10.0.0.1"], "b": [asStatus ? "10.0.0.2" : "10.0.0.9"], "c": ["10.0.0.3"]])
      second.reply(Script.list([Script.service("b", "10.0.0.5")], version: 30))
      let last = try await running.server.call()
      #expect(last["resourceVersion"] == "30")
      #expect(running.services == ["b": ["10.0.0.5"], "c": ["10.0.0.3"]])
      #expect(running.reflector.status.current.lists == [.first: 1, .expired: 1])
      last.fail()
    }
  }

  @Test("an event that makes no sense is not half taken, and all is read anew") func garbled() async throws {
    try await Self.run { running in
      let watch = try await Self.begin(running)
      watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.7", version: 11)))
      let wrong = #"{"metadata":{"name":"b","namespace":"default"},"spec":{"clusterIP":5}}"#
      watch.send(Script.event("MODIFIED", wrong))
      await running.clock.sleeper(until: .milliseconds(800))
      #expect(running.services == ["a": ["10.0.0.7"], "b": ["10.0.0.2"]])
      running.clock.advance(by: .milliseconds(800))
      let again = try await running.server.call()
      #expect(again["sendInitialEvents"] == "true" && again["resourceVersion"] == "11")
      #expect(running.reflector.status.current.errors == ["undecodable": 1])
      again.fail()
    }
  }

  @Test("a watch that is cut goes on at once from the last event, in the middle of another or not")
  func cut() async throws {
    try await Self.run { running in
      let watch = try await Self.begin(running)
      watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.7", version: 11)))
      watch.send(#"{"type":"MODIFIED","obj"#)
      watch.cut()
      let next = try await running.server.call()
      #expect(next["resourceVersion"] == "11")
      let stream = next.open()
      stream.send(Script.event("MODIFIED", Script.service("a", "10.0.0.8", version: 12)) + "{")
      stream.end()
      let last = try await running.server.call()
      #expect(last["resourceVersion"] == "12")
      #expect(running.services["a"] == ["10.0.0.8"])
      last.fail()
    }
  }

  @Test("a watch that says nothing is opened anew") func silent() async throws {
    try await Self.run { running in
      _ = try await Self.begin(running, isTimed: true)
      running.clock.advance(by: .seconds(30))
      await running.clock.sleeper(until: .seconds(180))
      running.clock.advance(by: .seconds(150))
      let next = try await running.server.call()
      #expect(next["resourceVersion"] == "10" && next["sendInitialEvents"] == nil)
      #expect(running.reflector.status.current.errors == ["silent": 1])
      next.fail()
    }
  }

  @Test("a server that asks to be left alone is") func retryAfter() async throws {
    try await Self.run { running in
      try await running.server.call().reply(Script.status(429), status: 429, retryAfter: .seconds(7))
      await running.clock.sleeper(until: .seconds(7))
      running.clock.advance(by: .seconds(7))
      _ = try await Self.begin(running)
    }
  }

  @Test("a refusal is no word of what there is, before a watch or in it") func refusals() async throws {
    try await Self.run { running in
      try await running.server.call().reply(Script.status(401), status: 401)
      await running.clock.sleeper(until: .milliseconds(800))
      #expect(running.reflector.status.current.answers == [401: 1])
      #expect(running.reflector.status.current.lastWord == nil)
      running.clock.advance(by: .milliseconds(800))
      let watch = try await Self.begin(running)
      #expect(running.reflector.status.current.lastWord == .milliseconds(800))
      running.clock.advance(by: .seconds(5))
      watch.send(Script.event("ERROR", Script.status(500)))
      await running.clock.sleeper(until: .milliseconds(6600))
      #expect(running.reflector.status.current.lastWord == .milliseconds(800))
    }
  }

  @Test("a watch that tells only the version it began with is not opened again at once")
  func noProgress() async throws {
    try await Self.run { running in
      let watch = try await Self.begin(running)
      watch.end()
      let second = try await running.server.call().open()
      second.send(Script.bookmark(10))
      second.end()
      await running.clock.sleeper(until: .milliseconds(800))
      running.clock.advance(by: .milliseconds(800))
      let third = try await running.server.call()
      #expect(third["resourceVersion"] == "10")
      third.fail()
    }
  }

  @Test("later lists are no older than what is known, and a list that ends too early makes no sense")
  func laterLists() async throws {
    try await Self.run(usesWatchList: false) { running in
      let first = try await running.server.call()
      #expect(first["resourceVersion"] == "0" && first["resourceVersionMatch"] == nil)
      first.reply(Script.list([Script.service("a", "10.0.0.1")], version: 10))
      try await running.server.call().reply(Script.event("ERROR", Script.status(500)))
      for time in [800, 2400, 5600] {
        await running.clock.sleeper(until: .milliseconds(time))
        running.clock.advance(by: .milliseconds(time) - running.clock.now.offset)
        let list = try await running.server.call()
        #expect(list["resourceVersion"] == "10" && list["resourceVersionMatch"] == "NotOlderThan")
        #expect(list.request.accept.contains(AnswerForm.protobufType) == (time < 5600))
        if time < 5600 {
          list.reply(#"{"metadata":{"resourceVersion":"11"},"items":["#)
        } else {
          #expect(running.reflector.status.current.errors == ["500": 1, "undecodable": 2])
          list.fail()
        }
      }
    }
  }

  // MARK: Comparisons

  @Test("a comparison at the same version finds and mends what differs, and leaves alone what changes meanwhile")
  func check() async throws {
    try await Self.run(checkInterval: .seconds(1000)) { running in
      let watch = try await Self.begin(running)
      // What no event has told: as if one had been lost.
      running.index.apply(facts: [.service(namespace: "default", name: "c", ServiceFacts(kind: .clusterIP([])))])
      await running.clock.sleeper(until: .seconds(900))
      async let compared = running.reflector.compare()
      let list = try await running.server.call()
      #expect(list["resourceVersion"] == "10" && list["resourceVersionMatch"] == "Exact")
      watch.send(Script.event("MODIFIED", Script.service("b", "10.0.0.22", version: 11)))
      await running.wait("b", "10.0.0.22")
      list.reply(
        Script.list(
          [Script.service("a", "10.0.0.11", version: 5), Script.service("b", "10.0.0.2", version: 6)], version: 10))
      #expect(await compared)
      #expect(running.services == ["a": ["10.0.0.11"], "b": ["10.0.0.22"]])
      #expect(running.index.snapshot.objectCount(of: .service) == 2)
      #expect(running.reflector.status.current.differences == 2)
    }
  }

  @Test("a comparison that gets no answer ends, and one does not keep a dead watch alive")
  func silentCheck() async throws {
    try await Self.run { running in
      _ = try await Self.begin(running, isTimed: true)
      running.clock.advance(by: .seconds(30))
      await running.clock.sleeper(until: .seconds(180))
      async let compared = running.reflector.compare()
      // The page begins, and says nothing more.
      let page = try await running.server.call().open()
      page.send(#"{"metadata":{"resourceVersion":"10"},"items":["# + Script.service("a", "10.0.0.11", version: 5))
      await running.wait("a", "10.0.0.11")
      await running.clock.sleeper(until: .seconds(60))
      running.clock.advance(by: .seconds(30))
      #expect(await !compared)
      #expect(running.reflector.status.current.checks == 0)
      // What it found has another one come. One that is answered is no word of the watch.
      let known = [Script.service("a", "10.0.0.11", version: 5), Script.service("b", "10.0.0.2", version: 6)]
      try await running.server.call().reply(Script.list(known, version: 10))
      while running.reflector.status.current.checks == 0 { await Task.yield() }
      running.clock.advance(by: .seconds(120))
      let next = try await running.server.call()
      #expect(next["watch"] == "true" && next["resourceVersion"] == "10")
      next.fail()
    }
  }

  @Test("where that version is gone, newer objects are left to the watch, and what is missing waits for it")
  func checkNewest() async throws {
    try await Self.run(checkInterval: .seconds(1000)) { running in
      let watch = try await Self.begin(running)
      running.index.apply(facts: [.service(namespace: "default", name: "c", ServiceFacts(kind: .clusterIP([])))])
      async let compared = running.reflector.compare()
      try await running.server.call().reply(Script.status(410), status: 410)
      let list = try await running.server.call()
      #expect(list["resourceVersion"] == nil)
      list.reply(Script.list([Script.service("a", "10.0.0.12", version: 15)], version: 16))
      #expect(await compared)
      #expect(running.services == ["a": ["10.0.0.1"], "b": ["10.0.0.2"]])
      watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.12", version: 15)))
      watch.send(Script.event("DELETED", Script.service("b", "10.0.0.2", version: 16)))
      await running.index.wait { $0.objectCount(of: .service) == 1 }
      #expect(running.services == ["a": ["10.0.0.12"]])
      watch.end()
      let next = try await running.server.call()
      #expect(running.reflector.status.current.differences == 1)
      next.fail()
    }
  }
}

extension NameIndex {
  func addresses(_ service: String) -> [String] { snapshot.addresses(service) }
}

extension NameSnapshot {
  /// The IPv4 addresses that a Service's name has: what a client is answered.
  func addresses(_ service: String) -> [String] {
    guard let name = try? Name("\(service).svc.cluster.local") else { return [] }
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(Message(id: 0, question: Question(name: name, type: .a), edns: nil).encoded)
    let end = buffer.count
    var writer = AnswerWriter(buffer, questionEnd: end, limit: 4096)
    guard case .answered(.noError) = answer(QueryName(name), .a, into: &writer, random: 0) else { return [] }
    writer.writeHeader(id: 0, flags: .authoritative, responseCode: .noError)
    return (try? Message(parsing: writer.finish().octets).answers.map(\.dataText).sorted()) ?? []
  }
}
