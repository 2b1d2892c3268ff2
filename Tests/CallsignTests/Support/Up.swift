// SPDX-License-Identifier: Apache-2.0
import Subprocess
import Testing

/// A running `callsign up`.
struct Up: Sendable {
  /// How it ends.
  enum Ending: Sendable {
    /// By `callsign down`.
    case down
    /// By Ctrl-C.
    case interrupt
    /// By SIGTERM.
    case terminate
    /// By `kill -9`: its pods go on.
    case kill
  }

  let site: Site
  /// What it said until it was ready.
  let lines: [String]
  let apiPort: String
  let dnsPort: String
  /// Ends it as `kill -9` does.
  let kill: @Sendable () -> Void
  let send: @Sendable (Signal) throws -> Void

  fileprivate init(
    _ site: Site, lines: [String], kill: @escaping @Sendable () -> Void,
    send: @escaping @Sendable (Signal) throws -> Void
  ) throws {
    func port(_ prefix: String) throws -> String {
      let line = try #require(lines.first { $0.hasPrefix(prefix) }, "\(lines)")
      return String(line.dropFirst(prefix.count).prefix { $0.isNumber })
    }
    self.site = site
    self.lines = lines
    self.kill = kill
    self.send = send
    apiPort = try port("API  https://127.0.0.1:")
    dnsPort = try port("DNS  127.0.0.1:")
  }

  /// What dig says to a question, in order of text.
  func dig(_ words: String...) async throws -> [String] {
    try await Program.run(["dig", "@127.0.0.1", "-p", dnsPort, "+tries=1", "+time=5"] + words)
      .succeeded().lines.sorted()
  }

  /// What a name of the namespace `default` is, in order of text.
  func names(_ name: String, _ type: String = "A") async throws -> [String] {
    try await dig("+short", "\(name).default.svc.cluster.local", type)
  }
}

/// `callsign up` ended before it was ready.
struct DidNotStart: Error, CustomStringConvertible {
  var lines: [String]
  var description: String { "callsign up ended before it was ready: \(lines.joined(separator: "\n"))" }
}

extension Site {
  /// What `callsign up` says when it is told to end.
  private static let endLine = "ending the pods, each within its grace period; Ctrl-\\ ends them at once"

  /// Runs `callsign up` on free ports, and `body` as soon as it is ready; then ends it, and looks that it ended well.
  func up(
    _ arguments: String..., ending: Up.Ending = .down, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Up) async throws -> Void = { _ in }
  ) async throws {
    let words = words(["up", "--api-port", "0", "--dns-port", "0"] + arguments)
    // `env` becomes the program that it starts, wherever that lies.
    let result = try await Subprocess.run(
      .name("env"), arguments: Arguments(words), input: .none, output: .sequence, error: .combinedWithOutput
    ) { execution in
      var output = execution.standardOutput.strings().makeAsyncIterator()
      do {
        var lines: [String] = []
        while lines.last != "ready", let line = try await output.next() { lines.append(line) }
        guard lines.last == "ready" else { throw DidNotStart(lines: lines) }
        let up = try Up(
          self, lines: lines, kill: { try? execution.send(signal: .kill) },
          send: { try execution.send(signal: $0) })
        try await body(up)
        switch ending {
        case .down:
          let down = try await callsign("down")
          #expect(down.output == "down\n", sourceLocation: sourceLocation)
        case .interrupt: try execution.send(signal: .interrupt)
        case .terminate: try execution.send(signal: .terminate)
        case .kill: try? execution.send(signal: .kill)
        }
        // Nobody else holds its output, so that it ends with the program.
        var rest: [String] = []
        while let line = try await output.next() { rest.append(line) }
        let runsPods = !lines.contains { $0.contains("do not run") } && !arguments.contains("none")
        #expect(rest == (runsPods && ending != .kill ? [Self.endLine] : []), sourceLocation: sourceLocation)
      } catch {
        try? execution.send(signal: .kill)
        throw error
      }
    }
    #expect(
      result.terminationStatus == (ending == .kill ? .signaled(9) : .exited(0)), sourceLocation: sourceLocation)
  }
}
