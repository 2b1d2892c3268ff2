// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Testing

@Suite("resolv.conf(5) and the search list")
struct ResolverConfigurationTests {
  static let pod = ResolverConfiguration(
    parsing: """
      # a pod's
      nameserver 10.96.0.10
      search default.svc.cluster.local svc.cluster.local cluster.local
      options ndots:5 timeout:1
      """)

  @Test func parsing() throws {
    #expect(Self.pod.nameservers == [HostAddress("10.96.0.10")!])
    #expect(
      Self.pod.search.map(\.description) == ["default.svc.cluster.local.", "svc.cluster.local.", "cluster.local."])
    #expect(Self.pod.dots == 5)
  }

  @Test("The last search line holds, the first three servers count, nonsense is passed over")
  func rules() {
    let text = """
      ; comment
      nameserver
      nameserver fe80::1%eth0
      nameserver x
      nameserver ::1
      nameserver 1.1.1.1
      nameserver 2.2.2.2
      nameserver 3.3.3.3
      domain old.example
      search a.example .
      options ndots:99 ndots:x
      sortlist 1.2.3.4
      """
    let configuration = ResolverConfiguration(parsing: text)
    #expect(configuration.nameservers.map(\.description) == ["::1", "1.1.1.1", "2.2.2.2"])
    #expect(configuration.search.map(\.description) == ["a.example."])
    #expect(configuration.dots == 15)
    #expect(ResolverConfiguration(parsing: "") == ResolverConfiguration())
  }

  @Test("Names in the order in which they are asked for", arguments: [
    ("mysql-0.mysql", [
      "mysql-0.mysql.default.svc.cluster.local.", "mysql-0.mysql.svc.cluster.local.", "mysql-0.mysql.cluster.local.",
      "mysql-0.mysql.",
    ]),
    ("mysql.", ["mysql."]),
    ("a.b.c.d.e.f", [
      "a.b.c.d.e.f.", "a.b.c.d.e.f.default.svc.cluster.local.", "a.b.c.d.e.f.svc.cluster.local.",
      "a.b.c.d.e.f.cluster.local.",
    ]),
  ])
  func candidates(text: String, names: [String]) throws {
    #expect(try Self.pod.candidates(for: text).map(\.description) == names)
  }
}
