// SPDX-License-Identifier: Apache-2.0
import Naming
import Testing

@testable import DNSConfiguration

@Suite("Settings that cannot be, or that have no effect")
struct NonsenseTests {
  private static func problems(_ words: String) throws -> String {
    try ConfigurationTests.problems(words.split(separator: " ").map(String.init))
  }

  private static let hostName = "a domain of letters, digits and -, such as cluster.local"
  private static let notReverse = "a domain that is no reverse zone; for those there is reverse"
  /// With two characters less than there may be.
  private static let long = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b"

  @Test("a zone is a domain of host name labels, no reverse zone, and leaves room for names", arguments: [
    ("k8s.Example.", nil), ("home.arpa", nil), ("local", nil), ("\(long).c", nil),
    ("a b", "found \"a b\"; allowed: \(hostName)"),
    ("a_b.local", "found \"a_b.local\"; allowed: \(hostName)"),
    ("a\\.b", "found \"a\\.b\"; allowed: \(hostName)"),
    ("-a", "found \"-a\"; allowed: \(hostName)"),
    ("in-addr.arpa", "found \"in-addr.arpa\"; allowed: \(notReverse)"),
    ("8.b.d.ip6.ARPA", "found \"8.b.d.ip6.ARPA\"; allowed: \(notReverse)"),
    ("arpa", "found \"arpa\"; allowed: \(notReverse)"),
    ("\(long).cd", "found 58 characters; allowed: at most 57, so that all names below fit into 255 octets"),
  ] as [(String, String?)])
  func zones(zone: String, message: String?) throws {
    #expect(try ConfigurationTests.problems(["--zone", zone]) == message.map { "--zone: \($0)" } ?? "")
  }

  @Test("a server is reached at an address of its own", arguments: [
    "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::fb",
  ])
  func serverAddresses(address: String) throws {
    #expect(
      try Self.problems("--server-addresses 10.96.0.10,\(address)")
        == "--server-addresses: found \"\(address)\"; allowed: addresses that clients can ask, such as 10.96.0.10")
  }

  @Test("nothing listens on an address of many", arguments: [
    ("--listen 224.0.0.1:53", "224.0.0.1:53"), ("--http-listen [ff02::1]:80", "[ff02::1]:80"),
    ("--metrics 255.255.255.255:9153", "255.255.255.255:9153"),
  ])
  func multicast(words: String, place: String) throws {
    let problems = try Self.problems(words)
    #expect(problems.hasSuffix("found \"\(place)\"; allowed: an address of this machine, not one of many"))
  }

  @Test("a place is named once", arguments: [
    ("--listen 10.0.0.1:54,10.0.0.1:54", "listen: the settings name 10.0.0.1:54 twice"),
    ("--listen :54,10.0.0.1:54", "listen: the settings name 10.0.0.1:54 twice, since :54 holds it too"),
    ("--listen [fd00::1]:54,[::]:54", "listen: the settings name [fd00::1]:54 twice, since [::]:54 holds it too"),
    ("--listen 10.0.0.1:54 --metrics 10.0.0.1:54", "listen and metrics: the settings name 10.0.0.1:54 twice"),
    ("--listen 10.0.0.1:8080", "listen and health: the settings name 10.0.0.1:8080 twice, since :8080 holds it too"),
    ("--listen 10.0.0.1:54 --http-listen 10.0.0.1:54", "listen and http.listen: the settings name 10.0.0.1:54 twice"),
    (
      "--metrics :99 --health 127.0.0.1:99",
      "metrics and health: the settings name 127.0.0.1:99 twice, since :99 holds it too"
    ),
    ("--metrics :99 --health :99 --ready :99", nil), ("--listen 127.0.0.1:0,127.0.0.1:0 --metrics :0", nil),
    ("--listen 0.0.0.0:54,[::]:54", nil), ("--listen 10.0.0.1:54,10.0.0.2:54,10.0.0.1:55", nil),
  ] as [(String, String?)])
  func places(words: String, message: String?) throws {
    #expect(try Self.problems(words) == message.map { "settings: \($0)" } ?? "")
  }

  @Test("settings that need another one, or have no effect beside it", arguments: [
    ("--cookies-enabled false --cookies-required true", "cookies.required needs cookies.enabled"),
    ("--cookies-enabled false", nil),
    // The deadline ends a try that may take longer.
    ("--forward-timeout 6000", nil), ("--forward-deadline 1000", nil),
    ("--zone k8s.example --forward-domains=EXAMPLE_10.0.0.1", nil),
    (
      "--zone k8s.example --forward-domains=K8s.Example_10.0.0.1",
      "forward.domains: names of K8s.Example. are never forwarded, since k8s.example. is the zone that is served; take "
        + "it away"
    ),
    ("--forward-domains=a.svc.cluster.local_refuse", nil),
  ] as [(String, String?)])
  func together(words: String, message: String?) throws {
    let arguments = words.split(separator: " ").map { String($0).replacing("_", with: " ") }
    #expect(try ConfigurationTests.problems(arguments) == message.map { "settings: \($0)" } ?? "")
  }

  @Test("a block whose members are all comments is empty")
  func emptyBlock() throws {
    try ConfigurationTests.withFile("forward:\n  # upstreams: [10.0.0.1]\nttl: 7\nforwarding:\n") { file in
      let problems = try ConfigurationTests.problems(["--config", file])
      #expect(problems.hasPrefix("\(file):4: forwarding: unknown setting"), "\(problems)")
    }
    try ConfigurationTests.withFile("forward:\n  # upstreams: [10.0.0.1]\nttl: 7\n") { file in
      let loaded = try ConfigurationTests.load(["--config", file])
      #expect(loaded.configuration.naming.ttl == 7)
    }
  }
}
