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

    @Test("so is the file of a token that it names; a program that gives credentials is not run")
    func tokenFile() async throws {
      try await Site.with { site in
        func config(_ user: String) throws -> String {
          try site.write(Self.kubeconfig.replacing("{token: t}", with: user), to: "config")
        }
        let token = try site.write("a.b.c\n", to: "token")
        let file = try config("{tokenFile: \(token)}")
        try await check("--kubernetes-kubeconfig", file).succeeded()
        _ = try site.write("a.b\nc", to: "token")
        let broken = try await check("--kubernetes-kubeconfig", file)
        broken.failed(
          saying: "kubernetes.kubeconfig: \(token): the token has blanks or other characters that no token has")
        _ = try config("{tokenFile: none}")
        let missing = try await check("--kubernetes-kubeconfig", file)
        #expect(missing.status == 1)
        #expect(missing.errors.hasPrefix(
          "Error: kubernetes.kubeconfig: the token's file \(site.root)/none cannot be read: "), "\(missing.errors)")
        let version = "client.authentication.k8s.io/v1"
        _ = try config("{exec: {command: /nowhere/program, apiVersion: \(version), interactiveMode: Never}}")
        try await check("--kubernetes-kubeconfig", file).succeeded()
      }
    }

    @Test("manifests are read as at the start, with the same words", arguments: [
      ("none", "no such file or folder"), ("empty", "the folder has no *.yaml, *.yml or *.json file"),
      ("bad.yaml", "1: document 1 (Nope): apiVersion: is missing, such as \"v1\" or \"apps/v1\""),
    ])
    func objects(path: String, problem: String) async throws {
      try await Site.with { site in
        _ = try site.write("kind: Nope\n", to: "bad.yaml")
        try FileManager.default.createDirectory(atPath: "\(site.root)/empty", withIntermediateDirectories: true)
        let place = "\(site.root)/\(path)"
        let colon = path == "bad.yaml" ? ":" : ": "
        let message = "1 mistake in the manifests:\n\(place)\(colon)\(problem)"
        try await check("--objects", place).failed(saying: message)
        let start = ["--listen", "127.0.0.1:0", "--metrics", "off", "--health", "off", "--ready", "off"]
        let started = try await Program.run([Program.callsign, "dns", "--objects", place] + start)
        #expect(started.status == 1 && started.errors.contains(message), "\(started.errors)")
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
