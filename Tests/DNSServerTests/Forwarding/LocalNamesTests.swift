// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSServer

@Suite("Names that are answered before any upstream is asked")
struct LocalNamesTests {
  static func question(_ name: String, _ type: RecordType = .a) -> Question {
    Question(name: try! Name(name), type: type)
  }

  /// Code, and the data of the answer's records.
  static func text(_ answer: ForwardedAnswer?) -> String? {
    answer.map { answer in
      let data = answer.records?.answers.map(\.dataText) ?? ["unreadable"]
      return "\(answer.responseCode) \(data.joined(separator: " "))"
    }
  }

  static let hosts = """
    # The file's own comment
    192.0.2.1   one.example one   # the first
    192.0.2.2\tTWO.example
    2001:db8::2 two.example
    192.0.2.1   other.example

    not-an-address name.example
    192.0.2.9
    192.0.2.8 *.wild.example
    192.0.2.7 bad..name
    """

  @Test("Static names: a table of hosts(5)", arguments: [
    ("one.example", .a, "NOERROR 192.0.2.1"), ("ONE", .a, "NOERROR 192.0.2.1"),
    ("one.example", .aaaa, "NOERROR "), ("one.example", .txt, "NOERROR "),
    ("two.example", .a, "NOERROR 192.0.2.2"), ("two.example", .aaaa, "NOERROR 2001:db8::2"),
    ("2.2.0.192.in-addr.arpa", .ptr, "NOERROR TWO.example."),
    ("1.2.0.192.in-addr.arpa", .ptr, "NOERROR first.example. one.example. other.example."),
    ("1.2.0.192.in-addr.arpa", .a, "NOERROR "),
    ("\(HostAddress("2001:db8::2")!.reverseName)", .ptr, "NOERROR two.example."),
    ("3.2.0.192.in-addr.arpa", .ptr, nil), ("x.one.example", .a, nil), ("x.wild.example", .a, nil),
    ("name.example", .a, nil), ("arpa", .a, nil), (".", .a, nil),
  ] as [(String, RecordType, String?)])
  func staticNames(name: String, type: RecordType, expected: String?) throws {
    var settings = StaticNameSettings()
    settings.entries = [try #require(StaticNameEntry(parsing: "192.0.2.1 first.example"))]
    let names = StaticNames(settings, fileText: Self.hosts)
    let answer = names.answer(Self.question(name, type))
    #expect(Self.text(answer) == expected)
    #expect(names.leftOut == 4)
    if let answer {
      #expect(answer.isAuthoritative)
      let (answers, authorities) = try #require(answer.records)
      #expect(answers.isEmpty == !authorities.filter { $0.type == .soa }.isEmpty)
      #expect(ServedAnswer(answer: answer).ttl(30) == 30)
    }
  }

  @Test("Static names are bounded")
  func bounded() {
    let text = (0..<StaticNames.maximumEntries + 5).map { "10.0.0.1 n\($0)" }.joined(separator: "\n")
    let names = StaticNames(StaticNameSettings(), fileText: text)
    #expect(names.count == StaticNames.maximumEntries && names.leftOut == 5)
    let reverse = names.answer(Self.question("1.0.0.10.in-addr.arpa", .ptr))
    #expect(reverse?.answerCount == StaticNames.maximumPerKey)
  }

  @Test("Special-use names (RFC 6761, 6762, 7686, 9462, 9476)", arguments: [
    ("localhost", .a, "NOERROR 127.0.0.1"), ("a.b.LocalHost", .aaaa, "NOERROR ::1"), ("localhost", .mx, "NOERROR "),
    ("1.0.0.127.in-addr.arpa", .ptr, "NOERROR localhost."), ("2.0.0.127.in-addr.arpa", .ptr, nil),
    ("x.invalid", .a, "NXDOMAIN "), ("test", .a, "NXDOMAIN "), ("x.onion", .a, "NXDOMAIN "),
    ("printer.local", .a, "NXDOMAIN "), ("x.alt", .a, "NXDOMAIN "),
    ("_dns.resolver.arpa", RecordType(rawValue: 64), "NOERROR "),
    ("example.com", .a, nil), ("x.example", .a, nil), ("notlocalhost", .a, nil), ("local.example", .a, nil),
    ("home.arpa", .a, nil), ("1.0.0.10.in-addr.arpa", .ptr, nil), (".", .ns, nil),
  ] as [(String, RecordType, String?)])
  func special(name: String, type: RecordType, expected: String?) {
    let answer = SpecialNames(ForwardingSettings()).answer(Self.question(name, type))
    #expect(Self.text(answer) == expected)
    if let answer, answer.answerCount == 0 { #expect(answer.records?.authorities.map(\.type) == [.soa]) }
  }

  @Test("Private names stay inside if so wanted (RFC 6303, RFC 8375)", arguments: [
    ("1.0.0.10.in-addr.arpa", "NXDOMAIN "), ("1.0.31.172.in-addr.arpa", "NXDOMAIN "), ("router.home.arpa", "NXDOMAIN "),
    ("1.0.32.172.in-addr.arpa", nil), ("1.0.0.127.in-addr.arpa", "NOERROR localhost."), ("1.2.3.in-addr.arpa", nil),
    ("f.ip6.arpa", nil), ("0.d.f.ip6.arpa", "NXDOMAIN "), ("10.in-addr.arpa", "NOERROR "), ("home.arpa", "NOERROR "),
  ] as [(String, String?)])
  func privateNames(name: String, expected: String?) {
    var settings = ForwardingSettings()
    settings.forwardsPrivateNames = false
    #expect(Self.text(SpecialNames(settings).answer(Self.question(name, .ptr))) == expected)
    // The zone's own record is where its name is.
    let soa = SpecialNames(settings).answer(Self.question(name, .soa))
    #expect(soa?.records?.answers.map(\.type) == expected.map { $0 == "NOERROR " ? [.soa] : [] })
  }

  @Test("With special names off, they are names like others")
  func specialOff() {
    var settings = ForwardingSettings()
    settings.answersSpecialNames = false
    #expect(SpecialNames(settings).answer(Self.question("localhost")) == nil)
  }

  @Test("The longest domain decides", arguments: [
    ("example.com", 1), ("B.Example.COM", 1), ("x.a.example.com", 2), ("a.example.com", 2), ("example.org", 0),
    ("ample.com", 0), (".", 0),
  ])
  func suffixes(name: String, expected: Int) throws {
    var table = SuffixTable<Int>()
    let name = try Name(name).lowercased.wire
    #expect(table.longestMatch(name) == nil)
    table[try Name("Example.com")] = 1
    table[try Name("a.example.com")] = 2
    #expect((table.longestMatch(name) == nil) == (expected == 0))
    table[.root] = 0
    #expect(table.longestMatch(name)?.value == expected)
  }

  @Test("Settings that cannot be are told with field, value and range")
  func problems() throws {
    var settings = ForwardingSettings()
    #expect(settings.problems.isEmpty)
    // Longer than the longest that they get by themselves.
    settings.probeMilliseconds = 60_000
    #expect(settings.problems.isEmpty && settings.maximumProbeMilliseconds == 60_000)
    settings = ForwardingSettings(upstreams: [Upstream(HostAddress("0.0.0.0")!)])
    settings.maximumTries = 0
    settings.cache.prefetchPercent = 95
    settings.routes = [
      ForwardingRoute(try Name("a.example"), upstreams: []), ForwardingRoute(try Name("A.example"), upstreams: []),
    ]
    #expect(settings.problems == [
      "maximumTries is 0; allowed: 1 to 16", "cache.prefetchPercent is 95; allowed: 1 to 90",
      "upstreams: 0.0.0.0:53 is no address of a server", "routes: A.example. is there twice",
    ])
  }
}
