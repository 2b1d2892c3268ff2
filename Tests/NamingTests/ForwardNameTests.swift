// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import Testing

/// The rows of the Kubernetes DNS specification 1.1.0, and those beside it, for names in the zone.
@Suite("Forward names")
struct ForwardNameTests {
  static let cluster = Cluster(
    Cluster.settings, synced: true,
    Cluster.namespace("default"), Cluster.namespace("empty"), Cluster.namespace("kube-system"),
    Cluster.service("web", [
      "clusterIP": "10.96.0.20", "clusterIPs": ["10.96.0.20"],
      "ports": [["name": "http", "port": 80], ["name": "dns", "port": 53, "protocol": "UDP"]],
    ]),
    Cluster.service("dual", [
      "clusterIPs": ["10.96.0.30", "fd00:96::30"], "ports": [["port": 443]],
    ]),
    Cluster.service("mysql", ["clusterIP": "None", "clusterIPs": ["None"], "ports": [["name": "mysql", "port": 3306]]]),
    Cluster.slice(
      "mysql-a", of: "mysql", ports: [["name": "mysql", "port": 3306, "protocol": "TCP"]],
      "10.244.0.7=mysql-0", "10.244.0.8=mysql-1", "!10.244.0.9=mysql-2"),
    Cluster.slice(
      "mysql-b", of: "mysql", ports: [["name": "mysql", "port": 3307, "protocol": "TCP"]],
      "10.244.0.10=mysql-3", "10.244.0.7=mysql-0"),
    Cluster.slice(
      "mysql-6", of: "mysql", family: "IPv6", ports: [["name": "mysql", "port": 3306, "protocol": "TCP"]],
      "fd00::7=mysql-0"),
    Cluster.service("plain", ["clusterIP": "None"]),
    Cluster.slice("plain-a", of: "plain", "10.244.1.1", "10.244.1.2"),
    Cluster.slice("plain-6", of: "plain", family: "IPv6", "fd00::1:0"),
    Cluster.service("shared", ["clusterIP": "None"]),
    Cluster.slice("shared-a", of: "shared", "10.244.2.1=pod", "10.244.2.2=pod", "10.244.2.3=pod"),
    Cluster.service("none", ["clusterIP": "None", "ports": [["name": "x", "port": 1]]]),
    Cluster.slice("none-a", of: "none", ports: [["name": "x", "port": 1]], "!10.244.3.1=none-0"),
    Cluster.service("eager", ["clusterIP": "None", "publishNotReadyAddresses": true]),
    Cluster.slice("eager-a", of: "eager", "!10.244.4.1=eager-0"),
    Cluster.service("away", ["type": "ExternalName", "externalName": "db.example.com"]),
    Cluster.service("alias", ["type": "ExternalName", "externalName": "web.default.svc.cluster.local"]),
    Cluster.service("broken", ["type": "ExternalName", "externalName": "gone.default.svc.cluster.local"]),
    Cluster.service("loop", ["type": "ExternalName", "externalName": "loop.default.svc.cluster.local"]),
    Cluster.service("ring-1", ["type": "ExternalName", "externalName": "ring-2.default.svc.cluster.local"]),
    Cluster.service("ring-2", ["type": "ExternalName", "externalName": "ring-1.default.svc.cluster.local"]),
    Cluster.slice("orphan-a", of: "orphan", "10.244.5.1"))

  static let soa =
    "cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1001 7200 1800 86400 5"

  @Test("Answers", arguments: [
    ("cluster.local", .ns, ["ns.dns.cluster.local."]),
    ("cluster.local", .soa, ["ns.dns.cluster.local. hostmaster.cluster.local. 1001 7200 1800 86400 5"]),
    ("dns-version.cluster.local", .txt, ["\"1.1.0\""]),
    ("ns.dns.cluster.local", .a, ["10.96.0.10"]),
    ("ns.dns.cluster.local", .aaaa, ["fd00::a"]),
    ("web.default.svc.cluster.local", .a, ["10.96.0.20"]),  // No endpoints: still there.
    ("dual.default.svc.cluster.local", .a, ["10.96.0.30"]),
    ("dual.default.svc.cluster.local", .aaaa, ["fd00:96::30"]),
    ("WEB.Default.SVC.cluster.LOCAL", .a, ["10.96.0.20"]),
    ("mysql.default.svc.cluster.local", .a, ["10.244.0.10", "10.244.0.7", "10.244.0.8"]),
    ("mysql.default.svc.cluster.local", .aaaa, ["fd00::7"]),
    ("mysql-0.mysql.default.svc.cluster.local", .a, ["10.244.0.7"]),
    ("mysql-0.mysql.default.svc.cluster.local", .aaaa, ["fd00::7"]),
    ("mysql-3.mysql.default.svc.cluster.local", .a, ["10.244.0.10"]),
    ("shared.default.svc.cluster.local", .a, ["10.244.2.1", "10.244.2.2", "10.244.2.3"]),
    ("pod.shared.default.svc.cluster.local", .a, ["10.244.2.1", "10.244.2.2", "10.244.2.3"]),
    ("plain.default.svc.cluster.local", .a, ["10.244.1.1", "10.244.1.2"]),
    ("10-244-1-2.plain.default.svc.cluster.local", .a, ["10.244.1.2"]),
    ("fd00--1-0.plain.default.svc.cluster.local", .aaaa, ["fd00::1:0"]),
    ("eager-0.eager.default.svc.cluster.local", .a, ["10.244.4.1"]),
    ("eager.default.svc.cluster.local", .a, ["10.244.4.1"]),
    ("_http._tcp.web.default.svc.cluster.local", .srv, ["0 0 80 web.default.svc.cluster.local."]),
    ("_dns._udp.web.default.svc.cluster.local", .srv, ["0 0 53 web.default.svc.cluster.local."]),
    ("web.default.svc.cluster.local", .srv,
      ["0 0 53 web.default.svc.cluster.local.", "0 0 80 web.default.svc.cluster.local."]),
    ("dual.default.svc.cluster.local", .srv, ["0 0 443 dual.default.svc.cluster.local."]),
    ("_mysql._tcp.mysql.default.svc.cluster.local", .srv, [
      "0 0 3306 mysql-0.mysql.default.svc.cluster.local.", "0 0 3306 mysql-1.mysql.default.svc.cluster.local.",
      "0 0 3307 mysql-0.mysql.default.svc.cluster.local.", "0 0 3307 mysql-3.mysql.default.svc.cluster.local.",
    ]),
    ("away.default.svc.cluster.local", .cname, ["db.example.com."]),
    ("away.default.svc.cluster.local", .txt, ["db.example.com."]),
    ("alias.default.svc.cluster.local", .a, ["10.96.0.20", "web.default.svc.cluster.local."]),
    ("10-244-0-7.default.pod.cluster.local", .a, ["10.244.0.7"]),
    ("fd00--7.default.pod.cluster.local", .aaaa, ["fd00::7"]),
    ("web.default.svc.cluster.local", .any, ["\"RFC8482\" \"\""]),
  ] as [(String, RecordType, [String])])
  func answers(name: String, type: RecordType, data: [String]) throws {
    let reply = try Self.cluster.ask(name, type)
    #expect(reply.resolution == .answered(.noError))
    #expect(reply.data.sorted() == data.sorted())
    #expect(reply.authorities.isEmpty)
    let owner = try Name(name).description
    #expect(reply.answers.contains { $0.hasPrefix(owner + " ") }, "the question's letter case is kept")
  }

  @Test("Names that exist without such records: NODATA, with the SOA", arguments: [
    ("cluster.local", .a), ("cluster.local", .txt), ("svc.cluster.local", .a), ("dns.cluster.local", .a),
    ("pod.cluster.local", .a), ("default.svc.cluster.local", .a), ("empty.svc.cluster.local", .any),
    ("default.pod.cluster.local", .a), ("web.default.svc.cluster.local", .aaaa),
    ("_tcp.web.default.svc.cluster.local", .srv), ("_udp.web.default.svc.cluster.local", .a),
    ("_http._tcp.web.default.svc.cluster.local", .a), ("mysql-1.mysql.default.svc.cluster.local", .aaaa),
    ("10-244-0-7.default.pod.cluster.local", .aaaa), ("dns-version.cluster.local", .a),
    ("away.default.svc.cluster.local", .soa), ("ns.dns.cluster.local", .txt),
  ] as [(String, RecordType)])
  func noData(name: String, type: RecordType) throws {
    let reply = try Self.cluster.ask(name, type)
    if name.hasPrefix("away") {  // A CNAME answers every type but itself.
      #expect(reply.data == ["db.example.com."])
      return
    }
    #expect(reply.resolution == .answered(.noError))
    #expect(reply.answers.isEmpty)
    #expect(reply.authorities == [Self.soa])
  }

  @Test("Names that do not exist, and have nothing below: NXDOMAIN, with the SOA", arguments: [
    "nothing.cluster.local", "nowhere.svc.cluster.local", "x.default.svc.cluster.local",
    "web.nowhere.svc.cluster.local",
    "none.default.svc.cluster.local", "none-0.none.default.svc.cluster.local", "_x._tcp.none.default.svc.cluster.local",
    "mysql-2.mysql.default.svc.cluster.local", "mysql-9.mysql.default.svc.cluster.local",
    "_http._udp.web.default.svc.cluster.local", "_https._tcp.web.default.svc.cluster.local",
    "__tcp.dual.default.svc.cluster.local", "_tcp.dual.default.svc.cluster.local", "x.web.default.svc.cluster.local",
    "a.mysql-0.mysql.default.svc.cluster.local", "10-244-0-7.nowhere.pod.cluster.local", "x.default.pod.cluster.local",
    "nowhere.pod.cluster.local", "a.10-244-0-7.default.pod.cluster.local", "orphan.default.svc.cluster.local",
    "x.ns.dns.cluster.local", "x.dns-version.cluster.local", "10-244-0-7.mysql.default.svc.cluster.local",
  ])
  func missing(name: String) throws {
    for type in [RecordType.a, .aaaa, .srv, .soa, .any] {
      let reply = try Self.cluster.ask(name, type)
      #expect(reply.resolution == .answered(.nameError))
      #expect(reply.answers.isEmpty)
      #expect(reply.authorities == [Self.soa])
    }
  }

  @Test("TTLs: five seconds, eight hours for the version")
  func ttl() throws {
    let address = try Self.cluster.ask("web.default.svc.cluster.local")
    #expect(address.answers == ["web.default.svc.cluster.local. 5 IN A 10.96.0.20"])
    let version = try Self.cluster.ask("dns-version.cluster.local", .txt)
    #expect(version.answers == ["dns-version.cluster.local. 28800 IN TXT \"1.1.0\""])
  }

  @Test("SRV brings the addresses of its targets, once each")
  func glue() throws {
    #expect(try Self.cluster.ask("_http._tcp.web.default.svc.cluster.local", .srv).additionals == [
      "web.default.svc.cluster.local. 5 IN A 10.96.0.20"
    ])
    for random in [0, 1 << 30, 1 << 31, UInt32.max] {
      let reply = try Self.cluster.ask("mysql.default.svc.cluster.local", .srv, random: random)
      #expect(reply.additionals == [
        "mysql-0.mysql.default.svc.cluster.local. 5 IN A 10.244.0.7",
        "mysql-0.mysql.default.svc.cluster.local. 5 IN AAAA fd00::7",
        "mysql-1.mysql.default.svc.cluster.local. 5 IN A 10.244.0.8",
        "mysql-3.mysql.default.svc.cluster.local. 5 IN A 10.244.0.10",
      ])
    }
    #expect(try Self.cluster.ask("cluster.local", .ns).additionals == [
      "ns.dns.cluster.local. 5 IN A 10.96.0.10", "ns.dns.cluster.local. 5 IN AAAA fd00::a",
    ])
  }

  @Test("ExternalName: the chain inside the zone, and where it leaves it")
  func chains() throws {
    let outside = try Self.cluster.ask("away.default.svc.cluster.local", .a)
    #expect(outside.resolution == .alias(try Name("db.example.com")))
    #expect(outside.answers == ["away.default.svc.cluster.local. 5 IN CNAME db.example.com."])

    let broken = try Self.cluster.ask("broken.default.svc.cluster.local", .a)
    #expect(broken.resolution == .answered(.nameError))
    #expect(broken.data == ["gone.default.svc.cluster.local."])  // The CNAME is kept.
    #expect(broken.authorities == [Self.soa])

    let noFamily = try Self.cluster.ask("alias.default.svc.cluster.local", .aaaa)
    #expect(noFamily.resolution == .answered(.noError))
    #expect(noFamily.data == ["web.default.svc.cluster.local."])
    #expect(noFamily.authorities == [Self.soa])

    let loop = try Self.cluster.ask("loop.default.svc.cluster.local", .a)
    #expect(loop.resolution == .answered(.serverFailure))
    // Every link is told once.
    #expect(loop.data == ["loop.default.svc.cluster.local."])
    let ring = try Self.cluster.ask("Ring-1.default.svc.cluster.local", .aaaa)
    #expect(ring.resolution == .answered(.serverFailure))
    #expect(ring.data == ["ring-2.default.svc.cluster.local.", "ring-1.default.svc.cluster.local."])
  }

  @Test("Transfers are for allowed peers, and there are none", arguments: [RecordType.axfr, .ixfr])
  func transfers(type: RecordType) throws {
    #expect(try Self.cluster.ask("cluster.local", type).resolution == .answered(.refused))
  }

  @Test(arguments: ["example.com", "local", ".", "xcluster.local", "web.default.svc.cluster.local.example.com"])
  func notOurs(name: String) throws {
    #expect(try Self.cluster.ask(name).resolution == .notOurs)
  }
}
