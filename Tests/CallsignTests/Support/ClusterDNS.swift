// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

/// A running `callsign dns` whose names come from a cluster.
struct ClusterDNS: Sendable {
  /// Where nobody else listens.
  static let observedPort = 29_154

  let port: String
  private let log: String

  /// Runs the server until `body` has ended, and looks that it ends well.
  /// - Parameter isReady: whether it is waited for until all names are known.
  static func run(
    _ site: Site, _ arguments: String..., isReady: Bool = true, _ body: (ClusterDNS) async throws -> Void
  ) async throws {
    let place = "127.0.0.1:\(observedPort)"
    let log = "\(site.root)/dns.log"
    let words = [
      "-u", "KUBERNETES_SERVICE_HOST", "sh", "-c", "exec \"$@\" 2>\"$0\"", log, site.program, "dns",
      "--listen", "127.0.0.1:0", "--lameduck", "0", "--metrics", place, "--health", place, "--ready", place,
      "--kubernetes-kubeconfig", site.kubeconfig,
    ]
    let result = try await Subprocess.run(
      .name("env"), arguments: Arguments(words + arguments), input: .none, output: .sequence, error: .discarded
    ) { execution in
      var output = execution.standardOutput.strings().makeAsyncIterator()
      do {
        var lines: [String] = []
        let last = isReady ? "ready" : "cluster"
        while lines.last?.hasPrefix(last) != true, let line = try await output.next() { lines.append(line) }
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let place = try #require(lines.first { $0.hasPrefix("DNS  127.0.0.1:") }, "\(lines)\n\(text)")
        try await body(ClusterDNS(port: String(place.split(separator: ":")[1]), log: log))
        try execution.send(signal: .terminate)
        while try await output.next() != nil {}
      } catch {
        try? execution.send(signal: .kill)
        throw error
      }
    }
    #expect(result.terminationStatus == .exited(0))
  }

  /// What dig says, in order of text.
  func dig(_ words: String...) async throws -> [String] {
    try await Program.run(["dig", "@127.0.0.1", "-p", port, "+short", "+tries=1", "+time=5"] + words)
      .succeeded().lines.sorted()
  }

  /// The response code of an answer.
  func code(_ words: String...) async throws -> String {
    let output = try await Program.run(["dig", "@127.0.0.1", "-p", port, "+tries=1", "+time=5"] + words)
      .succeeded().output
    return output.firstMatch(of: /status: ([A-Z]+)/).map { String($0.1) } ?? output
  }

  func get(_ path: String) async throws -> String {
    try await Program.run(["curl", "-s", "http://127.0.0.1:\(Self.observedPort)/\(path)"]).succeeded().output
  }

  /// The value of a metric, with its labels as they are written.
  func metric(_ name: String) async throws -> String? {
    let line = try await get("metrics").split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.map { String($0.dropFirst(name.count + 1)) }
  }

  /// What it has logged.
  var logged: String { get throws { try String(contentsOfFile: log, encoding: .utf8) } }
}
