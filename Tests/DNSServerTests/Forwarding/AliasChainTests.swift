// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import Synchronization
import Testing

@testable import DNSServer

@Suite("Chains of aliases that leave the zone, or come into it")
struct AliasChainTests {
  private static let outside = "web.default.svc.upstream.test"

  private static func forwarded(
    _ name: String, _ type: RecordType = .a, completes: Bool = false, recursionDesired: Bool = true,
    over transport: Client.Transport = .udp, adding objects: [KubeObject] = []
  ) throws -> ForwardQuestion {
    var responder = Responder(payloadSize: EDNS.defaultPayloadSize, forwards: true)
    if completes {
      responder.completion = SearchCompletion(directory: TestObjects.directory(pod: "10.244.7.7", in: "default"))
    }
    var buffer = MessageBuffer(capacity: 4096)
    var message = Message(id: 7, question: Question(name: try Name(name), type: type))
    if !recursionDesired { message.header.flags = [] }
    buffer.append(message.encoded)
    let client = Client(transport: transport, address: HostAddress("10.244.7.7")!, port: 1)
    let outcome = responder.respond(to: &buffer, from: TestObjects.index(adding: objects).snapshot, client: client, random: 0)
    guard case .forward(let question) = outcome else { throw ProgramError(text: "\(name) is not forwarded") }
    return question
  }

  private static func record(_ name: String, _ type: RecordType, _ data: [UInt8]) throws -> Record {
    Record(name: try Name(name), type: type, ttl: 60, data: data)
  }

  private static func alias(_ name: String, _ target: String) throws -> Record {
    try record(name, .cname, try Name(target).wire)
  }

  private static func answer(
    _ question: ForwardQuestion, _ code: ResponseCode = .noError, _ answers: [Record] = []
  ) throws -> Message {
    let answer = ForwardedAnswer(code, to: question.question, answers: answers, limits: ForwardCacheSettings())
    return try question.message(ServedAnswer(answer: answer))
  }

  @Test("A name that is completed to an alias outside has each record counted")
  func completedAlias() throws {
    let question = try Self.forwarded("away.default.svc.cluster.local.default.svc.cluster.local", completes: true)
    #expect(question.question.name == (try Name(Self.outside)))
    let answer = try Self.answer(question, .noError, [try Self.record(Self.outside, .a, [192, 0, 2, 1])])
    #expect(answer.answers.map(\.type) == [.cname, .cname, .a])
  }

  @Test("A completed name without addresses of one family exists; where nobody answers, nothing is said of it")
  func completedNoData() throws {
    let question = try Self.forwarded("example.com.default.svc.cluster.local", .aaaa, completes: true)
    let empty = try Self.answer(question)
    #expect(empty.responseCode == .noError && empty.answers.map(\.type) == [.cname])
    #expect(try Self.answer(question, .serverFailure).responseCode == .serverFailure)
    #expect(try Self.answer(question, .nameError).answers.isEmpty)
  }

  @Test("Who does not want recursion gets the alias alone (RFC 1034 §4.3.2)")
  func withoutRecursion() throws {
    var buffer = MessageBuffer(capacity: 512)
    var message = Message(id: 7, question: Question(name: try Name("away.default.svc.cluster.local"), type: .a))
    message.header.flags = []
    buffer.append(message.encoded)
    let client = Client(transport: .udp, address: HostAddress("127.0.0.1")!, port: 1)
    let outcome = Responder(payloadSize: 1232, forwards: true)
      .respond(to: &buffer, from: TestObjects.index().snapshot, client: client, random: 0)
    guard case .reply = outcome else { throw ProgramError(text: "\(outcome)") }
    let answer = try Message(parsing: buffer.octets)
    #expect(answer.responseCode == .noError && answer.answers.map(\.type) == [.cname])
  }

  @Test("Where nobody is asked for the target, the alias is the answer; where they refuse, it fails")
  func refused() throws {
    let question = try Self.forwarded("away.default.svc.cluster.local")
    let own = try question.message(ServedAnswer(answer: .refused(question.question)))
    #expect(own.responseCode == .noError && own.answers.map(\.type) == [.cname])
    let theirs = try Self.answer(question, .refused)
    #expect(theirs.responseCode == .serverFailure && theirs.answers.map(\.type) == [.cname])
  }

  @Test("Of a name of ours at the end of their chain this server tells what it knows, whatever they say")
  func backIntoTheZone() throws {
    for name in ["a.example", "away.default.svc.cluster.local"] {
      let question = try Self.forwarded(name)
      let start = "\(question.question.name)"
      let web = "web.default.svc.cluster.local"
      let lie = try Self.record(web, .a, [6, 6, 6, 6])
      let answer = try Self.answer(question, .noError, [try Self.alias(start, web), lie])
      #expect(answer.responseCode == .noError && answer.answers.last?.dataText == "10.96.0.20")
      #expect(answer.answers.last?.name == (try Name(web)))
      #expect(!answer.answers.contains { $0.dataText == "6.6.6.6" })
      let none = try Self.answer(question, .nameError, [try Self.alias(start, web)])
      #expect(none.responseCode == .noError && none.answers.last?.dataText == "10.96.0.20")
      let missing = try Self.answer(question, .noError, [try Self.alias(start, "none.default.svc.cluster.local")])
      #expect(missing.responseCode == .nameError && missing.authorities.map(\.type) == [.soa])
    }
  }

  @Test("Who is asked for our names in our place is believed, also of a name of ours at the end of a chain")
  func aliasOfFallback() throws {
    var question = try Self.forwarded("a.example")
    question.isFallback = true
    let web = "web.default.svc.cluster.local"
    let answer = try Self.answer(
      question, .noError, [try Self.alias("a.example", web), try Self.record(web, .a, [10, 96, 0, 99])])
    #expect(answer.answers.map(\.dataText) == ["\(web).", "10.96.0.99"])
  }

  @Test("Who is asked in our place and refuses has no answer", arguments: [ResponseCode.refused, .notImplemented])
  func refusalOfFallback(code: ResponseCode) throws {
    var question = try Self.forwarded("a.example")
    question.isFallback = true
    #expect(try Self.answer(question, code).responseCode == .serverFailure)
  }

  @Test("A chain that comes into the zone and leaves it again is followed", .timeLimit(.minutes(1)))
  func inAndOut() async throws {
    let isCircle = Atomic(false)
    let away = try Name("away.default.svc.cluster.local")
    let script: ScriptedUpstream.Script = { request, _ in
      let name = request.questions[0].name
      let comesIn = "\(name)" == "a.example." || isCircle.load(ordering: .relaxed)
      let record = comesIn
        ? Record(name: name, type: .cname, ttl: 0, data: away.wire)
        : Record(name: name, type: .a, ttl: 0, data: [192, 0, 2, 1])
      return [ScriptedUpstream.message(to: request, answers: [record])]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let route = ForwardingRoute(try Name("upstream.test"), upstreams: [upstream])
      let test = ForwarderUnderTest(upstream) { $0.routes = [route] }
      try await test.run {
        let answer = try await test.ask("a.example")
        #expect(answer.answers.map(\.name.description) == ["a.example.", "\(away)", "\(Self.outside)."])
        #expect(answer.answers.map(\.dataText) == ["\(away)", "\(Self.outside).", "192.0.2.1"])
        #expect(answer.responseCode == .noError)
        isCircle.store(true, ordering: .relaxed)
        let circle = try await test.ask("a.example")
        #expect(circle.responseCode == .serverFailure && circle.answers.allSatisfy { $0.type == .cname })
        #expect(test.forwarder.counters.upstreams[0].requests < 10)
      }
    }
    // Without RD a client goes on by itself.
    let question = try Self.forwarded("a.example", recursionDesired: false)
    let partial = try Self.answer(
      question, .noError, [try Self.alias("a.example", "away.default.svc.cluster.local")])
    #expect(partial.responseCode == .noError && partial.answers.map(\.type) == [.cname, .cname])
  }

  @Test("Names in records behind an alias are compressed: a connection holds as many as without")
  func compression() throws {
    let records = try (0..<4090).map { number in
      try Self.record(Self.outside, .a, [10, 0, UInt8(number >> 8), UInt8(number & 255)])
    }
    let question = try Self.forwarded("away.default.svc.cluster.local", over: .tcp)
    let all = try Self.answer(question, .noError, Array(records.prefix(4050)))
    #expect(all.answers.count == 4051 && !all.header.flags.contains(.truncated))
    let udp = try Self.answer(try Self.forwarded("away.default.svc.cluster.local"), .noError, records)
    // 1232 octets: the beginning has 100, a record 16, the OPT record 11.
    #expect(udp.answers.count > 65 && udp.header.flags.contains(.truncated))
    #expect(udp.answers.dropFirst().allSatisfy { $0.name.description == "\(Self.outside)." })
  }

  @Test("A chain that comes back where no pointer reaches is cut there", arguments: [
    "\(String(repeating: "x", count: 63)).\(String(repeating: "y", count: 63)).svc.cluster.local",
    "circle.default.svc.cluster.local", "chain.default.svc.cluster.local",
  ]) func beyondPointers(target: String) throws {
    let aliases = [("chain", "web"), ("circle", "circle")].map { name, target in
      TestObjects.service(
        name, ["type": "ExternalName", "externalName": .string("\(target).default.svc.cluster.local")])
    }
    let question = try Self.forwarded("a.example", over: .tcp, adding: aliases)
    let zone = try Name("cluster.local")
    var cut: [Bool] = []
    for count in (AnswerWriter.pointerLimit - 400)...AnswerWriter.pointerLimit {
      let padding = try Self.record("a.example", .txt, [UInt8](repeating: 0, count: count))
      let answer = try Self.answer(question, .noError, [padding, try Self.alias("a.example", target)])
      cut.append(answer.header.flags.contains(.truncated))
      if !cut.last! { #expect((answer.answers + answer.authorities).last?.name.isEqual(toOrBelow: zone) == true) }
    }
    #expect(cut.first == false && cut.last == true)
  }

  @Test("More than eight links are no answer")
  func links() throws {
    let question = try Self.forwarded("away.default.svc.cluster.local")
    func chain(_ count: Int) throws -> Message {
      let names = [Self.outside] + (1...count).map { "n\($0).example" }
      let links = try zip(names, names.dropFirst()).map { try Self.alias($0, $1) }
      return try Self.answer(question, .noError, links + [try Self.record(names[count], .a, [192, 0, 2, 1])])
    }
    #expect(try chain(7).responseCode == .noError)
    let long = try chain(8)
    #expect(long.responseCode == .serverFailure && long.answers.map(\.type) == [.cname])
  }

  @Test("A domain above the zone exists, whatever others say of it (RFC 8020)")
  func aboveTheZone() throws {
    let answer = try Self.answer(try Self.forwarded("local"), .nameError)
    #expect(answer.responseCode == .noError)
    #expect(try Self.answer(try Self.forwarded("other"), .nameError).responseCode == .nameError)
  }

  @Test("Domains above names that have answers exist, though they are special")
  func aboveStaticNames() async throws {
    let address = try #require(HostAddress("192.0.2.9"))
    let entry = StaticNameEntry(address: address, names: [try Name("Printer.home.local"), try Name("a.test")])
    let route = ForwardingRoute(try Name("corp.alt"), upstreams: [])
    let test = ForwarderUnderTest {
      $0.staticNames.entries = [entry]
      $0.routes = [route]
    }
    try await test.run {
      for name in ["home.local", "local", "TEST", "alt"] { try await test.check(name, "NOERROR") }
      for name in ["other.local", "b.test", "x.home.local", "other.alt"] { try await test.check(name, "NXDOMAIN") }
    }
  }

  @Test("Domains above names that have answers exist, whatever others say (RFC 8020)", .timeLimit(.minutes(1)))
  func aboveNames() async throws {
    let address = try #require(HostAddress("192.0.2.9"))
    let entry = StaticNameEntry(address: address, names: [try Name("a.b.example")])
    let route = ForwardingRoute(try Name("c.corp.test"), upstreams: [])
    let no: ScriptedUpstream.Script = { request, _ in [ScriptedUpstream.message(to: request, code: .nameError)] }
    try await ScriptedUpstream.run(no) { upstream in
      let test = ForwarderUnderTest(upstream) {
        $0.forwardsPrivateNames = false
        $0.staticNames.entries = [entry]
        $0.routes = [route]
      }
      try await test.run {
        // Addresses of pods are below these, and asked for where the cluster's answers to reverse names are on.
        let reverse = ["244.10.in-addr.arpa", "10.in-addr.arpa", "2.0.192.in-addr.arpa", "0.d.f.ip6.arpa", "2.ip6.arpa"]
        for name in ["B.example", "example", "corp.test", "test"] + reverse { try await test.check(name, "NOERROR") }
        let others = ["x.b.example", "c.example", "other.test", "x.10.in-addr.arpa", "300.10.in-addr.arpa"]
        for name in others + ["1.0.244.10.in-addr.arpa"] { try await test.check(name, "NXDOMAIN") }
      }
      let none = ForwarderUnderTest(upstream)
      try await none.run { try await none.check("b.example", "NXDOMAIN") }
    }
  }

  @Test("Special names have answers without upstreams, and RA tells whether there are any")
  func specialNames() async throws {
    let test = ForwarderUnderTest()
    #expect(test.forwarder.isOn && !test.forwarder.asksOthers)
    let responder = Responder(payloadSize: 1232, forwards: true, recurses: false)
    try await test.run {
      let local = try await test.send("localhost", from: responder).message()
      #expect(local.answers.map(\.dataText) == ["127.0.0.1"] && !local.header.flags.contains(.recursionAvailable))
      let other = try await test.send("a.example", from: responder).message()
      #expect(other.responseCode == .refused && !other.header.flags.contains(.recursionAvailable))
      // Where there are no others, nobody is asked for a name that is not special.
      let alone = Responder(DNSServerSettings(), forwards: true, recurses: false)
      #expect(try await test.send("localhost", from: alone).message().responseCode == .noError)
      #expect(throws: ProgramError.self) { try test.send("a.example", from: alone) }
    }
  }
}
