// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Foundation
import Naming
import Testing

@testable import DNSConfiguration

@Suite("Settings of callsign dns")
struct ConfigurationTests {
  static func load(
    _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> LoadedConfiguration {
    // In a cluster there is always something to serve.
    let environment = environment.merging(["KUBERNETES_SERVICE_HOST": "10.96.0.1"]) { given, _ in given }
    return try ConfigurationLoader(arguments: CommandArguments(arguments), environment: environment).load()
  }

  /// The problems of a configuration, a line each; empty where there is none.
  static func problems(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> String {
    do {
      _ = try load(arguments, environment: environment)
      return ""
    } catch let problem as ConfigurationProblem {
      return problem.description
    } catch let problems as ConfigurationProblems {
      return problems.description
    }
  }

  /// Calls `body` with the path of a file of this text.
  static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "callsign-\(UUID().uuidString).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path(percentEncoded: false))
  }

  @Test("The default that is documented is the default", arguments: Setting.all.filter { !$0.defaultItems.isEmpty })
  func defaults(setting: Setting) throws {
    var configuration = DNSConfiguration()
    let untouched = String(reflecting: configuration)
    try setting.apply(SettingValue(items: setting.defaultItems), &configuration)
    #expect(String(reflecting: configuration) == untouched, "\(setting.key)")
  }

  @Test("What is written as a number is text where text is meant")
  func numbersAsText() throws {
    let secret = String(repeating: "12", count: 16)
    let text = "version: 1.10\nidentity: 007\nttl: 7\nkubernetes: {namespaces: [007, 1e3]}\ncookies: {secret: \(secret)}\n"
    try Self.withFile(text) { file in
      let loaded = try Self.load(["--config", file])
      #expect(loaded.given["version"]?.items == ["1.10"])
      #expect(loaded.given["identity"]?.items == ["007"])
      #expect(loaded.given["kubernetes.namespaces"]?.items == ["007", "1e3"])
      #expect(loaded.configuration.server.cookies.secret != nil)
      #expect(loaded.configuration.naming.ttl == 7)
    }
  }

  @Test("A flag goes before the environment, and that before the file")
  func precedence() throws {
    try Self.withFile("ttl: 7\nnegativeTtl: 3\npodNames: verified\n") { file in
      let loaded = try Self.load(
        ["--config", file, "--ttl=9"], environment: ["CALLSIGN_DNS_TTL": "8", "CALLSIGN_DNS_NEGATIVE_TTL": "2"])
      #expect(loaded.configuration.naming.ttl == 9)
      #expect(loaded.configuration.naming.negativeTTL == 2)
      #expect(loaded.configuration.naming.podNames == .verified)
      #expect(loaded.given["ttl"]?.place == "--ttl")
      #expect(loaded.given["negativeTtl"]?.place == "CALLSIGN_DNS_NEGATIVE_TTL")
      #expect(loaded.given["podNames"]?.place == "\(file):3")
    }
  }

  @Test("What Kubernetes tells of a Service called callsign-dns is no setting")
  func serviceLinks() throws {
    let endings = [
      "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_DNS_TCP", "PORT", "PORT_53_UDP", "PORT_53_UDP_PROTO",
      "PORT_53_UDP_PORT", "PORT_53_UDP_ADDR", "METRICS_SERVICE_HOST", "METRICS_PORT_9153_TCP",
    ]
    let environment = Dictionary(uniqueKeysWithValues: endings.map { ("CALLSIGN_DNS_\($0)", "10.96.0.10") })
    #expect(try Self.problems(environment: environment) == "")
    for setting in Setting.all { #expect(!setting.environmentVariable.contains("_PORT")) }
  }

  @Test("Secrets are not among what is shown")
  func secrets() throws {
    let secret = "00112233445566778899aabbccddeeff"
    let loaded = try Self.load(
      ["--cookies-secret", secret], environment: ["CALLSIGN_DNS_COOKIES_PREVIOUS_SECRET": secret])
    #expect(loaded.configuration.server.cookies.secret != nil)
    #expect(!"\(loaded)".contains(secret))
  }

  @Test("Upstreams as text", arguments: [
    ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"), ("2001:db8::1", "[2001:db8::1]:53"),
    ("[2001:db8::1]:5353", "[2001:db8::1]:5353"), ("192.0.2.1:0", nil), ("[192.0.2.1]:53", nil), ("name:53", nil),
    ("192.0.2.1:99999", nil), ("", nil), (":53", nil), ("[]:53", nil), ("192.0.2.1:+53", nil),
  ] as [(String, String?)])
  func upstreams(text: String, expected: String?) {
    #expect((try? SettingValue.upstream(text))?.description == expected)
  }

  @Test("Lists: commas in flags and environment, YAML lists in the file")
  func lists() throws {
    let flags = try Self.load(["--forward-upstreams", "10.0.0.1, [2001:db8::1]:5353", "--forward-upstreams=10.0.0.2"])
    #expect(flags.configuration.server.forwarding.upstreams.map(\.description)
      == ["10.0.0.1:53", "[2001:db8::1]:5353", "10.0.0.2:53"])
    try Self.withFile("forward:\n  upstreams:\n  - 10.0.0.1\n  - 10.0.0.2:54\n") { file in
      let loaded = try Self.load(["--config", file])
      #expect(loaded.configuration.server.forwarding.upstreams.map(\.description) == ["10.0.0.1:53", "10.0.0.2:54"])
    }
  }

  @Test("Mistakes name the place, what was found and what is allowed", arguments: [
    (["--ttl", "5s"], "--ttl: found \"5s\"; allowed: a whole number from 0 to 3600"),
    (["--ttl", "3601"], "--ttl: found \"3601\"; allowed: a whole number from 0 to 3600"),
    (["--ttl", "1,2"], "--ttl: found 2 values; this setting takes one"),
    (["--pod-names", "some"], "--pod-names: found \"some\"; allowed: disabled, insecure, verified"),
    (["--reverse", "maybe"], "--reverse: found \"maybe\"; allowed: true or false"),
    (["--zone", "a..b"], "--zone: found \"a..b\"; allowed: a domain name, such as cluster.local"),
    (["--listen", "localhost:53"], "--listen: found \"localhost:53\"; allowed: ADDRESS:PORT, ADDRESS or :PORT"),
    (["--tll", "5"], "--tll: unknown flag: did you mean --ttl?"),
    (["--ttl"], "--ttl: needs a value: --ttl VALUE or --ttl=VALUE"),
    (["--check=yes"], "--check: takes no value"),
    (
      ["--kubernetes-stale-after", "30"],
      "--kubernetes-stale-after: found \"30\"; allowed: 0, or at least 120: an API server that has nothing to tell "
        + "says so about once a minute"
    ),
    (
      ["--kubernetes-namespaces", "a,B"],
      "--kubernetes-namespaces: found \"B\"; allowed: names of namespaces: lower case letters, digits and -, at most 63"
    ),
    (["5"], "5: is no flag; flags begin with --"),
  ])
  func mistakes(arguments: [String], message: String) throws {
    #expect(try Self.problems(arguments) == message)
  }

  @Test("All mistakes of a file are told, with their lines; unknown settings and variables with what was meant")
  func fileMistakes() throws {
    try Self.withFile("zone: cluster.local\nforward:\n  upstream: [10.0.0.1]\nttl: high\nlisten: {a: b}\n") { file in
      let problems = try Self.problems(["--config", file], environment: ["CALLSIGN_DNS_TTLS": "1"])
      #expect(problems == """
        \(file):3: forward.upstream: unknown setting: did you mean forward.upstreams?
        \(file):5: listen: expected a value or a list of values, found an object
        CALLSIGN_DNS_TTLS: unknown setting: did you mean CALLSIGN_DNS_TTL?
        \(file):4: ttl: found "high"; allowed: a whole number from 0 to 3600
        """)
    }
    try Self.withFile("ttl: [1\n") { file in
      let problems = try Self.problems(["--config", file])
      #expect(problems.hasPrefix("\(file):"))
    }
    let problems = try Self.problems(["--config", "/nowhere/dns.yaml"])
    #expect(problems == "/nowhere/dns.yaml: the file cannot be read: there is no such file")
    #expect(try Self.problems(["--config", "/tmp"]) == "/tmp: the file cannot be read: it is a folder")
    let upstreams = try Self.problems(["--forward-upstreams", "/tmp"])
    #expect(upstreams == "--forward-upstreams: /tmp cannot be read: it is a folder")
  }

  @Test("A selector may have commas, wherever it is given")
  func selectors() throws {
    let text = "app=web,tier in (a,b),!test"
    #expect(
      try Self.load(["--kubernetes-service-selector", text]).configuration.kubernetes.serviceSelector == text)
    try Self.withFile("kubernetes:\n  namespaceSelector: \"\(text)\"\n") { file in
      let loaded = try Self.load(["--config", file])
      #expect(loaded.configuration.kubernetes.namespaceSelector == text)
    }
  }

  @Test("Where to listen", arguments: [
    ("10.0.0.1:54", "10.0.0.1:54"), ("10.0.0.1", "10.0.0.1:53"), (":54", ":54"), ("[::1]:54", "[::1]:54"),
    ("::1", "[::1]:53"), ("[::1]", "[::1]:53"), ("host", nil), ("1.2.3.4:", nil), ("[::1", nil), ("1.2.3.4:99999", nil),
    (":", nil), ("", nil), ("[1.2.3]:4", nil),
  ] as [(String, String?)])
  func listen(text: String, expected: String?) {
    #expect(ListenAddress(text, defaultPort: 53)?.description == expected)
  }

  @Test("Without anything to serve the settings are not valid", arguments: [
    ([], "", false), (["--objects", "/o"], "", true), ([], "10.96.0.1", true),
  ] as [([String], String, Bool)])
  func source(arguments: [String], cluster: String, isValid: Bool) throws {
    let problems = try Self.problems(arguments, environment: ["KUBERNETES_SERVICE_HOST": cluster])
    let problem =
      "settings: there is nothing to serve: name manifests with --objects PATH, or a cluster with "
      + "--kubernetes-kubeconfig PATH"
    #expect(problems == (isValid ? "" : problem))
  }

  @Test("Settings that cannot change while the server runs are named")
  func nextStart() throws {
    let before = try Self.load(["--hold-time", "1000", "--workers", "1"])
    let after = try Self.load(["--hold-time", "1100", "--workers", "2"])
    #expect(after.settingsForNextStart(since: before) == ["workers"])
  }

  @Test("Flags and variables have the key's words")
  func words() throws {
    let setting = try #require(Setting.all.first { $0.key == "forward.upstreams" })
    #expect(setting.flag == "--forward-upstreams")
    #expect(setting.environmentVariable == "CALLSIGN_DNS_FORWARD_UPSTREAMS")
    #expect(Set(Setting.all.map(\.flag)).count == Setting.all.count)
  }

  /// Set `CALLSIGN_UPDATE_DOCS` to write the table anew.
  @Test("The documentation has the table of all settings")
  func documentation() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/configuration.md").standardizedFileURL
    let begin = "<!-- settings: written by the tests -->\n"
    let text = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(text.firstRange(of: begin)?.upperBound)
    let expected = text[..<start] + "\n" + SettingHelp.table + "\n"
    if ProcessInfo.processInfo.environment["CALLSIGN_UPDATE_DOCS"] != nil {
      try Data(expected.utf8).write(to: file)
    } else {
      #expect(text == expected)
    }
  }
}
