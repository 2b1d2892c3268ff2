// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import LinuxSystem
import Logging
import NIOPosix
import Naming
import Testing

@testable import DNSServer

/// An upstream over UDP that does what a test says.
struct ScriptedUpstream: Sendable {
  /// Requests in the order in which they came.
  typealias Script = @Sendable (_ request: Message, _ number: Int) -> [[UInt8]]

  static func run<Result: Sendable>(
    _ script: @escaping Script, _ body: (Upstream) async throws -> Result
  ) async throws -> Result {
    let address = HostAddress("127.0.0.1")!
    let socket = try DatagramSocket.bound(octets: address.octets, port: 0)
    let upstream = Upstream(address, port: try DatagramSocket.place(of: socket).port)
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    async let serving: Void = thread.runIfActive {
      var batch = try DatagramBatch(count: 1, size: 4096)
      var number = 0
      while true {
        _ = try batch.receive(from: socket)
        let (memory, length) = unsafe batch.buffer(0)
        guard length > 0 else { return }
        let request = try Message(parsing: unsafe [UInt8](memory[..<length]))
        for reply in script(request, number) { try DatagramSocket.send(reply, to: batch.peer(0), from: socket) }
        number += 1
      }
    }
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(upstream)) } catch { result = .failure(error) }
    DatagramSocket.endReception(socket)
    try await serving
    try await thread.shutdownGracefully()
    return try result.get()
  }

  static func reply(
    to request: Message, _ flags: Header.Flags = [.response, .recursionAvailable], address: String? = "192.0.2.1",
    ttl: UInt32 = 60, id: UInt16? = nil, name: Name? = nil
  ) -> [UInt8] {
    var question = request.questions[0]
    if let name { question.name = name }
    var buffer = MessageBuffer(capacity: 512)
    buffer.append(Message(id: 0, question: question, edns: nil).encoded)
    var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: 512)
    if let address = address.flatMap({ HostAddress($0) }) {
      writer.append(Record(name: question.name, type: .a, ttl: ttl, data: address.octets), in: .answer)
    }
    writer.writeHeader(id: id ?? request.header.id, flags: flags, responseCode: .noError, payloadSize: nil)
    return writer.finish().octets
  }
}

@Suite("Names of others are asked for elsewhere", .timeLimit(.minutes(1)))
struct ForwarderTests {
  static func settings(
    _ upstreams: Upstream..., change: (inout ForwardingSettings) -> Void = { _ in }
  ) -> DNSServerSettings {
    var settings = DNSServerSettings()
    settings.forwarding = ForwardingSettings(upstreams: upstreams)
    settings.forwarding.timeoutMilliseconds = 300
    change(&settings.forwarding)
    return settings
  }

  static func ask(
    _ name: String, _ type: RecordType = .a, at server: Upstream, overTCP: Bool = false
  ) async throws -> Message {
    try await DNSClient().query(
      Question(name: try Name(name), type: type), at: server, timeoutMilliseconds: 5000, overTCP: overTCP)
  }

  @Test("The answer comes back with RA, without AA, under the client's own letter case", arguments: [false, true])
  func forwarded(overTCP: Bool) async throws {
    try await ScriptedUpstream.run({ request, _ in [ScriptedUpstream.reply(to: request)] }) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let answer = try await Self.ask("WWW.example.com", at: server, overTCP: overTCP)
        #expect(answer.header.flags == [.response, .recursionDesired, .recursionAvailable])
        #expect(answer.answers.map(\.description) == ["WWW.example.com. 60 IN A 192.0.2.1"])
        #expect(answer.questions.first?.name.description == "WWW.example.com.")
        #expect(answer.edns != nil)
      }
    }
  }

  @Test("Datagrams with another id, another question, or no sense are passed over")
  func spoofed() async throws {
    let script: ScriptedUpstream.Script = { request, _ in
      var echo = ScriptedUpstream.reply(to: request, address: "6.6.6.6")
      echo[2] &= 0x7F  // QR=0: a request.
      return [
        ScriptedUpstream.reply(to: request, address: "6.6.6.6", id: request.header.id &+ 1),
        ScriptedUpstream.reply(to: request, address: "6.6.6.6", name: .root),
        echo,
        [1, 2, 3],
        ScriptedUpstream.reply(to: request),
      ]
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let answer = try await Self.ask("example.com", at: server)
        #expect(answer.answers.map(\.dataText) == ["192.0.2.1"])
      }
    }
  }

  @Test("Another upstream is asked where one is silent, gone or failing")
  func nextUpstream() async throws {
    let silent: ScriptedUpstream.Script = { _, _ in [] }
    let failing: ScriptedUpstream.Script = { request, _ in
      [ScriptedUpstream.reply(to: request, [.response, Header.Flags(responseCode: .serverFailure)], address: nil)]
    }
    let good: ScriptedUpstream.Script = { request, _ in [ScriptedUpstream.reply(to: request)] }
    // A port that nobody has: bound, read off, closed.
    let address = HostAddress("127.0.0.1")!
    let gone = Upstream(address, port: try #require(try DNSSockets.open(address, port: 0).port))
    try await ScriptedUpstream.run(good) { good in
      try await withServer(TestObjects.index(), Self.settings(gone, good)) { server in
        let answer = try await Self.ask("example.com", at: server)
        #expect(answer.answers.count == 1)
      }
      for script in [silent, failing] {
        try await ScriptedUpstream.run(script) { bad in
          try await withServer(TestObjects.index(), Self.settings(bad, good)) { server in
            let answer = try await Self.ask("example.com", at: server)
            #expect(answer.answers.count == 1)
          }
        }
      }
    }
  }

  @Test("Nobody answers: SERVFAIL")
  func nobody() async throws {
    try await ScriptedUpstream.run({ _, _ in [] }) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let answer = try await Self.ask("example.com", at: server)
        #expect(answer.responseCode == .serverFailure)
      }
    }
  }

  @Test("An answer that UDP cuts is fetched over TCP; a CNAME of ours leads to it")
  func cutAndAlias() async throws {
    let upstreamIndex = TestObjects.index(zone: "upstream.test")
    try await withServer(upstreamIndex) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let big = try await Self.ask("big.default.svc.upstream.test", at: server)
        #expect(big.answers.count == 300)

        let away = try await Self.ask("away.default.svc.cluster.local", at: server)
        #expect(away.header.flags.contains([.authoritative, .recursionAvailable]))
        #expect(away.answers.map(\.description) == [
          "away.default.svc.cluster.local. 5 IN CNAME web.default.svc.upstream.test.",
          "web.default.svc.upstream.test. 5 IN A 10.96.0.20",
        ])
        let lost = try await Self.ask("lost.default.svc.cluster.local", at: server)
        #expect(lost.responseCode == .nameError)
        #expect(lost.answers.map(\.dataText) == ["x.default.svc.upstream.test."])
        #expect(lost.authorities.map(\.type) == [.soa])
      }
    }
  }

  @Test("An answer is remembered while its TTL lasts; our own names never are")
  func memory() async throws {
    let script: ScriptedUpstream.Script = { request, number in
      [ScriptedUpstream.reply(to: request, address: "192.0.2.\(number)")]
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        for _ in 0..<3 {
          let answer = try await Self.ask("a.example", at: server)
          #expect(answer.answers.map(\.dataText) == ["192.0.2.0"])
        }
        let answer = try await Self.ask("b.example", at: server)
        #expect(answer.answers.map(\.dataText) == ["192.0.2.1"])
      }
    }
  }

  @Test("At the limit of questions under way: SERVFAIL at once")
  func limit() async throws {
    try await ScriptedUpstream.run({ _, _ in [] }) { upstream in
      let settings = Self.settings(upstream) {
        $0.maximumInFlight = 0
        $0.timeoutMilliseconds = 60_000
      }
      try await withServer(TestObjects.index(), settings) { server in
        let answer = try await Self.ask("example.com", at: server)
        #expect(answer.responseCode == .serverFailure)
      }
    }
  }

  @Test("Nothing of our zone goes upstream, not before the first sync and not what is missing")
  func noLeak() async throws {
    let index = NameIndex(TestObjects.settings)
    let script: ScriptedUpstream.Script = { request, _ in
      Issue.record("asked upstream: \(request.questions)")
      return []
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(index, Self.settings(upstream)) { server in
        for name in ["web.default.svc.cluster.local", "20.0.96.10.in-addr.arpa", "x.cluster.local"] {
          let answer = try await Self.ask(name, .ptr, at: server)
          #expect(answer.responseCode == .serverFailure)
        }
        index.apply([.synced])
        let missing = try await Self.ask("web.default.svc.cluster.local", at: server)
        #expect(missing.responseCode == .nameError)
      }
    }
  }

  @Test("The server does not forward to itself")
  func itself() async throws {
    let address = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(address, port: 0)
    let own = Upstream(address, port: try #require(sockets.port))
    let server = DNSServer(
      index: TestObjects.index(), sockets: [sockets], settings: Self.settings(own), logger: Logger(label: "test"))
    let running = Task { try await server.run() }
    #expect(try await Self.ask("example.com", at: own).responseCode == .refused)
    running.cancel()
    try await running.value
  }

  @Test("Shutdown waits for the answer that is on its way")
  func shutdown() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let script: ScriptedUpstream.Script = { request, number in
      arrived.yield()
      return number == 0 ? [] : [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let asking = try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let asking = Task { try await Self.ask("example.com", at: server) }
        // The first try is at the upstream, unanswered; the second comes when the server is already told to stop.
        for await _ in arrivals { break }
        return asking
      }
      #expect(try await asking.value.answers.map(\.dataText) == ["192.0.2.1"])
    }
  }
}
