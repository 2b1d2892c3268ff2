// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

@Suite("The zone as a whole (RFC 5936): the same records that questions find")
struct ZoneTransferTests {
  static let cluster = Cluster(
    Cluster.settings,
    Cluster.namespace("default"), Cluster.namespace("empty"),
    Cluster.service(
      "web", ["clusterIPs": ["10.96.0.1", "fd00::1"], "ports": [["name": "http", "port": 80], ["port": 9]]]),
    Cluster.slice("web-1", of: "web", ports: [["name": "http", "port": 8080]], "10.0.0.1=a", "10.0.0.2"),
    Cluster.service("db", namespace: "prod", ["clusterIP": "None"]),
    Cluster.slice(
      "db-4", of: "db", namespace: "prod", ports: [["name": "mysql", "port": 3306], ["name": "x", "port": 33060]],
      "10.0.0.3=db-0", "10.0.0.4=db-1", "!10.0.0.5=db-2", "10.0.0.6", "10.0.0.7=twin", "10.0.0.8=twin"),
    Cluster.slice(
      "db-6", of: "db", namespace: "prod", family: "IPv6", ports: [["name": "mysql", "port": 3306]],
      "fd00::3=db-0", "fd00::4=db-1", "fd00::9"),
    // Two hosts with one address.
    Cluster.service("shared", ["clusterIP": "None"]),
    Cluster.slice(
      "shared", of: "shared", ports: [["name": "p", "port": 1, "protocol": "UDP"]], "10.0.1.1=a", "10.0.1.1=b"),
    Cluster.service("none-ready", ["clusterIP": "None"]),
    Cluster.slice("none-ready", of: "none-ready", "!10.0.2.1=a"),
    Cluster.service("away", ["type": "ExternalName", "externalName": "example.com"]),
    Cluster.service("broken", ["type": "ExternalName", "externalName": ""]))

  /// All messages of a transfer.
  static func transfer(_ snapshot: NameSnapshot, limit: Int) throws -> [Message] {
    var transfer = ZoneTransfer(snapshot)
    var messages: [Message] = []
    while !transfer.isDone {
      try #require(messages.count < 10_000)
      var buffer = MessageBuffer(capacity: limit)
      buffer.append(Message(id: 1, question: Question(name: snapshot.settings.zone, type: .axfr), edns: nil).encoded)
      var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: limit)
      transfer.write(into: &writer)
      writer.writeHeader(id: 1, flags: .authoritative, responseCode: .noError)
      let octets = writer.finish().octets
      try #require(octets.count <= limit)
      messages.append(try Message(parsing: octets))
      try #require(messages.last?.answers.isEmpty == false)
    }
    return messages
  }

  static let names: [String] = {
    let hosts = ["db-0", "db-1", "db-2", "10-0-0-6", "fd00--9", "twin"].map { "\($0).db.prod.svc" }
      + ["a", "10-0-0-2"].map { "\($0).web.default.svc" } + ["a", "b"].map { "\($0).shared.default.svc" }
    let ports = [
      "_mysql._tcp.db.prod.svc", "_x._tcp.db.prod.svc", "_http._tcp.web.default.svc", "_p._udp.shared.default.svc",
    ]
    let services = ["db.prod", "web.default", "shared.default", "none-ready.default", "away.default", "broken.default"]
    let others = ["dns-version", "ns.dns", "dns", "svc", "default.svc", "empty.svc", "pod"]
    return (hosts + ports + services.map { "\($0).svc" } + others).map { "\($0).cluster.local" } + ["cluster.local"]
  }()

  @Test("Every record that a question finds, and no other, in messages of any size", arguments: [512, 1000, 16_384])
  func complete(limit: Int) throws {
    let messages = try Self.transfer(Self.cluster.index.snapshot, limit: limit)
    var records = messages.flatMap(\.answers)
    #expect(records.first?.type == .soa && records.last?.type == .soa)
    #expect(records.first == records.last)
    records.removeLast()

    var expected: [String] = []
    for name in Self.names {
      for type in [RecordType.soa, .ns, .txt, .a, .aaaa, .srv, .cname] {
        let found = try Self.cluster.ask(name, type)
        // What stands behind a CNAME belongs to another name.
        expected += found.answers.filter { type == .cname || !$0.contains(" CNAME ") }
      }
    }
    #expect(expected.count > 40)
    #expect(records.map(\.description).sorted() == expected.sorted())
    #expect(limit > 512 || messages.count > 3)
  }

  @Test("A name with a CNAME has nothing else (RFC 1034 §3.6.2)")
  func alias() throws {
    let records = try Self.transfer(Self.cluster.index.snapshot, limit: 16_384).flatMap(\.answers)
    for alias in records where alias.type == .cname { #expect(records.count { $0.name == alias.name } == 1) }
    #expect(records.contains { $0.type == .cname })
  }

  @Test("A change while a transfer runs does not touch it")
  func consistent() throws {
    let cluster = Cluster(
      Cluster.settings, Cluster.service("db", ["clusterIP": "None"]),
      Cluster.slice("db", of: "db", "10.0.0.1=a"))
    let snapshot = cluster.index.snapshot
    let before = try Self.transfer(snapshot, limit: 512).flatMap(\.answers)
    var transfer = ZoneTransfer(snapshot)
    cluster.index.apply([.updated(Cluster.slice("db", of: "db", "10.0.0.2=a"))])
    var buffer = MessageBuffer(capacity: 16_384)
    buffer.append(Message(id: 1, question: Question(name: snapshot.settings.zone, type: .axfr), edns: nil).encoded)
    var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: 16_384)
    transfer.write(into: &writer)
    writer.writeHeader(id: 1, flags: [], responseCode: .noError)
    #expect(try Message(parsing: writer.finish().octets).answers == before)
    #expect(transfer.serial.rawValue + 1 == cluster.index.snapshot.serial)
  }

  @Test("A Service of 10,000 endpoints takes many messages and misses none")
  func large() throws {
    let endpoints = (0..<10_000).map { number -> JSONValue in
      let address = JSONValue.string("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
      return ["addresses": [address], "hostname": .string("db-\(number)")]
    }
    let slice = KubeObject(
      [
        "metadata": ["name": "db", "namespace": "default", "labels": ["kubernetes.io/service-name": "db"]],
        "addressType": "IPv4", "ports": [["name": "p", "port": 3306]], "endpoints": .array(endpoints),
      ], of: .endpointSlices)
    let cluster = Cluster(Cluster.settings, Cluster.service("db", ["clusterIP": "None"]), slice)
    let messages = try Self.transfer(cluster.index.snapshot, limit: 16_384)
    let counts = Dictionary(grouping: messages.flatMap(\.answers), by: \.type).mapValues(\.count)
    #expect(counts[.a] == 20_001 && counts[.srv] == 20_000 && counts[.soa] == 2)
  }
}
