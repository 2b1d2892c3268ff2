// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSConfiguration

@Suite("Forwards out of a Corefile: one set of options, a route for each domain")
struct CorefileForwardTests {
  private static let cluster = "kubernetes cluster.local in-addr.arpa ip6.arpa {\n fallthrough in-addr.arpa ip6.arpa\n}"

  /// A Corefile of these blocks, the first with the names of the cluster unless `.` is said otherwise.
  private static func convert(_ blocks: String...) throws -> CorefileTests.Outcome {
    let machines = "health\n ready\n prometheus :9153\n cache 30"
    return try CorefileTests.convert(
      blocks.joined(separator: "\n").replacing("NAMES", with: "\(cluster)\n \(machines)"))
  }

  private static let general = ".:53 {\n NAMES\n forward . 10.9.9.9 10.9.9.8 {\n policy sequential\n }\n}"
  private static let stub = """
    corp.example:53 {
     forward . 10.0.0.1 10.0.0.2 {
      force_tcp
      max_fails 0
      policy round_robin
     }
    }
    """

  @Test("the options for all names count, in whatever order, and each difference is named", arguments: [true, false])
  func order(isGeneralFirst: Bool) throws {
    let outcome = try isGeneralFirst ? Self.convert(Self.general, Self.stub) : Self.convert(Self.stub, Self.general)
    #expect(outcome.settings["forward.upstreams"] == "10.9.9.9, 10.9.9.8")
    #expect(outcome.settings["forward.domains"] == "corp.example 10.0.0.1 10.0.0.2")
    #expect(outcome.settings["forward.policy"] == "sequential")
    #expect(outcome.settings["forward.tcp"] == nil && outcome.settings["forward.maxFailures"] == nil)
    // Without the numbers of lines.
    let notes = outcome.notes.map { $0.replacing(#/^\d+: |, as for those of line \d+/#, with: "") }
    #expect(Set(notes) == [
      "policy round_robin: forward.policy is sequential for all upstreams, not round-robin (answers can differ)",
      "force_tcp: forward.tcp is false for all upstreams, not true (answers can differ)",
      "max_fails 0: forward.maxFailures is 2 for all upstreams, not 0",
    ])
  }

  @Test("the same within one block, and for what a domain does not say")
  func oneBlock() throws {
    let outcome = try Self.convert(
      ".:53 {\n forward corp.example 10.0.0.1\n NAMES\n forward . 10.9.9.9 {\n force_tcp\n max_concurrent 500\n }\n}")
    #expect(outcome.settings["forward.tcp"] == "true" && outcome.settings["forward.maxInFlight"] == "500")
    #expect(outcome.settings["forward.overload"] == "refused")
    #expect(outcome.notes == [
      "2: forward corp.example 10.0.0.1: forward.maxInFlight is 500 for all upstreams, as for those of line 10, not "
        + "none",
      "2: forward corp.example 10.0.0.1: forward.tcp is true for all upstreams, as for those of line 10, not false "
        + "(answers can differ)",
    ])
  }

  @Test("a forward that is left out sets nothing")
  func dropped() throws {
    let outcome = try CorefileTests.convert(
      """
      cluster.local:53 {
        forward . 10.96.0.11 {
          force_tcp
          policy sequential
        }
      }
      .:53 {
        forward . 10.9.9.9
      }
      """)
    #expect(outcome.settings["forward.tcp"] == nil && outcome.settings["forward.policy"] == nil)
    #expect(outcome.settings["forward.upstreams"] == "10.9.9.9" && outcome.settings["forward.domains"] == nil)
  }

  @Test("without upstreams that can be asked, a domain is refused, not asked of others", arguments: [
    ("tls://10.0.0.53", "corp.internal refuse"), ("tls://10.0.0.53 10.0.0.54", "corp.internal 10.0.0.54"),
    ("/etc/other.conf", "corp.internal refuse"), ("/etc/resolv.conf", nil),
  ] as [(String, String?)])
  func refused(upstreams: String, route: String?) throws {
    let outcome = try Self.convert(
      "corp.internal {\n forward . \(upstreams)\n}", ".:53 {\n NAMES\n forward . /etc/resolv.conf\n}")
    #expect(outcome.settings["forward.domains"] == route)
    #expect(outcome.changesAnswers == (route != nil))
    let isTold = outcome.notes.contains { $0.contains("names of corp.internal are refused") }
    #expect(isTold == (route?.hasSuffix(" refuse") ?? false), "\(outcome.notes)")
  }

  @Test("an exception is for the names of its own forward, and a domain's route goes before")
  func exceptions() throws {
    let outcome = try Self.convert(
      ".:53 {\n NAMES\n forward . 10.9.9.9 {\n except corp.example a.lab.example other.example\n }\n}",
      "corp.example {\n forward . 10.0.0.1 {\n except x.corp.example elsewhere.example\n }\n}",
      "lab.example {\n forward . 10.0.0.2\n}")
    let routes = outcome.settings["forward.domains"]?.split(separator: ", ").sorted()
    #expect(routes == [
      "corp.example 10.0.0.1", "lab.example 10.0.0.2", "other.example refuse", "x.corp.example refuse",
    ])
  }

  @Test("two blocks for all names: the first one's upstreams")
  func twice() throws {
    let outcome = try Self.convert(".:53 {\n NAMES\n forward . 10.9.9.9\n}", ".:54 {\n forward . 10.9.9.8\n}")
    #expect(outcome.settings["forward.upstreams"] == "10.9.9.9")
    #expect(outcome.notes.contains {
      $0.hasSuffix("forward . 10.9.9.8: all other names are forwarded already, as line 9 says (answers can differ)")
    }, "\(outcome.notes)")
  }

  @Test("a domain's block on another port is one of those that are served, or is named", arguments: [
    ("corp.example:5353", false), ("corp.example:53", true), ("tls://corp.example", true),
  ])
  func ports(head: String, isTold: Bool) throws {
    let outcome = try Self.convert(".:5353 {\n NAMES\n forward . 10.9.9.9\n}", "\(head) {\n forward . 10.0.0.1\n}")
    #expect(outcome.changesAnswers == isTold, "\(outcome.notes)")
    // Of the port itself, the manifests have to know.
    #expect(outcome.notes.contains(
      "1: .:5353: deploy/kubernetes sends questions to port 53 of the pod, not to 5353: change one of the two, and "
        + "networkpolicy.yaml with it"))
  }

  @Test("what a block does not forward, nobody does", arguments: [
    ("corp.example {\n errors\n}", "corp.example refuse", "11: corp.example: the block forwards none of its names; they are refused"),
    ("corp.example {\n forward other.example 10.0.0.1\n}", "corp.example refuse",
      "12: forward other.example 10.0.0.1: the block is for other names, and so it is never asked"),
    ("corp.example {\n forward example 10.0.0.1\n}", "corp.example 10.0.0.1", nil),
    ("corp.example {\n forward a.corp.example 10.0.0.1\n}", "a.corp.example 10.0.0.1, corp.example refuse", nil),
  ] as [(String, String, String?)])
  func unforwarded(block: String, expected: String, note: String?) throws {
    let outcome = try Self.convert(".:53 {\n NAMES\n forward . 10.9.9.9\n}", block)
    #expect(outcome.settings["forward.domains"] == expected)
    if let note { #expect(outcome.notes.contains(note), "\(outcome.notes)") }
    #expect(!outcome.changesAnswers)
  }

  @Test("of two forwards that could take a name, the first one does")
  func firstTakes() throws {
    let outcome = try Self.convert(
      ".:53 {\n NAMES\n forward b.example 7.7.7.7\n forward a.b.example 10.0.0.1\n forward . 10.9.9.9\n"
        + " forward corp.example 10.0.0.2\n}")
    #expect(outcome.settings["forward.domains"] == "b.example 7.7.7.7")
    #expect(outcome.notes == [
      "10: forward a.b.example 10.0.0.1: the forward of line 9 takes these names before it",
      "12: forward corp.example 10.0.0.2: the forward of line 11 takes these names before it",
    ])
  }

  @Test("no limit is no limit; a file of servers is mounted")
  func unlimited() throws {
    let outcome = try Self.convert(".:53 {\n NAMES\n forward . /etc/dns/servers.conf {\n max_concurrent 0\n }\n}")
    #expect(outcome.settings["forward.maxInFlight"] == nil && outcome.settings["forward.overload"] == nil)
    #expect(outcome.notes == [
      "9: forward . /etc/dns/servers.conf: /etc/dns/servers.conf is a file of CoreDNS' pod: mount it into this one too"
    ])
  }

  @Test("who is asked in the clear counts before who is asked with encryption, in whatever order", arguments: [true, false])
  func secure(isFirst: Bool) throws {
    let plain = ".:53 {\n NAMES\n forward . 10.9.9.9\n}"
    let secure = "tls://.:853 {\n tls /tls/cert.pem /tls/key.pem\n forward . 8.8.8.8\n bind 127.0.0.1\n}"
    let outcome = try isFirst ? Self.convert(secure, plain) : Self.convert(plain, secure)
    #expect(outcome.settings["forward.upstreams"] == "10.9.9.9")
    #expect(outcome.settings["listen"] == ":53" && outcome.settings["tls.listen"] == "127.0.0.1:853")
    #expect(outcome.settings["tls.key"] == "/tls/key.pem")
    #expect(outcome.notes.contains { $0.contains("not to 853: add it to containerPort") })
  }
}
