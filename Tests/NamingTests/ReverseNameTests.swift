// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import Testing

@Suite("Reverse names")
struct ReverseNameTests {
  static let objects: [KubeObject] = [
    Cluster.service("web", ["clusterIPs": ["10.96.0.20", "fd00:96::20"], "ports": [["port": 80]]]),
    Cluster.slice("web-a", of: "web", "10.244.0.7", "10.244.0.20"),
    Cluster.service("mysql", ["clusterIP": "None"]),
    Cluster.slice("mysql-a", of: "mysql", "10.244.0.7=mysql-0", "!10.244.0.8=mysql-1"),
    Cluster.service("second", ["clusterIP": "None"]),
    Cluster.slice("second-a", of: "second", "10.244.0.20"),
  ]

  static func cluster(_ change: (inout NamingSettings) -> Void = { _ in }) -> Cluster {
    var settings = Cluster.settings
    change(&settings)
    let cluster = Cluster(settings, synced: false)
    cluster.index.apply(objects.map { .updated($0) } + [.synced])
    return cluster
  }

  @Test(arguments: [
    ("10.96.0.20", ["web.default.svc.cluster.local."]),
    ("fd00:96::20", ["web.default.svc.cluster.local."]),
    ("10.244.0.7", ["mysql-0.mysql.default.svc.cluster.local."]),  // The one with a hostname alone.
    ("10.244.0.20", ["10-244-0-20.second.default.svc.cluster.local.", "10-244-0-20.web.default.svc.cluster.local."]),
  ])
  func names(address: String, names: [String]) throws {
    let name = HostAddress(address)!.reverseName
    let reply = try Self.cluster().ask(name.description, .ptr)
    #expect(reply.resolution == .answered(.noError))
    #expect(reply.data == names)
    #expect(try Self.cluster().ask(name.description, .a).answers.isEmpty)
    #expect(try Self.cluster().ask(name.description, .a).authorities.count == 1)
  }

  @Test("An option gives all names of an address")
  func all() throws {
    let reply = try Self.cluster { $0.givesAllReverseNames = true }.ask("7.0.244.10.in-addr.arpa", .ptr)
    #expect(reply.data == ["10-244-0-7.web.default.svc.cluster.local.", "mysql-0.mysql.default.svc.cluster.local."])
  }

  @Test("What is no Service's is left to other servers", arguments: [
    "8.0.244.10.in-addr.arpa", "1.2.0.192.in-addr.arpa", "0.244.10.in-addr.arpa", "in-addr.arpa", "x.ip6.arpa",
  ])
  func others(name: String) throws {
    #expect(try Self.cluster().ask(name, .ptr).resolution == .notOurs)
  }

  @Test func off() throws {
    #expect(try Self.cluster { $0.answersReverse = false }.ask("20.0.96.10.in-addr.arpa", .ptr).resolution == .notOurs)
  }

  @Test("Before the first sync nothing is given away")
  func notSynced() throws {
    let cluster = Cluster(Cluster.settings, synced: false)
    #expect(try cluster.ask("20.0.96.10.in-addr.arpa", .ptr).resolution == .answered(.serverFailure))
  }
}
