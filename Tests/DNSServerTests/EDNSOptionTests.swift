// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Testing

@testable import DNSServer

@Suite("EDNS options")
struct EDNSOptionTests {
  static func responder(identity: String = "", synced: Bool = true) -> Responder {
    var settings = DNSServerSettings()
    settings.identity = identity
    settings.version = identity.isEmpty ? "" : "callsign"
    return Responder(settings, forwards: false)
  }

  static func ask(
    _ options: [EDNSOption], _ transport: Client.Transport = .udp, name: String = ResponderTests.mysql,
    identity: String = "", payloadSize: Int = EDNS.defaultPayloadSize, isDNSSECOK: Bool = false
  ) throws -> (message: Message, length: Int) {
    var request = Message(id: 5, question: Question(name: try Name(name), type: .a))
    request.edns = EDNS(payloadSize: payloadSize)
    request.edns?.isDNSSECOK = isDNSSECOK
    request.options = options
    let client = Client(transport: transport, address: HostAddress("192.0.2.1")!, port: 5353)
    let reply = try #require(ResponderTests.respond(request.encoded, by: responder(identity: identity), client))
    return (try Message(parsing: reply), reply.count)
  }

  static func data(_ code: EDNSOptionCode, _ message: Message) -> [UInt8]? {
    message.options.first { $0.code == code }?.data
  }

  @Test("Unknown options are passed over, client subnet among them (RFC 6891 §6.1.2)")
  func unknown() throws {
    let answer = try Self.ask([
      EDNSOption(EDNSOptionCode(rawValue: 8), [0, 1, 24, 0, 192, 0, 2]), EDNSOption(EDNSOptionCode(rawValue: 65_001)),
    ])
    #expect(answer.message.answers.count == 3)
    #expect(answer.message.options == [])
  }

  @Test("An option that runs over its record is a format error")
  func malformed() throws {
    var request = Message(id: 5, question: Question(name: .root, type: .a))
    request.options = [EDNSOption(.nsid, [1, 2, 3])]
    var octets = request.encoded
    octets[octets.count - 4] = 4  // One more than there are.
    #expect(ResponderTests.respond(octets)?[3] == 1)
    octets = request.encoded
    octets.removeLast(4)
    octets[octets.count - 4] = 3  // RDLENGTH: half an option's head.
    #expect(ResponderTests.respond(octets)?[3] == 1)
  }

  @Test("DO comes back as it was (RFC 3225 §3)", arguments: [true, false])
  func dnssecOK(flag: Bool) throws {
    #expect(try Self.ask([], isDNSSECOK: flag).message.edns?.isDNSSECOK == flag)
  }

  @Test("NSID: the configured name, for those who ask (RFC 5001)")
  func nsid() throws {
    #expect(Self.data(.nsid, try Self.ask([EDNSOption(.nsid)], identity: "pod-7").message) == Array("pod-7".utf8))
    #expect(Self.data(.nsid, try Self.ask([], identity: "pod-7").message) == nil)
    #expect(Self.data(.nsid, try Self.ask([EDNSOption(.nsid)]).message) == nil)
  }

  @Test("How long a connection lives is told over TCP and TLS only, in tenths of a second (RFC 7828 §3)", arguments: [
    (.udp, nil), (.tcp, [0, 100]), (.tls, [0, 100]), (.https, nil),
  ] as [(Client.Transport, [UInt8]?)])
  func keepalive(transport: Client.Transport, expected: [UInt8]?) throws {
    #expect(Self.data(.tcpKeepalive, try Self.ask([EDNSOption(.tcpKeepalive)], transport).message) == expected)
    #expect(Self.data(.tcpKeepalive, try Self.ask([], transport).message) == nil)
  }

  @Test("Who pads gets padded answers, where nobody can read them anyway (RFC 7830 §6, RFC 8467 §4.1)", arguments: [
    (.udp, false), (.tcp, false), (.tls, true), (.https, true),
  ] as [(Client.Transport, Bool)], [ResponderTests.mysql, "big.default.svc.cluster.local", "x.svc.cluster.local"])
  func padding(way: (transport: Client.Transport, isPadded: Bool), name: String) throws {
    let answer = try Self.ask([EDNSOption(.padding, [0, 0])], way.transport, name: name)
    #expect((Self.data(.padding, answer.message) != nil) == way.isPadded)
    if way.isPadded { #expect(answer.length % 468 == 0) }
    #expect(try Self.ask([], way.transport, name: name).message.options == [])
  }

  @Test("Every option is counted in: the answer keeps to the client's size", arguments: [512, 600, 1232])
  func sizes(size: Int) throws {
    let options = [
      EDNSOption(.cookie, [UInt8](repeating: 1, count: 8)), EDNSOption(.nsid), EDNSOption(.padding),
      EDNSOption(.tcpKeepalive),
    ]
    let identity = String(repeating: "n", count: AnswerOPT.maximumIdentityLength)
    let answer = try Self.ask(
      options, name: "big.default.svc.cluster.local", identity: identity, payloadSize: size)
    #expect(answer.length <= size && answer.length > size - 16)
    #expect(answer.message.header.flags.contains(.truncated))
    #expect(answer.message.options.map(\.code) == [.cookie, .nsid])
  }

  @Test("Why: a name of others is not ours; before the first sync we are not ready (RFC 8914)")
  func extendedErrors() throws {
    #expect(Self.data(.extendedError, try Self.ask([], name: "example.com").message) == [0, 20])
    #expect(Self.data(.extendedError, try Self.ask([], name: "x.default.svc.cluster.local").message) == nil)

    var request = Message(id: 5, question: Question(name: try Name("x.default.svc.cluster.local"), type: .a))
    let empty = NameIndex(TestObjects.settings).snapshot
    let client = Client(transport: .udp, address: HostAddress("192.0.2.1")!, port: 5353)
    func ask() throws -> Message {
      try Message(
        parsing: try #require(ResponderTests.respond(request.encoded, by: Self.responder(), client, from: empty)))
    }
    #expect(try ask().responseCode == .serverFailure)
    #expect(Self.data(.extendedError, try ask()) == [0, 14])
    request.edns = nil
    #expect(try ask().responseCode == .serverFailure)
    #expect(try ask().edns == nil)
  }

  @Test("Class CHAOS tells what is configured, and nothing else (RFC 4892)", arguments: [
    ("id.server", .txt, "\"pod-7\""), ("hostname.bind", .txt, "\"pod-7\""), ("version.bind", .txt, "\"callsign\""),
    ("VERSION.server", .txt, "\"callsign\""), ("authors.bind", .txt, nil), ("id.server", .a, nil),
  ] as [(String, RecordType, String?)])
  func chaos(name: String, type: RecordType, text: String?) throws {
    var request = Message(id: 5, question: Question(name: try Name(name), type: type, recordClass: .chaos))
    request.edns = nil
    let client = Client(transport: .udp, address: HostAddress("192.0.2.1")!, port: 5353)
    func ask(_ identity: String) throws -> Message {
      try Message(
        parsing: try #require(
          ResponderTests.respond(request.encoded, by: Self.responder(identity: identity), client)))
    }
    let answer = try ask("pod-7")
    #expect(answer.responseCode == (text == nil ? .refused : .noError))
    #expect(answer.answers.map(\.dataText) == [text].compactMap(\.self))
    #expect(answer.answers.allSatisfy { $0.recordClass == .chaos })
    #expect(try ask("").responseCode == .refused)
  }
}
