// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

extension EndToEnd {
  /// `callsign dns`, with names from manifests.
  @Suite(.timeLimit(.minutes(2))) struct NameServerTests {
    /// A folder with manifests and settings, and the server that reads them.
    struct Running {
      let folder: URL
      let port: String
      let observed: String
      let send: @Sendable (Signal) throws -> Void

      func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
      }

      func dig(_ words: String...) async throws -> [String] {
        try await Program.run(["dig", "@127.0.0.1", "-p", port, "+short", "+tries=1", "+time=5"] + words)
          .succeeded().lines.sorted()
      }

      func get(_ path: String) async throws -> String {
        try await Program.run(["curl", "-s", "\(observed)/\(path)"]).succeeded().output
      }
    }

    static func service(_ address: String) -> String {
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: \(address), clusterIPs: [\(address)], ports: [{port: 80, name: http}]}
      """
    }

    static func settings(_ hosts: String, _ more: String = "") -> String {
      """
      listen: 127.0.0.1:0
      lameduck: 3
      metrics: :\(observedPort)
      health: :\(observedPort)
      ready: :\(observedPort)
      hosts: {entries: ["\(hosts) db.corp.example"]}
      \(more)
      """
    }

    /// Where nobody else listens.
    static let observedPort = 29_153

    /// Runs the server until it has ended by itself; gives what it wrote to standard error.
    /// - Parameter more: makes what the settings name in the folder, and gives further settings.
    static func run(
      more: (URL) async throws -> String = { _ in "" }, _ body: (Running) async throws -> Void
    ) async throws -> String {
      let folder = FileManager.default.temporaryDirectory.appending(path: "callsign-dns-\(UUID().uuidString)")
      let objects = folder.appending(path: "objects")
      try FileManager.default.createDirectory(at: objects, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try Data(service("10.96.0.20").utf8).write(to: objects.appending(path: "web.yaml"))
      let file = folder.appending(path: "dns.yaml")
      try Data(settings("10.9.9.9", try await more(folder)).utf8).write(to: file)
      let log = folder.appending(path: "log")
      try Data().write(to: log)
      let words = ["sh", "-c", "exec \"$@\" 2>\"$0\"", log.path, Program.callsign, "dns", "--config", file.path,
        "--objects", objects.path]
      let result = try await Subprocess.run(
        .name("env"), arguments: Arguments(words), input: .none, output: .sequence, error: .discarded
      ) { execution in
        var output = execution.standardOutput.strings().makeAsyncIterator()
        do {
          var lines: [String] = []
          while lines.last != "ready", let line = try await output.next() { lines.append(line) }
          let place = try #require(lines.first { $0.hasPrefix("DNS  127.0.0.1:") }, "\(lines)")
          try await body(
            Running(
              folder: folder, port: String(place.split(separator: ":")[1]),
              observed: "http://127.0.0.1:\(observedPort)", send: { try execution.send(signal: $0) }))
          while try await output.next() != nil {}
        } catch {
          try? execution.send(signal: .kill)
          throw error
        }
      }
      #expect(result.terminationStatus == .exited(0))
      return try String(contentsOf: log, encoding: .utf8)
    }

    @Test func namesAndSettingsFollowTheirFilesAndTheEndIsGraceful() async throws {
      let log = try await Self.run { server in
        #expect(try await server.dig("web.default.svc.cluster.local") == ["10.96.0.20"])
        #expect(try await server.dig("_http._tcp.web.default.svc.cluster.local", "SRV").count == 1)
        #expect(try await server.dig("-x", "10.96.0.20") == ["web.default.svc.cluster.local."])
        #expect(try await server.dig("db.corp.example") == ["10.9.9.9"])
        #expect(try await server.get("ready") == "OK")
        let ready = ["curl", "-s", "-g", "http://[::1]:\(Self.observedPort)/ready"]
        #expect(try await Program.run(ready).succeeded().output == "OK")
        let reason = try await server.get("explain?name=webb.default.svc.cluster.local")
        #expect(reason.contains("web"), "\(reason)")
        #expect(try await server.get("explain?name=web.default.svc.cluster.local&output=json").hasPrefix("{"))
        #expect(try await server.get("explain").contains("name is missing"))

        // Manifests: one that has a mistake changes nothing.
        try server.write("objects/web.yaml", "kind: Servise")
        try server.write("objects/other.yaml", Self.service("10.96.0.21").replacing("web", with: "other"))
        try server.write("objects/web.yaml", Self.service("10.96.0.22"))
        try await eventually { try await server.dig("web.default.svc.cluster.local") == ["10.96.0.22"] }
        #expect(try await server.dig("other.default.svc.cluster.local") == ["10.96.0.21"])

        // Settings: a mistake changes nothing, and SIGHUP has the file read again.
        try server.write("dns.yaml", Self.settings("10.9.9.10", "tttl: 5"))
        try server.send(.terminalClosed)
        #expect(try await server.dig("db.corp.example") == ["10.9.9.9"])
        try server.write("dns.yaml", Self.settings("10.9.9.11", "ttl: 30\nworkers: 2\nlogLevel: debug"))
        try server.send(.terminalClosed)
        try await eventually { try await server.dig("db.corp.example") == ["10.9.9.11"] }
        let record = try await server.dig("web.default.svc.cluster.local", "+noshort", "+noall", "+answer")
        #expect(record.first?.split(whereSeparator: \.isWhitespace).dropFirst().first == "30")

        // Another place beside the one that stays; then without it again; then it comes back.
        let other = "\(Self.observedPort + 2)"
        func ask(_ address: String, _ port: String, _ more: String...) async throws -> String {
          let words = ["dig", "@\(address)", "-p", port, "+short", "+tries=1", "+time=1"] + more
          return try await Program.run(words + ["web.default.svc.cluster.local"]).output
        }
        func isAnswered(_ address: String, _ port: String) async throws -> Bool {
          for transport in ["+tcp", "+notcp"] {
            guard try await ask(address, port, transport) == "10.96.0.22\n" else { return false }
          }
          return true
        }
        let both = Self.settings("10.9.9.11")
          .replacing("listen: 127.0.0.1:0", with: "listen: [\"127.0.0.1:0\", \"127.0.0.2:\(other)\"]")
        for _ in 0..<2 {
          try server.write("dns.yaml", both)
          try await eventually { try await isAnswered("127.0.0.2", other) }
          #expect(try await isAnswered("127.0.0.1", server.port))
          try server.write("dns.yaml", Self.settings("10.9.9.11"))
          // Nothing listens there any more.
          try await eventually { try await ask("127.0.0.2", other, "+tcp").contains("connection refused") }
          #expect(try await isAnswered("127.0.0.1", server.port))
        }

        // Another zone, other reverse names; the former are gone.
        try server.write("dns.yaml", Self.settings("10.9.9.11", "zone: corp.test\nreverse: false"))
        try await eventually { try await server.dig("web.default.svc.corp.test") == ["10.96.0.22"] }
        #expect(try await server.dig("web.default.svc.cluster.local") == [])
        #expect(try await server.dig("-x", "10.96.0.22") == [])
        try server.write("dns.yaml", Self.settings("10.9.9.12"))
        try await eventually { try await server.dig("web.default.svc.cluster.local") == ["10.96.0.22"] }

        // The end: not ready at once, but answers go on, from what is so then.
        try server.send(.terminate)
        try await eventually(within: .seconds(2)) { try await server.get("ready").contains("shutdown") }
        try server.write("objects/web.yaml", Self.service("10.96.0.23"))
        try await eventually(within: .seconds(2)) {
          try await server.dig("web.default.svc.cluster.local") == ["10.96.0.23"]
        }
        #expect(try await server.get("metrics").contains("coredns_dns_requests_total"))
      }
      #expect(log.contains("unknown setting: did you mean ttl?"))
      #expect(log.contains("these settings take effect at the next start: workers"))
    }

    /// A certificate of its own authority, in `directory`.
    static func makeCertificate(in directory: URL) async throws {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try await Program.run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=dns.test", "-addext", "subjectAltName=DNS:dns.test", "-keyout",
        directory.appending(path: "tls.key").path, "-out", directory.appending(path: "tls.crt").path,
      ]).succeeded()
    }

    @Test func aRenewedCertificateIsTakenAsKubernetesBringsIt() async throws {
      _ = try await Self.run(more: { folder in
        // As the files of a Secret are: links over a link that is exchanged.
        for name in ["first", "second"] { try await Self.makeCertificate(in: folder.appending(path: "tls/\(name)")) }
        let tls = folder.appending(path: "tls").path
        try FileManager.default.createSymbolicLink(atPath: tls + "/..data", withDestinationPath: "first")
        for name in ["tls.crt", "tls.key"] {
          try FileManager.default.createSymbolicLink(atPath: "\(tls)/\(name)", withDestinationPath: "..data/\(name)")
        }
        return """
          tls: {listen: "127.0.0.1:\(Self.observedPort + 1)", certificate: \(tls)/tls.crt, key: \(tls)/tls.key}
          """
      }) { server in
        func isTrusted(_ name: String) async throws -> Bool {
          let words = [
            "kdig", "@127.0.0.1", "-p", "\(Self.observedPort + 1)", "+short", "+retry=0", "+timeout=5", "+tls",
            "+tls-ca=\(server.folder.path)/tls/\(name)/tls.crt", "+tls-hostname=dns.test",
            "web.default.svc.cluster.local",
          ]
          return try await Program.run(words).output == "10.96.0.20\n"
        }
        #expect(try await isTrusted("first"))
        let tls = server.folder.appending(path: "tls").path
        try FileManager.default.createSymbolicLink(atPath: tls + "/..new", withDestinationPath: "second")
        let status = unsafe rename(tls + "/..new", tls + "/..data")
        #expect(status == 0)
        try await eventually { try await isTrusted("second") }
        #expect(try await !isTrusted("first"))
        try server.send(.terminate)
      }
    }

    @Test func folderIsReplaced() async throws {
      _ = try await Self.run { server in
        let objects = server.folder.appending(path: "objects")
        try FileManager.default.removeItem(at: objects)
        #expect(try await server.dig("web.default.svc.cluster.local") == ["10.96.0.20"])
        try FileManager.default.createDirectory(at: objects, withIntermediateDirectories: false)
        try server.write("objects/web.yaml", Self.service("10.96.0.24"))
        try await eventually { try await server.dig("web.default.svc.cluster.local") == ["10.96.0.24"] }
        try server.write("objects/web.yaml", Self.service("10.96.0.25"))
        try await eventually { try await server.dig("web.default.svc.cluster.local") == ["10.96.0.25"] }
        try server.send(.terminate)
      }
    }

    private static let objects = "\(Program.project)/Examples/dns/names.yaml"

    @Test func secretsAreNotShown() async throws {
      let secret = "00112233445566778899aabbccddeeff"
      let shown = try await Program.run([
        Program.callsign, "dns", "--check", "--objects", Self.objects, "--cookies-secret", secret,
      ]).succeeded()
      #expect(
        shown.output == """
          objects: \(Self.objects)   (--objects)
          cookies.secret: (secret)   (--cookies-secret)
          the settings are valid

          """)
    }

    @Test func checkSaysWhatIsWrong() async throws {
      let good = try await Program.run([Program.callsign, "dns", "--check", "--objects", Self.objects, "--ttl", "7"])
      let shown = "objects: \(Self.objects)   (--objects)\nttl: 7   (--ttl)\nthe settings are valid\n"
      #expect(try good.succeeded().output == shown)
      try await Program.run([Program.callsign, "dns", "--check", "--objects", Self.objects, "--ttl", "7s"])
        .failed(saying: "--ttl: found \"7s\"; allowed: a whole number from 0 to 3600")
      for words in [[], ["--check"]] {
        try await Program.run([Program.callsign, "dns"] + words)
          .failed(saying: "settings: there is nothing to serve: name manifests with --objects PATH, or a cluster with "
            + "--kubernetes-kubeconfig PATH")
      }
    }
  }
}
