// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Testing

@testable import DNSServer

@Suite("Upstreams whose answers are none", .timeLimit(.minutes(1)))
struct BrokenAnswerTests {
  /// Who waits for silence here waits longer than the test's client.
  static func settings(_ upstreams: [Upstream]) throws -> DNSServerSettings {
    var settings = ForwarderTests.settings()
    settings.forwarding.upstreams = upstreams
    settings.forwarding.timeoutMilliseconds = 30_000
    settings.forwarding.deadlineMilliseconds = 60_000
    settings.forwarding.routes = [ForwardingRoute(try Name("upstream.test"), upstreams: upstreams)]
    return settings
  }

  static func record(_ request: Message, _ type: RecordType, _ data: [UInt8]) -> Record {
    Record(name: request.questions[0].name, type: type, ttl: 60, data: data)
  }

  static let good: ScriptedUpstream.Script = { request, _ in
    let data: [RecordType: [UInt8]] = [.a: [192, 0, 2, 1], .aaaa: [UInt8](repeating: 1, count: 16), .txt: [1, 120]]
    let type = request.questions[0].type
    // Health checks ask for something else.
    let answers = data[type].map { [record(request, type, $0)] } ?? []
    return [ScriptedUpstream.message(to: request, answers: answers)]
  }

  /// The upstream is asked alone, and with a good one behind it.
  static func check(
    _ script: @escaping ScriptedUpstream.Script, _ type: RecordType = .a, alone code: ResponseCode = .serverFailure
  ) async throws {
    try await ScriptedUpstream.run(script, overTCP: script) { bad in
      try await withServer(TestObjects.index(), try settings([bad])) { server in
        let answer = try await ForwarderTests.ask("a.example", type, at: server)
        #expect(answer.responseCode == code && answer.answers.isEmpty)
        // Behind an alias of ours, addresses are looked for; that others refuse the target is a failure then.
        guard type != .txt else { return }
        let alias = try await ForwarderTests.ask("away.default.svc.cluster.local", type, at: server)
        #expect(alias.responseCode == (code == .refused ? .serverFailure : code))
        #expect(alias.answers.allSatisfy { $0.type == .cname })
      }
      try await ScriptedUpstream.run(good) { good in
        try await withServer(TestObjects.index(), try settings([bad, good])) { server in
          let answer = try await ForwarderTests.ask("a.example", type, at: server)
          #expect(answer.responseCode == .noError && answer.answers.map(\.type) == [type])
        }
      }
    }
  }

  @Test("Data that its type cannot have (RFC 1035 §3.3.14, §3.4.1, RFC 3596 §2.2)", arguments: [
    (.a, [1, 2, 3, 4, 5]), (.a, []), (.aaaa, [1, 2, 3]), (.txt, [5, 120]), (.txt, []),
  ] as [(RecordType, [UInt8])])
  func malformed(type: RecordType, data: [UInt8]) async throws {
    try await Self.check({ request, _ in
      [ScriptedUpstream.message(to: request, answers: [Self.record(request, type, data)])]
    }, type)
  }

  @Test("Errors without the question are understood at once", arguments: [
    (1, .formatError), (2, .serverFailure), (4, .notImplemented), (5, .refused),
  ] as [(UInt8, ResponseCode)])
  func bareErrors(octet: UInt8, code: ResponseCode) async throws {
    try await Self.check({ request, _ in
      let id = [UInt8(request.header.id >> 8), UInt8(request.header.id & 255)]
      // First with an id of nobody, and with no error: neither says anything.
      return [
        [id[0], ~id[1], 0x81, 0x83] + [UInt8](repeating: 0, count: 8),
        id + [0x81, 0x80] + [UInt8](repeating: 0, count: 8),
        id + [0x81, 0x80 | octet] + [UInt8](repeating: 0, count: 8),
      ]
    }, alone: code)
  }

  @Test("What UDP brings and nobody can read in full is asked for over TCP at once", arguments: [false, true])
  func unreadable(isLong: Bool) async throws {
    let script: ScriptedUpstream.Script = { request, _ in
      if !isLong { return Self.good(request, 0).map { $0 + [1, 2, 3] } }
      let text = [255] + [UInt8](repeating: 120, count: 255)
      let records = (0..<13).map { _ in Self.record(request, .txt, text) }
      return [ScriptedUpstream.message(to: request, answers: records)]
    }
    try await ScriptedUpstream.run(script, overTCP: Self.good) { upstream in
      try await withServer(TestObjects.index(), try Self.settings([upstream])) { server in
        let answer = try await ForwarderTests.ask("a.example", .txt, at: server)
        #expect(answer.answers.map(\.data) == [[1, 120]])
      }
    }
  }

  @Test("An answer that is cut over TCP is given as one that is cut, and is not remembered")
  func cutOverTCP() async throws {
    let script: ScriptedUpstream.Script = { request, _ in
      let flags: Header.Flags = [.response, .recursionAvailable, .truncated]
      return [ScriptedUpstream.message(to: request, flags, answers: [Self.record(request, .a, [192, 0, 2, 1])])]
    }
    try await ScriptedUpstream.run(script, overTCP: script) { upstream in
      let test = ForwarderUnderTest(upstream)
      try await test.run {
        let answer = try await test.ask("a.example")
        #expect(answer.header.flags.contains(.truncated) && answer.answers.map(\.type) == [.a])
        #expect(test.forwarder.counters.cache.entries.sum == 0)
      }
    }
  }

  @Test("What comes over a connection and answers nothing ends it: no more of it is read")
  func talkative() async throws {
    let flood: ScriptedUpstream.Script = { request, _ in
      let other = ScriptedUpstream.reply(to: request, id: request.header.id &+ 1)
      return Array(repeating: other, count: 100) + [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run({ _, _ in [] }, overTCP: flood) { upstream in
      let test = ForwarderUnderTest(upstream) {
        $0.usesTCP = true
        $0.maximumTries = 1
      }
      try await test.run { try await test.check("a.example", "SERVFAIL") }
      #expect(test.forwarder.counters.upstreams[0].badAnswers == 1)
    }
  }

  @Test("Records of other classes alone are no answer")
  func otherClass() async throws {
    try await Self.check({ request, _ in
      var record = Self.record(request, .a, [192, 0, 2, 1])
      record.recordClass = .chaos
      return [ScriptedUpstream.message(to: request, answers: [record])]
    })
  }

  @Test("A referral is no answer to who wants one (RFC 2308 §2.2)")
  func referral() async throws {
    let server = Record(name: try Name("example"), type: .ns, ttl: 60, data: try Name("ns.example").wire)
    let root = Record(name: .root, type: .ns, ttl: 60, data: try Name("ns.example").wire)
    for record in [server, root] {
      try await Self.check({ request, _ in [ScriptedUpstream.message(to: request, authorities: [record])] })
    }
    try await ScriptedUpstream.run({ request, _ in
      [ScriptedUpstream.message(to: request, authorities: [server])]
    }) { upstream in
      try await withServer(TestObjects.index(), try Self.settings([upstream])) { place in
        let question = Question(name: try Name("a.example"), type: .a)
        let answer = try await DNSClient().query(question, at: place, recursionDesired: false)
        #expect(answer.responseCode == .noError && answer.authorities.map(\.type) == [.ns])
      }
    }
  }

  @Test("Who knows the zone, or shows its SOA record, says no (RFC 2308 §2.2)", arguments: [true, false])
  func noData(isAuthoritative: Bool) async throws {
    let zone = try Name("example")
    let servers = Record(name: zone, type: .ns, ttl: 60, data: zone.wire)
    let soa = Record(name: zone, type: .soa, ttl: 60, data: zone.wire + zone.wire + [UInt8](repeating: 1, count: 20))
    try await ScriptedUpstream.run({ request, _ in
      let flags: Header.Flags = isAuthoritative ? [.response, .authoritative] : [.response]
      let records = isAuthoritative ? [servers] : [servers, soa]
      return [ScriptedUpstream.message(to: request, flags, authorities: records)]
    }) { upstream in
      try await withServer(TestObjects.index(), try Self.settings([upstream])) { server in
        let answer = try await ForwarderTests.ask("a.example", at: server)
        #expect(answer.responseCode == .noError && answer.answers.isEmpty)
      }
    }
  }
}
