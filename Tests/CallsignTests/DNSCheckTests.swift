// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// `callsign dns --check` and `--help`.
  @Suite(.timeLimit(.minutes(1))) struct DNSCheckTests {
    private static let kubeconfig = """
      apiVersion: v1
      kind: Config
      clusters: [{name: c, cluster: {server: "https://192.0.2.1:6443"}}]
      users: [{name: u, user: {token: t}}]
      contexts: [{name: x, context: {cluster: c, user: u}}]
      current-context: x
      """

    private func check(_ arguments: String...) async throws -> Ended {
      try await Program.run([Program.callsign, "dns", "--check"] + arguments)
    }

    @Test("the kubeconfig file that is named is read")
    func kubeconfig() async throws {
      try await Site.with { site in
        let file = try site.write(Self.kubeconfig, to: "config")
        try await check("--kubernetes-kubeconfig", file).succeeded()
        try await check("--kubernetes-kubeconfig", file, "--kubernetes-context", "x").succeeded()
        let context = try await check("--kubernetes-kubeconfig", file, "--kubernetes-context", "y")
        context.failed(saying: "kubernetes.kubeconfig: \(file): there is no context \"y\"; contexts: \"x\"")
        let missing = try await check("--kubernetes-kubeconfig", "\(site.root)/none")
        #expect(missing.status == 1 && missing.output.isEmpty)
        #expect(missing.errors.hasPrefix("Error: kubernetes.kubeconfig: \(site.root)/none: "), "\(missing.errors)")
        // The account of a pod is there in the pod alone.
        try await check("--kubernetes-kubeconfig", "in-cluster").succeeded()
      }
    }

    @Test func folder() async throws {
      try await check("--config", "/tmp").failed(saying: "/tmp: the file cannot be read: it is a folder")
    }

    @Test(
      "help is wrapped once, for the columns that there are", arguments: [60, 80, 100, 120],
      ["dns --help", "help dns"])
    func help(columns: Int, words: String) async throws {
      let command = [Program.callsign] + words.split(separator: " ").map(String.init)
      let text = try await Program.run(["env", "COLUMNS=\(columns)"] + command).succeeded().output
      let lines = text.split(separator: "\n")
      let start = try #require(lines.firstIndex(of: "Settings:")) + 1
      let end = try #require(lines.firstIndex { $0.hasPrefix("USAGE:") })
      let settings = lines[start..<end]
      #expect(settings.count > 100 && settings.allSatisfy { $0.count <= columns })
      let others = settings.filter { !$0.hasPrefix("  --") && !$0.hasPrefix(String(repeating: " ", count: 8)) }
      #expect(others == [])
      // Only the last line of a setting is short.
      for (line, next) in zip(settings, settings.dropFirst()) where line.hasPrefix("    ") && next.hasPrefix("    ") {
        let word = next.drop { $0 == " " }.prefix { $0 != " " }
        #expect(line.count + 1 + word.count >= min(columns, 100), "\(line)")
      }
    }
  }
}
