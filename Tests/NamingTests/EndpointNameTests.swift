// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// What endpoints of all kinds become.
@Suite("Endpoints and their names")
struct EndpointNameTests {
  /// A slice with its endpoints as they are written, conditions and all.
  static func slice(
    _ name: String, of service: String?, namespace: String = "default", family: String = "IPv4",
    ports: JSONValue = .null, _ endpoints: JSONValue...
  ) -> KubeObject {
    var metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace)]
    if let service { metadata["labels"] = ["kubernetes.io/service-name": .string(service)] }
    return KubeObject(
      [
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": .string(family),
        "metadata": metadata, "ports": ports, "endpoints": .array(endpoints),
      ], of: .endpointSlices)
  }

  static let headless: JSONValue = ["clusterIP": "None", "clusterIPs": ["None"]]

  @Test("Ready, absent, terminating and serving: only ready counts", arguments: [
    (["ready": true], true), (["ready": false], false), ([:], true), (.null, true),
    (["ready": false, "serving": true, "terminating": true], false),
    (["ready": true, "serving": true, "terminating": false], true), (["serving": false], true),
  ] as [(JSONValue, Bool)])
  func conditions(conditions: JSONValue, isNamed: Bool) throws {
    for publishes in [false, true] {
      var spec = Self.headless
      spec["publishNotReadyAddresses"] = .bool(publishes)
      let cluster = Cluster(
        Cluster.settings, synced: true, Cluster.service("db", spec),
        Self.slice("a", of: "db", ["addresses": ["10.0.0.1"], "hostname": "db-0", "conditions": conditions]))
      for name in ["db", "db-0.db"] {
        let reply = try cluster.ask("\(name).default.svc.cluster.local")
        #expect(reply.data == (isNamed || publishes ? ["10.0.0.1"] : []))
        #expect(reply.resolution == .answered(isNamed || publishes ? .noError : .nameError))
      }
      let owner = try cluster.ask("1.0.0.10.in-addr.arpa", .ptr)
      #expect(owner.data == (isNamed || publishes ? ["db-0.db.default.svc.cluster.local."] : []))
    }
  }

  @Test("Slices that users write: several ports, none, a null port, no label, type FQDN, bad addresses")
  func written() throws {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("db", Self.headless),
      Self.slice(
        "a", of: "db", ports: [["name": "sql", "port": 1], ["name": "Admin", "port": 2, "protocol": "UDP"]],
        ["addresses": ["10.0.0.1", "10.0.0.2", "10.0.0.1"], "hostname": "Pair"]),
      Self.slice("b", of: "db", ["addresses": ["10.0.0.3"]]),
      Self.slice("c", of: "db", ports: [["name": "any"]], ["addresses": ["10.0.0.4"], "hostname": "all"]),
      Self.slice("d", of: nil, ["addresses": ["10.0.0.5"]]),
      Self.slice("e", of: "db", family: "FQDN", ["addresses": ["db.example.com"]]),
      Self.slice("f", of: "db", ["addresses": ["10.0.0.006"]], ["addresses": []]))
    #expect(try cluster.ask("db.default.svc.cluster.local").data == ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"])
    #expect(try cluster.ask("pair.db.default.svc.cluster.local").data == ["10.0.0.1", "10.0.0.2"])
    #expect(try cluster.ask("10-0-0-3.db.default.svc.cluster.local").data == ["10.0.0.3"])
    #expect(try cluster.ask("10-0-0-1.db.default.svc.cluster.local").resolution == .answered(.nameError))
    #expect(try cluster.ask("_admin._udp.db.default.svc.cluster.local", .srv).data == [
      "0 0 2 pair.db.default.svc.cluster.local."
    ])
    #expect(try cluster.ask("_any._tcp.db.default.svc.cluster.local", .srv).resolution == .answered(.nameError))
    #expect(try cluster.ask("db.default.svc.cluster.local", .srv).data.count == 2)
  }

  @Test("A port of the same number over two transports: one record at the Service's name, one at each port's")
  func sharedNumber() throws {
    let ports: JSONValue = [
      ["name": "dns", "port": 53, "protocol": "UDP"], ["name": "dns-tcp", "port": 53, "protocol": "TCP"],
      ["port": 9153],
    ]
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("dns", Self.headless),
      Self.slice("a", of: "dns", ports: ports, ["addresses": ["10.0.0.1"], "hostname": "a"],
        ["addresses": ["10.0.0.2"], "hostname": "b"]))
    let own = try cluster.ask("dns.default.svc.cluster.local", .srv)
    #expect(own.data.count == 4)
    #expect(own.additionals.count == 2)
    for name in ["_dns._udp", "_dns-tcp._tcp"] {
      #expect(try cluster.ask("\(name).dns.default.svc.cluster.local", .srv).data == [
        "0 0 53 a.dns.default.svc.cluster.local.", "0 0 53 b.dns.default.svc.cluster.local.",
      ])
    }
    for random in stride(from: 0 as UInt32, to: .max - (1 << 27), by: 1 << 27) {
      let reply = try cluster.ask("dns.default.svc.cluster.local", .srv, random: random)
      #expect(reply.data == own.data && reply.additionals == own.additionals)
    }
  }

  @Test("One address under two hostnames, two under one, and the same in two slices: once each")
  func duplicates() throws {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("db", Self.headless),
      Self.slice(
        "a", of: "db", ["addresses": ["10.0.0.1"], "hostname": "x"], ["addresses": ["10.0.0.1"], "hostname": "y"],
        ["addresses": ["10.0.0.2"], "hostname": "x"]),
      Self.slice("b", of: "db", ["addresses": ["10.0.0.2"], "hostname": "x"], ["addresses": ["10.0.0.1"]]))
    #expect(try cluster.ask("db.default.svc.cluster.local").data == ["10.0.0.1", "10.0.0.2"])
    #expect(try cluster.ask("x.db.default.svc.cluster.local").data == ["10.0.0.1", "10.0.0.2"])
    #expect(try cluster.ask("y.db.default.svc.cluster.local").data == ["10.0.0.1"])
    #expect(try cluster.ask("10-0-0-1.db.default.svc.cluster.local").data == ["10.0.0.1"])
    #expect(try cluster.ask("1.0.0.10.in-addr.arpa", .ptr).data == [
      "x.db.default.svc.cluster.local.", "y.db.default.svc.cluster.local.",
    ])
  }

  @Test("ExternalName: eight links are followed, the ninth is not")
  func chain() throws {
    let cluster = Cluster(Cluster.settings, synced: true, Cluster.service("a0", ["clusterIP": "10.96.0.1"]))
    for link in 1...9 {
      let target = JSONValue.string("A\(link - 1).default.svc.cluster.local")
      cluster.index.apply([
        .updated(Cluster.service("a\(link)", ["type": "ExternalName", "externalName": target]))
      ])
    }
    let eight = try cluster.ask("a8.default.svc.cluster.local")
    #expect(eight.resolution == .answered(.noError))
    #expect(eight.answers.count == 9 && eight.answers.contains("A0.default.svc.cluster.local. 5 IN A 10.96.0.1"))
    #expect(try cluster.ask("a9.default.svc.cluster.local").resolution == .answered(.serverFailure))
  }

  @Test("Octets that only look alike: a dot inside a label, a longer name, other octets", arguments: [
    "web\\.default.svc.cluster.local", "web.default\\.svc.cluster.local", "we\\000.default.svc.cluster.local",
    "w\\005b.default.svc.cluster.local", "web.default.svc\\.cluster.local", "`eb.default.svc.cluster.local",
    "{web.default.svc.cluster.local", "\\215EB.default.svc.cluster.local",
  ])
  func lookalikes(name: String) throws {
    let cluster = Cluster(
      Cluster.settings, synced: true, Cluster.service("web", ["clusterIP": "10.96.0.20"]),
      Cluster.service("@eb", ["clusterIP": "10.96.0.21"]), Cluster.service("[web", ["clusterIP": "10.96.0.22"]))
    #expect(try cluster.ask(name).answers.isEmpty)
  }

  @Test("A namespace stays while its object or a Service is there")
  func namespaces() throws {
    let cluster = Cluster(Cluster.settings, synced: true, Cluster.namespace("a"), Cluster.service(
      "web", namespace: "a", ["clusterIP": "10.96.0.20"]))
    let exists = { try cluster.ask("a.svc.cluster.local").resolution == .answered(.noError) }
    cluster.index.apply([.deleted(Cluster.namespace("a"))])
    #expect(try exists())
    #expect(try cluster.ask("1-2-3-4.a.pod.cluster.local").data == ["1.2.3.4"])
    cluster.index.apply([.updated(Cluster.namespace("a"))])
    cluster.index.apply([.deleted(Cluster.service("web", namespace: "a", [:]))])
    #expect(try exists())
    cluster.index.apply([.deleted(Cluster.namespace("a"))])
    #expect(try !exists())
    #expect(try cluster.ask("1-2-3-4.a.pod.cluster.local").resolution == .answered(.nameError))
  }

  @Test("Many hosts with one address, each told twice: it stands once under each name")
  func sharedAddresses() throws {
    let cluster = Cluster(Cluster.settings, synced: true, Cluster.service("db", Self.headless))
    func slice(_ name: String) -> NameChange {
      .slice(namespace: "default", name: name, SliceFacts(service: "db") { list in
        for host in 0..<2000 {
          let addresses = ["10.0.0.1", "10.0.0.2", "10.1.\(host >> 8).\(host & 255)"].compactMap { HostAddress($0) }
          list.append(host % 2 == 0 ? addresses : addresses.reversed(), hostname: "h\(host)", isReady: true)
        }
      })
    }
    cluster.index.apply(facts: [slice("a"), slice("b")])
    #expect(cluster.index.snapshot.addressCount == 2002)
    for (host, own) in [(0, "10.1.0.0"), (1, "10.1.0.1"), (1999, "10.1.7.207")] {
      let data = try cluster.ask("h\(host).db.default.svc.cluster.local").data
      #expect(data.count == 3 && Set(data) == ["10.0.0.1", "10.0.0.2", own])
    }
  }

  @Test("A Service of more than 64 KiB: hosts, reverse names and SRV as in a small one")
  func large() throws {
    let cluster = Cluster(Cluster.settings, synced: true, Cluster.service("big", Self.headless))
    let port = ServiceFacts.Port(name: "p", transport: "TCP", number: 1)
    func slice(_ number: Int, isReady: Bool = true) -> NameChange {
      .slice(namespace: "default", name: "big-\(number)", SliceFacts(service: "big", ports: [port]) { list in
        for endpoint in 0..<100 {
          let address = HostAddress(ipv4: 0x0A00_0000 + UInt32(number * 100 + endpoint))
          list.append([address], hostname: "endpoint-\(number * 100 + endpoint)", isReady: isReady)
        }
      })
    }
    cluster.index.apply(facts: (0..<100).map { slice($0) })
    for number in [0, 1, 4999, 9998, 9999] {
      let name = "endpoint-\(number).big.default.svc.cluster.local"
      let address = HostAddress(ipv4: 0x0A00_0000 + UInt32(number))
      #expect(try cluster.ask(name).data == [address.description])
      #expect(try cluster.ask(address.reverseName.description, .ptr).data == [name + "."])
    }
    #expect(try cluster.ask("endpoint-10000.big.default.svc.cluster.local").resolution == .answered(.nameError))
    #expect(try cluster.ask("_p._tcp.big.default.svc.cluster.local", .srv).isTruncated)
    cluster.index.apply(facts: [slice(7, isReady: false)])
    #expect(try cluster.ask("endpoint-700.big.default.svc.cluster.local").resolution == .answered(.nameError))
    #expect(try cluster.ask("endpoint-800.big.default.svc.cluster.local").data == ["10.0.3.32"])
    #expect(cluster.index.snapshot.addressCount == 9900)
  }
}
