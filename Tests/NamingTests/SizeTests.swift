// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

@Suite("Answers that are larger than the client takes")
struct SizeTests {
  static let cluster: Cluster = {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("big", ["clusterIP": "None"]),
      Cluster.service("few", ["clusterIP": "None"]),
      Cluster.slice(
        "few", of: "few", ports: [["name": "p", "port": 1, "protocol": "TCP"]],
        "10.1.0.1=a", "10.1.0.2=b", "10.1.0.3=c"))
    for slice in 0..<40 {
      var root = Cluster.slice("big-\(slice)", of: "big", ports: [["name": "p", "port": 1, "protocol": "TCP"]]).root
      root["endpoints"] = .array((0..<100).map { number in
        ["addresses": [.string("10.2.\(slice).\(number)")], "hostname": .string("h\(slice * 100 + number)")]
      })
      cluster.index.apply([.updated(KubeObject(root, of: .endpointSlices))])
    }
    return cluster
  }()

  static let big = "big.default.svc.cluster.local"

  @Test("TCP takes 4,000 addresses whole")
  func whole() throws {
    let reply = try Self.cluster.ask(Self.big)
    #expect(reply.answers.count == 4000)
    #expect(!reply.isTruncated)
  }

  @Test("UDP takes what fits, whole records, another part each time", arguments: [512, 1232, 4096])
  func subset(limit: Int) throws {
    var seen: Set<String> = []
    for step in 0..<200 {
      let reply = try Self.cluster.ask(Self.big, limit: limit, random: UInt32(step) << 24)
      #expect(reply.isTruncated)
      #expect(reply.size <= limit && reply.size > limit - 16)
      seen.formUnion(reply.data)
    }
    #expect(seen.count > 3 * (limit / 16))
  }

  @Test("Glue goes first, and without TC")
  func glueFirst() throws {
    let name = "_p._tcp.few.default.svc.cluster.local"
    let whole = try Self.cluster.ask(name, .srv)
    #expect(whole.answers.count == 3 && whole.additionals.count == 3)
    for limit in stride(from: whole.size - 1, to: 60, by: -1) {
      let reply = try Self.cluster.ask(name, .srv, limit: limit)
      #expect(reply.size <= limit)
      #expect(reply.isTruncated == (reply.answers.count < 3))
      #expect(reply.additionals.isEmpty || reply.answers.count == 3)
    }
  }

  @Test("Glue beyond the reach of a compression pointer has its owner in full")
  func farGlue() throws {
    let reply = try Self.cluster.ask(Self.big, .srv)
    #expect(reply.isTruncated)  // 4,000 SRV records are more than 64 KiB.
    let medium = Cluster(
      Cluster.settings, synced: true, Cluster.service("medium", ["clusterIP": "None"]))
    var root = Cluster.slice("m", of: "medium", ports: [["name": "p", "port": 1, "protocol": "TCP"]]).root
    root["endpoints"] = .array((0..<500).map { number in
      ["addresses": [.string("10.3.\(number >> 8).\(number & 255)")], "hostname": .string("h\(number)")]
    })
    medium.index.apply([.updated(KubeObject(root, of: .endpointSlices))])
    let whole = try medium.ask("medium.default.svc.cluster.local", .srv)
    #expect(whole.answers.count == 500 && whole.additionals.count == 500)
    #expect(Set(whole.additionals).contains("h499.medium.default.svc.cluster.local. 5 IN A 10.3.1.243"))
    #expect(Set(whole.additionals).contains("h0.medium.default.svc.cluster.local. 5 IN A 10.3.0.0"))
  }

  @Test("The first of several addresses differs from question to question")
  func rotation() throws {
    var first: Set<String> = []
    for random in stride(from: 0, to: UInt32.max - (1 << 28), by: 1 << 28) {
      let name = try Name("few.default.svc.cluster.local")
      var buffer = MessageBuffer(capacity: 512)
      buffer.append(Message(id: 1, question: Question(name: name, type: .a), edns: nil).encoded)
      var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: 512)
      _ = Self.cluster.index.snapshot.answer(QueryName(name), .a, into: &writer, random: random)
      writer.writeHeader(id: 1, flags: [], responseCode: .noError)
      let message = try Message(parsing: writer.finish().octets)
      #expect(Set(message.answers.map(\.dataText)).count == 3)
      first.insert(message.answers[0].dataText)
    }
    #expect(first == ["10.1.0.1", "10.1.0.2", "10.1.0.3"])
  }
}
