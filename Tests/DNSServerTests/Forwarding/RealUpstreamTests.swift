// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import LinuxSystem
import Testing

@testable import DNSServer

/// Debian's `unbound` and `dnsmasq` as upstreams.
@Suite("Real resolvers as upstreams", .timeLimit(.minutes(1)))
struct RealUpstreamTests {
  /// Starts a resolver on a free port, waits until it answers, and ends it afterwards.
  static func withResolver<Result>(
    _ program: String, _ arguments: (_ port: UInt16, _ directory: String) throws -> [String],
    _ body: (Upstream) async throws -> Result
  ) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "callsign-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let address = HostAddress("127.0.0.1")!
    // A port that nobody has: bound, read off, closed.
    let port = try #require(try DNSSockets.open(address, port: 0).port)
    // Not Foundation's Process: it takes a program that closes what it inherits, as dnsmasq does, for ended, and waits
    // for it on the thread that watches all others.
    let nothing = try Descriptor.null()
    let words = try [program] + arguments(port, directory)
    let process = try ChildProcess.start(
      ProcessImage(words, environment: ChildProcess.environment),
      descriptors: [Int32](repeating: nothing.number, count: 3))
    defer {
      try? ChildProcess.signal(process, SIGKILL)
      _ = try? ChildProcess.wait(for: process)
    }
    let upstream = Upstream(address, port: port)
    try await waitForAnswer(upstream)
    return try await body(upstream)
  }

  private static func waitForAnswer(_ upstream: Upstream) async throws {
    let question = Question(name: try Name("one.corp.example"), type: .a)
    var triesLeft = 100
    while triesLeft > 0 {
      triesLeft -= 1
      if (try? await DNSClient().query(question, at: upstream, timeoutMilliseconds: 200)) != nil { return }
      // Not listening yet. Nothing tells when it is.
      try await Task.sleep(for: .milliseconds(20))
    }
    throw ProgramError(text: "the resolver does not answer")
  }

  static func unbound<Result>(_ body: (Upstream) async throws -> Result) async throws -> Result {
    try await withResolver("/usr/sbin/unbound", { port, directory in
      let long = (0..<40).map { number in
        "local-data: 'long.corp.example. 300 TXT \"\(number) \(String(repeating: "x", count: 200))\"'"
      }
      let text = """
        server:
          directory: "\(directory)"
          chroot: ""
          username: ""
          pidfile: ""
          logfile: "\(directory)/log"
          interface: 127.0.0.1@\(port)
          do-daemonize: no
          do-not-query-localhost: yes
          module-config: "iterator"
          root-hints: ""
          local-zone: "." static
          local-zone: "corp.example." static
          local-data: "corp.example. 300 SOA ns.corp.example. admin.corp.example. 1 3600 600 86400 20"
          local-data: "one.corp.example. 300 A 192.0.2.1"
          local-data: "one.corp.example. 300 A 192.0.2.2"
          local-data: "one.corp.example. 300 AAAA 2001:db8::1"
          local-data: "mail.corp.example. 300 MX 10 one.corp.example."
          local-data: "_web._tcp.corp.example. 300 SRV 0 5 80 one.corp.example."
          local-data-ptr: "192.0.2.1 one.corp.example"
          \(long.joined(separator: "\n  "))
        """
      try text.write(toFile: directory + "/unbound.conf", atomically: true, encoding: .utf8)
      return ["-d", "-p", "-c", directory + "/unbound.conf"]
    }, body)
  }

  static func dnsmasq<Result>(_ body: (Upstream) async throws -> Result) async throws -> Result {
    try await withResolver("/usr/sbin/dnsmasq", { port, _ in
      ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=",
        "--listen-address=127.0.0.1", "--bind-interfaces", "--port=\(port)", "--local-ttl=120",
        "--local=/example/", "--host-record=one.corp.example,198.51.100.1", "--txt-record=text.corp.example,hello",
        "--cname=alias.corp.example,one.corp.example", "--mx-host=corp.example,one.corp.example,5"]
    }, body)
  }

  static func text(_ message: Message) -> String {
    (["\(message.responseCode)"] + message.answers.map { "\($0.type) \($0.dataText)" }.sorted()).joined(separator: " ")
  }

  static let unboundAnswers: [(String, RecordType, String)] = [
    ("One.corp.example", .a, "NOERROR A 192.0.2.1 A 192.0.2.2"),
    ("one.corp.example", .aaaa, "NOERROR AAAA 2001:db8::1"),
    ("one.corp.example", .mx, "NOERROR"),
    ("mail.corp.example", .mx, "NOERROR MX 10 one.corp.example."),
    ("_web._tcp.corp.example", .srv, "NOERROR SRV 0 5 80 one.corp.example."),
    ("1.2.0.192.in-addr.arpa", .ptr, "NOERROR PTR one.corp.example."),
    ("none.corp.example", .a, "NXDOMAIN"),
  ]

  @Test("unbound: answers of all kinds, from it and from memory, TCP where they are long", arguments: [false, true])
  func unbound(randomizesCase: Bool) async throws {
    try await Self.unbound { upstream in
      let settings = ForwarderTests.settings(upstream) {
        $0.timeoutMilliseconds = 2000
        $0.randomizesCase = randomizesCase
      }
      try await withServer(TestObjects.index(), settings) { server in
        for _ in 0..<2 {
          for (name, type, expected) in Self.unboundAnswers {
            let answer = try await ForwarderTests.ask(name, type, at: server)
            #expect(Self.text(answer) == expected, "\(name)")
            let asked = try Name(name)
            #expect(answer.questions.first?.name.wire == asked.wire)
            if answer.answers.isEmpty { #expect(answer.authorities.map(\.type) == [.soa]) }
          }
          let long = try await ForwarderTests.ask("long.corp.example", .txt, at: server)
          #expect(long.answers.count == 40)
        }
      }
    }
  }

  @Test("dnsmasq beside unbound: a domain for each; dig reads what comes back")
  func both() async throws {
    try await Self.unbound { unbound in
      try await Self.dnsmasq { dnsmasq in
        let settings = ForwarderTests.settings(unbound) {
          $0.timeoutMilliseconds = 2000
          $0.randomizesCase = true
          $0.routes = [
            ForwardingRoute(try! Name("alias.corp.example"), upstreams: [dnsmasq]),
            ForwardingRoute(try! Name("text.corp.example"), upstreams: [dnsmasq]),
          ]
        }
        try await withServer(TestObjects.index(), settings) { server in
          let alias = try await ForwarderTests.ask("alias.corp.example", at: server)
          #expect(Self.text(alias) == "NOERROR A 198.51.100.1 CNAME one.corp.example.")
          let text = try await ForwarderTests.ask("text.corp.example", .txt, at: server)
          #expect(Self.text(text) == "NOERROR TXT \"hello\"")
          let one = try await ForwarderTests.ask("one.corp.example", at: server)
          #expect(Self.text(one) == "NOERROR A 192.0.2.1 A 192.0.2.2")
          for name in ["alias.corp.example", "mail.corp.example", "none.corp.example"] {
            let words = ["@127.0.0.1", "-p", "\(server.port)", "+retry=0", "+timeout=5", name, "MX"]
            let printed = try await output(of: "dig", words)
            #expect(!printed.contains("malformed") && !printed.contains("extra bytes"), "\(printed)")
            #expect(printed.contains("status: "))
          }
        }
      }
    }
  }
}
