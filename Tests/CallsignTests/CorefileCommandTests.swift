// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// `callsign dns --import-corefile`.
  @Suite(.timeLimit(.minutes(1))) struct CorefileCommandTests {
    private func run(_ text: String, _ file: String = "-") async throws -> Ended {
      let words = ["env", "ZONE=k8s.example", Program.callsign, "dns", "--import-corefile", file]
      return try await Program.run(words, input: text)
    }

    @Test("settings on standard output, the rest on standard error")
    func standardInput() async throws {
      let machines = "health\n ready\n prometheus :9153"
      let ended = try await run(
        ".:53 {\n kubernetes {$ZONE} in-addr.arpa {\n  fallthrough in-addr.arpa\n }\n log\n \(machines)\n}\n")
      #expect(ended.status == 0)
      #expect(ended.lines.contains("zone: k8s.example"), "\(ended.output)")
      #expect(ended.errors == "standard input:5: log: questions are not logged; metrics count them\n")
      let changed = try await run(".:53 {\n kubernetes a.b\n rewrite name x y\n}\n")
      #expect(changed.status == 1)
      #expect(changed.lines.contains("zone: a.b"), "what can be had is there")
      let note = "standard input:3: rewrite name x y: names are not rewritten (answers can differ)\n"
      #expect(changed.errors.contains(note), "\(changed.errors)")
    }

    @Test("what comes out is taken by the server")
    func roundTrip() async throws {
      try await Site.with { site in
        let corefile = try site.write(
          ".:53 {\n kubernetes a.b\n forward . 192.0.2.1 {\n  health_check 15s\n }\n}\n", to: "Corefile")
        let made = try await run("", corefile).succeeded()
        let settings = try site.write(made.output, to: "dns.yaml")
        let check = try await Program.run([Program.callsign, "dns", "--check", "--config", settings]).succeeded()
        #expect(check.lines.contains { $0.hasPrefix("forward.upstreams: 192.0.2.1 ") })
        #expect(check.lines.contains { $0.hasPrefix("forward.probeInterval: 15000 ") })
      }
    }

    @Test("mistakes", arguments: [
      (". {\n", "standard input:1: a { that is not closed"),
      ("\u{0}{", "standard input:1: \"\u{0}{\" is followed by no {"),
    ])
    func mistakes(text: String, message: String) async throws {
      try await run(text).failed(saying: message)
    }

    @Test func missingFiles() async throws {
      let missing = try await run("", "/nowhere/Corefile")
      #expect(missing.status == 1)
      #expect(missing.errors.hasPrefix("Error: /nowhere/Corefile cannot be read: "), "\(missing.errors)")
      let folder = try await run("", "/tmp")
      folder.failed(saying: "/tmp cannot be read: it is a folder")
      let both = try await Program.run([Program.callsign, "dns", "--import-corefile", "-", "--check"])
      both.failed(saying: "--import-corefile: stands alone: it reads no settings, and writes some")
    }
  }
}
