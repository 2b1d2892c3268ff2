// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Testing

/// Real resolvers' tools as clients: Debian's `dig` (bind9-dnsutils) and `kdig` (knot-dnsutils).
@Suite("dig and kdig", .timeLimit(.minutes(1)))
struct DigTests {
  /// What is asked, and the lines of the answer in order of text.
  static let answers: [([String], [String])] = [
    (["mysql.default.svc.cluster.local", "A"], ["10.244.0.7", "10.244.0.8", "10.244.0.9"]),
    (["mysql-1.mysql.default.svc.cluster.local", "A"], ["10.244.0.8"]),
    (["_http._tcp.web.default.svc.cluster.local", "SRV"], ["0 0 80 web.default.svc.cluster.local."]),
    (["-x", "10.244.0.9"], ["mysql-2.mysql.default.svc.cluster.local."]),
    (["dns-version.cluster.local", "TXT"], ["\"1.1.0\""]),
    (["cluster.local", "NS"], ["ns.dns.cluster.local."]),
    (["nothing.default.svc.cluster.local", "A"], []),
    (["big.default.svc.cluster.local", "A"], (0..<300).map { "10.245.\($0 >> 8).\($0 & 255)" }.sorted()),
  ]

  @Test("Short answers", arguments: ["dig", "kdig"], ["+noignore", "+tcp"])
  func short(program: String, transport: String) async throws {
    try await withServer { server in
      let common = ["@\(server.address)", "-p", "\(server.port)", "+short", "+retry=0", "+timeout=5", transport]
      for (words, expected) in Self.answers {
        let text = try await output(of: program, common + words)
        // kdig says in a comment that it goes on over TCP.
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix(";;") }
        #expect(lines.map(String.init).sorted() == expected)
      }
    }
  }

  @Test("Status, flags and sections as dig reads them", arguments: [
    (["x.default.svc.cluster.local"],
      ["status: NXDOMAIN", "flags: qr aa rd;", "SOA\tns.dns.cluster.local. hostmaster"]),
    (["default.svc.cluster.local"], ["status: NOERROR", "ANSWER: 0, AUTHORITY: 1"]),
    (["example.com"], ["status: REFUSED"]),
    (["CH", "TXT", "version.bind"], ["status: REFUSED"]),
    (["+edns=1", "+noednsneg", "web.default.svc.cluster.local"], ["status: BADVERS", "EDNS: version: 0"]),
    (["+opcode=2", "web.default.svc.cluster.local"], ["status: NOTIMP"]),
    (["+header-only"], ["status: FORMERR"]),
    (["+ignore", "+noedns", "+notcp", "big.default.svc.cluster.local"], ["flags: qr aa tc rd;"]),
    (["ANY", "+notcp", "web.default.svc.cluster.local"], ["HINFO\t\"RFC8482\" \"\""]),
    (["+bufsize=4096", "web.default.svc.cluster.local"], ["udp: 1232", "10.96.0.20"]),
    (["+notcp", "AXFR", "cluster.local"], ["Transfer failed"]),
  ])
  func details(words: [String], expected: [String]) async throws {
    try await withServer { server in
      let text = try await output(
        of: "dig", ["@\(server.address)", "-p", "\(server.port)", "+retry=0", "+timeout=5", "+nocookie"] + words)
      for part in expected { #expect(text.contains(part), "\(text)") }
      #expect(!text.contains("malformed") && !text.contains("extra bytes"))
    }
  }
}
