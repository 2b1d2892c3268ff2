// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import LinuxSystem
import Logging
import NIOPosix
import Naming
import Synchronization
import Testing

@testable import DNSServer

@Suite("Names of others are asked for elsewhere", .timeLimit(.minutes(1)))
struct ForwarderTests {
  static func settings(
    _ upstreams: Upstream..., change: (inout ForwardingSettings) -> Void = { _ in }
  ) -> DNSServerSettings {
    var settings = DNSServerSettings()
    settings.forwarding = ForwardingSettings(upstreams: upstreams)
    settings.forwarding.timeoutMilliseconds = 300
    settings.forwarding.detectsLoops = false
    settings.forwarding.policy = .sequential
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

  @Test("An upstream that cuts every answer and is silent over TCP is no way; the next is asked")
  func silentOverTCP() async throws {
    let cutting: ScriptedUpstream.Script = { request, _ in
      [ScriptedUpstream.reply(to: request, [.response, .truncated], address: nil)]
    }
    try await ScriptedUpstream.run(cutting) { cutting in
      try await ScriptedUpstream.run({ request, _ in [ScriptedUpstream.reply(to: request)] }) { good in
        try await withServer(TestObjects.index(), Self.settings(cutting, good)) { server in
          let answer = try await Self.ask("example.com", at: server)
          #expect(answer.answers.count == 1)
        }
      }
    }
  }

  @Test("Records of names that were not asked for never reach a client (RFC 5452 §6)")
  func bailiwick() async throws {
    let script: ScriptedUpstream.Script = { request, _ in
      let name = request.questions[0].name
      let other = try! Name("bank.example")
      return [ScriptedUpstream.message(to: request, answers: [
        Record(name: other, type: .a, ttl: 60, data: [6, 6, 6, 6]),
        Record(name: name, type: .a, ttl: 60, data: [192, 0, 2, 1]),
      ], authorities: [Record(name: .root, type: .ns, ttl: 60, data: other.wire)])]
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let answer = try await Self.ask("a.example", at: server)
        #expect(answer.answers.map(\.description) == ["a.example. 60 IN A 192.0.2.1"])
        #expect(answer.authorities.isEmpty && answer.additionals.isEmpty)
        // Nor do they get into the memory.
        let other = try await Self.ask("bank.example", at: server)
        #expect(other.answers.map(\.dataText) == ["6.6.6.6", "192.0.2.1"])
      }
    }
  }

  @Test("An upstream that does not know EDNS is asked without", arguments: [true, false])
  func withoutEDNS(repeatsQuestion: Bool) async throws {
    let script: ScriptedUpstream.Script = { request, _ in
      if request.edns == nil { return [ScriptedUpstream.reply(to: request)] }
      var refusal = ScriptedUpstream.message(to: request, code: .formatError)
      if !repeatsQuestion { refusal = Array(refusal[..<4]) + [UInt8](repeating: 0, count: 8) }
      return [refusal]
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let answer = try await Self.ask("a.example", at: server)
        #expect(answer.answers.count == 1)
      }
    }
  }

  @Test("What goes upstream: RD and CD, EDNS of 1232 octets without options; never AA, AD or a client's options")
  func request() async throws {
    let seen = Mutex<[Message]>([])
    let script: ScriptedUpstream.Script = { request, _ in
      seen.withLock { $0.append(request) }
      return [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      try await withServer(TestObjects.index(), Self.settings(upstream)) { server in
        let common = ["@\(server.address)", "-p", "\(server.port)", "+retry=0", "+timeout=5"]
        for words in [["+cdflag", "+subnet=192.0.2.0/24", "+dnssec", "a.example"], ["+norec", "+noad", "b.example"]] {
          let text = try await output(of: "dig", common + words)
          #expect(text.contains("192.0.2.1") && text.contains("status: NOERROR"))
        }
      }
    }
    let requests = seen.withLock { $0 }
    #expect(requests.map(\.header.flags) == [[.recursionDesired, .checkingDisabled], []])
    #expect(requests.map { $0.edns?.payloadSize } == [1232, 1232])
    // 12 of the header, 11 of the name, 4 of type and class, 11 of OPT.
    #expect(requests.map(\.encoded.count) == [38, 38])
  }

  @Test("Random letter case: goes out, must come back, and a client sees its own", arguments: [true, false])
  func randomCase(repeatsCase: Bool) async throws {
    let seen = Mutex<[Name]>([])
    let script: ScriptedUpstream.Script = { request, _ in
      let name = request.questions[0].name
      seen.withLock { $0.append(name) }
      return [ScriptedUpstream.reply(to: request, name: repeatsCase ? name : name.lowercased)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let settings = Self.settings(upstream) {
        $0.randomizesCase = true
        $0.maximumTries = 1
      }
      try await withServer(TestObjects.index(), settings) { server in
        let text = "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz.example"
        let name = try Name(text)
        let answer = try await Self.ask(text, at: server)
        // Another case may be a forger's: the upstream is asked over TCP, where this one is silent.
        #expect(answer.responseCode == (repeatsCase ? .noError : .serverFailure))
        #expect(answer.questions.first?.name.wire == name.wire)
        let sent = seen.withLock { $0[0] }
        #expect(sent.wire != sent.lowercased.wire && sent == name)
      }
    }
  }

  @Test("Domains go to their own upstreams, the longest first; some are refused; static and special names stay here")
  func routes() async throws {
    func script(_ address: String) -> ScriptedUpstream.Script {
      { request, _ in [ScriptedUpstream.reply(to: request, address: address)] }
    }
    try await ScriptedUpstream.run(script("192.0.2.1")) { first in
      try await ScriptedUpstream.run(script("192.0.2.2")) { second in
        let settings = Self.settings(first) {
          $0.routes = [
            ForwardingRoute(try! Name("corp.example"), upstreams: [second]),
            ForwardingRoute(try! Name("public.corp.example"), upstreams: [first]),
            ForwardingRoute(try! Name("secret.corp.example"), upstreams: []),
            ForwardingRoute(try! Name("office.local"), upstreams: [second]),
          ]
          $0.staticNames.entries = [StaticNameEntry(parsing: "198.51.100.1 printer.corp.example")!]
        }
        try await withServer(TestObjects.index(), settings) { server in
          let expected = [
            ("a.example", "NOERROR 192.0.2.1"), ("CORP.example", "NOERROR 192.0.2.2"),
            ("a.b.corp.example", "NOERROR 192.0.2.2"), ("public.corp.example", "NOERROR 192.0.2.1"),
            ("x.secret.corp.example", "REFUSED "), ("x.office.local", "NOERROR 192.0.2.2"),
            ("other.local", "NXDOMAIN "), ("printer.corp.example", "NOERROR 198.51.100.1"),
            ("localhost", "NOERROR 127.0.0.1"),
          ]
          for (name, text) in expected {
            let answer = try await Self.ask(name, at: server)
            let data = answer.answers.map(\.dataText).joined()
            #expect("\(answer.responseCode) \(data)" == text, "\(name)")
            #expect(answer.header.flags.contains(.authoritative) == ["other.local", "printer.corp.example", "localhost"]
              .contains(name))
          }
          let transfer = try await Self.ask("a.example", .axfr, at: server, overTCP: true)
          #expect(transfer.responseCode == .refused)
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
      // `test` is a name with a meaning of its own, but for who has a route for it.
      let settings = Self.settings(upstream) {
        $0.routes = [ForwardingRoute(try! Name("upstream.test"), upstreams: [upstream])]
      }
      try await withServer(TestObjects.index(), settings) { server in
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
