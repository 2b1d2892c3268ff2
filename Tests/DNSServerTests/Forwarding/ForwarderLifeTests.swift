// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import LinuxSystem
import Logging
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import DNSServer

@Suite("The forwarder over time", .timeLimit(.minutes(1)))
struct ForwarderLifeTests {
  static func reply(_ request: Message, _ number: Int, ttl: UInt32 = 60) -> [[UInt8]] {
    [ScriptedUpstream.reply(to: request, address: "192.0.2.\(number)", ttl: ttl)]
  }

  @Test("The same question of many clients is asked once")
  func joined() async throws {
    try await ScriptedUpstream.run({ request, number in Self.reply(request, number) }) { upstream in
      let test = ForwarderUnderTest(upstream)
      // All come before the first is worked on.
      let answers = try (0..<50).map { try test.send($0 % 2 == 0 ? "a.example" : "A.Example") }
      try await test.run {
        for answer in answers { try await answer.check("NOERROR 60 192.0.2.0") }
      }
      let counters = test.forwarder.counters
      #expect(counters.joined == 49 && counters.upstreams.map(\.requests) == [1])
      #expect(counters.maximumInFlight == 50 && counters.inFlight == 0)
      #expect(counters.upstreams[0].responses[0]?.count == 1)
    }
  }

  @Test("One question too many is answered at once", arguments: OverloadAnswer.allCases)
  func overload(answer: OverloadAnswer) async throws {
    try await ScriptedUpstream.run({ request, number in Self.reply(request, number) }) { upstream in
      let test = ForwarderUnderTest(upstream) {
        $0.maximumInFlight = 1
        $0.overloadAnswer = answer
      }
      let first = try test.send("a.example")
      let second = try await test.ask("b.example")
      #expect(second.responseCode == answer.code)
      try await test.run { try await first.check("NOERROR 60 192.0.2.0") }
      #expect(test.forwarder.counters.overloads == 1)
    }
  }

  @Test("How long an upstream takes goes by the forwarder's clock")
  func duration() async throws {
    let clock = Mutex<ManualClock?>(nil)
    let script: ScriptedUpstream.Script = { request, number in
      clock.withLock { $0?.advance(by: .microseconds(2500)) }
      return Self.reply(request, number)
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream)
      clock.withLock { $0 = test.clock }
      try await test.run { try await test.check("a.example", "NOERROR 60 192.0.2.0") }
      #expect(test.forwarder.counters.upstreams[0].responses[0]?.sumMicroseconds == 2500)
    }
  }

  @Test("The deadline is for all that is asked of all upstreams")
  func deadline() async throws {
    let clock = Mutex<ManualClock?>(nil)
    let requests = Atomic(0)
    let script: ScriptedUpstream.Script = { request, _ in
      requests.add(1, ordering: .relaxed)
      clock.withLock { $0?.advance(by: .milliseconds(1200)) }
      // It would be asked once more without EDNS, and then the other one.
      return [ScriptedUpstream.message(to: request, code: .formatError)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream, upstream) {
        $0.timeoutMilliseconds = 5000
        $0.deadlineMilliseconds = 1000
        $0.maximumFailures = 0
      }
      clock.withLock { $0 = test.clock }
      try await test.run { try await test.check("a.example", "SERVFAIL") }
      #expect(requests.load(ordering: .relaxed) == 1)
    }
  }

  @Test("Questions spread over sockets of random ports, each for a while, under ids of their own")
  func sockets() async throws {
    let ids = Mutex<Set<UInt16>>([])
    let script: ScriptedUpstream.Script = { request, number in
      ids.withLock { _ = $0.insert(request.header.id) }
      return [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream) { $0.timeoutMilliseconds = 5000 }
      try await test.run {
        for round in 0..<10 {
          let answers = try (0..<100).map { try test.send("n\(round)-\($0).example") }
          for answer in answers { try await answer.check("NOERROR 60 192.0.2.1") }
        }
      }
      let counters = test.forwarder.counters.upstreams[0]
      #expect(counters.requests == 1000 && counters.openedSockets + counters.reusedSockets == 1000)
      #expect(counters.openedSockets >= 1000 / UpstreamSockets.maximumUses)
      #expect(counters.openedSockets <= 4 + 1000 / UpstreamSockets.maximumUses)
      #expect(ids.withLock(\.count) > 950)
    }
  }

  @Test("Other settings are taken without a lost question; what is remembered goes with who said it")
  func update() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let go = DispatchSemaphore(value: 0)
    let slow: ScriptedUpstream.Script = { request, number in
      if number == 1 {
        arrived.yield()
        go.wait()
      }
      return Self.reply(request, number)
    }
    try await ScriptedUpstream.run(slow) { slow in
      try await ScriptedUpstream.run({ request, _ in Self.reply(request, 9) }) { other in
        let test = ForwarderUnderTest(slow) { $0.timeoutMilliseconds = 5000 }
        try await test.run {
          try await test.check("a.example", "NOERROR 60 192.0.2.0")
          var same = ForwardingSettings(upstreams: [slow])
          same.detectsLoops = false
          same.timeoutMilliseconds = 5001
          test.forwarder.update(same)
          try await test.check("a.example", "NOERROR 60 192.0.2.0")
          let underWay = try test.send("b.example")
          for await _ in arrivals { break }
          var settings = ForwardingSettings(upstreams: [other])
          settings.detectsLoops = false
          test.forwarder.update(settings)
          for name in ["b.example", "c.example"] { try await test.check(name, "NOERROR 60 192.0.2.9") }
          go.signal()
          try await underWay.check("NOERROR 60 192.0.2.1")
          for name in ["a.example", "b.example"] { try await test.check(name, "NOERROR 60 192.0.2.9") }
          #expect(test.forwarder.counters.upstreams.map(\.upstream) == [other])
          let counters = test.forwarder.counters.cache
          #expect(counters.misses == 5 && counters.hits.success == 2, "what was counted before counts on")
          #expect(counters.entries.success == 3)
        }
      }
    }
  }

  @Test("A file of static names is read again when it changes, and goes with the settings")
  func staticFile() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "callsign-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = directory + "/hosts"
    try Files.write(Array("192.0.2.1 one.example".utf8), to: file)
    let test = ForwarderUnderTest { $0.staticNames.file = file }
    try await test.run {
      try await test.check("one.example", "NOERROR 30 192.0.2.1")
      try await test.check("two.example", "REFUSED")
      // Moved into place, as the new version of a ConfigMap is.
      try Files.replace(file, with: Array("192.0.2.1 one.example\n192.0.2.2 two.example".utf8))
      while test.forwarder.counters.staticEntries != 2 { await Task.yield() }
      try await test.check("two.example", "NOERROR 30 192.0.2.2")
      // Gone for a moment, or not to be read: what it held last stays, also with other settings.
      try Files.remove(file)
      try Files.makeDirectory(file)
      var settings = ForwardingSettings()
      settings.staticNames.file = file
      settings.staticNames.entries = [
        StaticNameEntry(address: HostAddress("192.0.2.9")!, names: [try Name("own.example")])
      ]
      test.forwarder.update(settings)
      try await test.check("own.example", "NOERROR 30 192.0.2.9")
      try await test.check("two.example", "NOERROR 30 192.0.2.2")
      try Files.removeTree(file)
      try Files.replace(file, with: Array("192.0.2.3 three.example".utf8))
      while test.forwarder.counters.staticEntries != 2 { await Task.yield() }
      try await test.check("three.example", "NOERROR 30 192.0.2.3")
      try await test.check("two.example", "REFUSED")
      test.forwarder.update(ForwardingSettings())
      try await test.check("two.example", "REFUSED")
      #expect(!test.forwarder.asksOthers)
    }
  }

  @Test("Questions are answered while a file of static names is read for other settings")
  func readingWhileAnswering() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "callsign-\(UUID())").path
    // A pipe is read until the test has written.
    let status = unsafe mkfifo(file, 0o600)
    #expect(status == 0)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let test = ForwarderUnderTest()
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    let (readings, isReading) = AsyncStream<Void>.makeStream()
    let isAnswered = DispatchSemaphore(value: 0)
    async let writing = threads.runIfActive {
      let pipe = try Descriptor.openForAppending(file)
      isReading.yield()
      // Where questions wait for the file, this ends it all the same.
      let result = isAnswered.wait(timeout: .now() + 5)
      try pipe.write(Array("192.0.2.1 one.example".utf8))
      return result == .success
    }
    async let updating: Void = threads.runIfActive {
      var settings = ForwardingSettings()
      settings.staticNames.file = file
      test.forwarder.update(settings)
    }
    for await _ in readings { break }
    try await test.check("one.example", "REFUSED")
    isAnswered.signal()
    #expect(try await writing)
    try await updating
    try await test.check("one.example", "NOERROR 30 192.0.2.1")
    try await threads.shutdownGracefully()
  }

  @Test("Bad lines of a file of static names are told once, and again when the file is another")
  func badLines() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "callsign-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = directory + "/hosts"
    try Files.write(Array("192.0.2.1 one.example\n\nnonsense".utf8), to: file)
    let lines = LogLines()
    let test = ForwarderUnderTest(logger: Logger(label: "test") { _ in lines }) { $0.staticNames.file = file }
    var settings = ForwardingSettings()
    settings.staticNames.file = file
    test.forwarder.update(settings)
    test.forwarder.replaceStaticNames(ofFile: file)
    #expect(lines.texts.count == 1 && lines.texts[0].contains("1 lines make no sense"))
    #expect(lines.texts[0].hasSuffix(": \(file):3"), "\(lines.texts)")
    try Files.replace(file, with: Array("192.0.2.2 two.example\nnonsense".utf8))
    test.forwarder.replaceStaticNames(ofFile: file)
    #expect(lines.texts.count == 2)
    try Files.replace(file, with: Array(String(repeating: "nonsense\n", count: 7).utf8))
    test.forwarder.replaceStaticNames(ofFile: file)
    #expect(lines.texts.last?.hasSuffix("\(file):1, 2, 3, 4, 5, …") == true, "\(lines.texts)")
  }

  @Test("Two servers that forward to each other find out, and stop")
  func loop() async throws {
    let address = HostAddress("127.0.0.1")!
    let sockets = try (0..<2).map { _ in try DNSSockets.open(address, port: 0) }
    let places = try sockets.map { Upstream(address, port: try #require($0.port)) }
    let servers = (0..<2).map { number in
      var settings = DNSServerSettings()
      settings.forwarding = ForwardingSettings(upstreams: [places[1 - number]])
      return DNSServer(
        index: TestObjects.index(), sockets: [sockets[number]], settings: settings, logger: Logger(label: "test"))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for server in servers { group.addTask { try await server.run() } }
      // One of the two may break the loop before the other has looked.
      while !servers.contains(where: { $0.forwarder.counters.upstreams[0].isLoop }) { await Task.yield() }
      let answer = try await ForwarderTests.ask("a.example", at: places[0])
      #expect(answer.responseCode == .serverFailure)
      group.cancelAll()
      // Cancelled servers end without an error.
      try await group.waitForAll()
    }
  }
}
