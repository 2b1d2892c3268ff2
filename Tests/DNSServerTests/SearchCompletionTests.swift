// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

@testable import DNSServer

@Suite("Names completed for the pod that asks")
struct SearchCompletionTests {
  private static func responder(forwards: Bool = false) -> Responder {
    var responder = Responder(payloadSize: EDNS.defaultPayloadSize, forwards: forwards)
    responder.completion = SearchCompletion(directory: TestObjects.directory(pod: "10.244.7.7", in: "shop"))
    return responder
  }

  private static func ask(
    _ name: String, _ type: RecordType = .a, from address: String = "10.244.7.7", forwards: Bool = false
  ) throws -> (Message?, ForwardQuestion?) {
    let index = TestObjects.index()
    index.apply([.updated(KubeObject(["metadata": ["name": "shop"]], of: .namespaces))])
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(Message(id: 7, question: Question(name: try Name(name), type: type)).encoded)
    let client = Client(transport: .udp, address: HostAddress(address)!, port: 1)
    switch responder(forwards: forwards).respond(to: &buffer, from: index.snapshot, client: client, random: 0) {
    case .reply: return (try Message(parsing: buffer.octets), nil)
    case .forward(let question): return (nil, question)
    default: return (nil, nil)
    }
  }

  @Test("A Service of another namespace is found in the first question", arguments: [
    "web.default.shop.svc.cluster.local", "web.default.svc.shop.svc.cluster.local",
    "WEB.default.svc.SHOP.svc.cluster.local",
  ])
  func insideZone(name: String) throws {
    let answer = try #require(try Self.ask(name).0)
    #expect(answer.responseCode == .noError)
    #expect(answer.answers.map(\.type) == [.cname, .a])
    #expect(answer.answers.first?.name == (try Name(name)))
    #expect(answer.answers.first?.dataText == answer.answers.last?.name.description)
    #expect(answer.answers.last?.dataText == "10.96.0.20")
  }

  @Test("What exists, what another pod or program asks, and other types, are answered as ever", arguments: [
    ("web.default.shop.svc.cluster.local", "10.244.7.8", RecordType.a, ResponseCode.nameError),
    ("web.default.default.svc.cluster.local", "10.244.7.7", .a, .nameError),
    ("web.shop.svc.cluster.local", "10.244.7.7", .srv, .nameError),
    ("nothing.shop.svc.cluster.local", "10.244.7.7", .a, .nameError),
    ("shop.svc.cluster.local", "10.244.7.7", .a, .noError),
  ])
  func unchanged(name: String, address: String, type: RecordType, code: ResponseCode) throws {
    let answer = try #require(try Self.ask(name, type, from: address, forwards: true).0)
    #expect(answer.responseCode == code)
    #expect(answer.answers.isEmpty)
    #expect(answer.authorities.map(\.type) == [.soa])
  }

  @Test("A name that has addresses so exists for other types, too (RFC 8020)", arguments: [
    ("web.default.shop.svc.cluster.local", RecordType.srv, [RecordType.cname]),
    ("web.default.shop.svc.cluster.local", .cname, [.cname]),
    ("example.com.shop.svc.cluster.local", .txt, []), ("example.com.shop.svc.cluster.local", .cname, []),
  ])
  func otherTypes(name: String, type: RecordType, expected: [RecordType]) throws {
    let answer = try #require(try Self.ask(name, type, forwards: true).0)
    #expect(answer.responseCode == .noError && answer.answers.map(\.type) == expected)
    #expect(answer.authorities.map(\.type) == (expected.isEmpty ? [.soa] : []))
  }

  private static func served(
    _ code: ResponseCode, _ question: ForwardQuestion, _ answers: [Record] = []
  ) -> ServedAnswer {
    ServedAnswer(
      answer: ForwardedAnswer(code, to: question.question, answers: answers, limits: ForwardCacheSettings()))
  }

  @Test("A name outside is asked for elsewhere; where that has no records, the first name does not exist")
  func outside() throws {
    let name = "example.com.shop.svc.cluster.local"
    #expect(try Self.ask(name).0?.responseCode == .nameError)
    let question = try #require(try Self.ask(name, forwards: true).1)
    #expect(question.question.name == (try Name("example.com")))
    let no = try question.message(Self.served(.nameError, question))
    #expect(no.responseCode == .nameError && no.answers.isEmpty && no.authorities.map(\.type) == [.soa])
    let record = Record(name: try Name("example.com"), type: .a, ttl: 60, data: [192, 0, 2, 1])
    let yes = try question.message(Self.served(.noError, question, [record]))
    #expect(yes.answers.map(\.type) == [.cname, .a])
    #expect(yes.answers.last?.dataText == "192.0.2.1")
  }
}
