// SPDX-License-Identifier: Apache-2.0
import Subprocess
import Testing

extension EndToEnd {
  /// Nothing that was acknowledged is lost.
  @Suite(.timeLimit(.minutes(3))) struct StateTests {
    @Test func theNextUpGoesOnWithTheSameObjects() async throws {
      try await Site.with { site in
        let names = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.spec.clusterIP}{\"\\n\"}{end}"
        let kinds = "services,statefulsets,deployments,configmaps"
        var before = ""
        var certificate = ""
        try await site.up("--runtime", "none", "-f", CommandTests.headless) { _ in
          try await site.kubectl("create", "configmap", "kept", "--from-literal=a=1").succeeded()
          before = try await site.kubectl("get", kinds, "-A", "-o", names).succeeded().output
          certificate = try await site.kubectl("config", "view", "--raw").succeeded().output
        }
        try await site.up("--runtime", "none") { up in
          #expect(try await site.kubectl("get", kinds, "-A", "-o", names).succeeded().output == before)
          #expect(before.contains("ConfigMap/kept "))
          try await site.kubectl("rollout", "status", "statefulset/my-app", "--timeout=60s").succeeded()
          try await eventually { try await up.names("my-headless-service").count == 3 }
          // Certificate and token stay; only the port is another one.
          let now = try await site.kubectl("config", "view", "--raw").succeeded().output
          func withoutServer(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { !$0.contains("server:") }
          }
          #expect(withoutServer(now) == withoutServer(certificate))
        }
      }
    }

    /// One kubectl writes object after object, and one object again and again. `up` is killed after some answer, while
    /// the next is under way.
    @Test(arguments: [1, 2, 3, 4])
    func whatKubectlSaysIsWrittenSurvivesAKill(seed: Int) async throws {
      try await Site.with { site in
        let count = 30
        var manifest = ""
        for number in 1...count {
          for name in ["single-\(number)", "counter"] {
            manifest += """
              ---
              apiVersion: v1
              kind: ConfigMap
              metadata: {name: \(name)}
              data: {number: "\(number)"}

              """
          }
        }
        let path = try site.write(manifest)
        // Spread over the run, another place for each seed.
        let killedAfter = seed * 17 % 53
        var written: [String] = []
        try await site.up("--runtime", "none", ending: .kill) { up in
          written = try await site.lines(of: site.words(kubectl: ["apply", "-f", path])) { number in
            if number == killedAfter { up.kill() }
          }
        }
        try await site.up("--runtime", "none") { _ in
          let stored = try await site.kubectl(
            "get", "configmaps", "-o", "jsonpath={range .items[*]}{.metadata.name} {.data.number}{\"\\n\"}{end}"
          ).succeeded().lines
          // `configmap/single-7 created` stands for `single-7 7`.
          let acknowledged = written.compactMap { $0.split { "/- ".contains($0) } }.filter { $0[1] == "single" }
          #expect(Set(acknowledged.map { "single-\($0[2]) \($0[2])" }).subtracting(stored) == [])
          let counted = written.count { $0.hasPrefix("configmap/counter ") }
          let counter = stored.lazy.filter { $0.hasPrefix("counter ") }.compactMap { Int($0.dropFirst(8)) }.first ?? 0
          #expect(counter >= counted && counter <= counted + 1)
          // What was under way may be there or not; nothing else is.
          #expect(stored.count { $0.hasPrefix("single-") } <= counted + 1)
          try await site.kubectl("create", "configmap", "next", "--from-literal=a=1").succeeded()
        }
      }
    }
  }
}

extension Site {
  /// Runs a program to its end, and gives its lines of output; `body` is told of each as it comes.
  fileprivate func lines(of words: [String], _ body: (Int) -> Void) async throws -> [String] {
    try await Subprocess.run(
      .name("env"), arguments: Arguments(words), input: .none, output: .sequence, error: .discarded
    ) { execution in
      var lines: [String] = []
      for try await line in execution.standardOutput.strings() {
        lines.append(line)
        body(lines.count)
      }
      return lines
    }.takeClosureResult()
  }
}
