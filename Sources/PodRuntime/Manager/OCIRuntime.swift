// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The programs that run containers.
package struct OCIRuntime: Sendable, Hashable {
  /// `runc`, or another with its command line.
  let program: String
  let conmon: String
  /// Before the runtime's subcommand.
  let options: [String]

  /// Finds the programs.
  /// - Throws: what is missing, and how to get it.
  package init(paths: RuntimePaths) throws(RuntimeError) {
    var found: [String: String] = [:]
    for (name, package) in [("runc", "runc"), ("conmon", "conmon"), ("ip", "iproute2"), ("nft", "nftables")] {
      guard let path = Files.program(name, searchPath: AgentProcess.searchPath) else {
        throw RuntimeError(.unsupported, "the program \(name) is missing: apt-get install \(package)")
      }
      found[name] = path
    }
    if ChildProcess.user != 0 { _ = try UserNamespace.requirements() }
    program = found["runc"] ?? ""
    conmon = found["conmon"] ?? ""
    options = ["--root=" + paths.runtimeState, "--rootless=true"]
  }

  func command(_ arguments: String...) -> [String] { [program] + options + arguments }

  /// The words of an error without the form of a log entry: `time="…" level=error msg="…"`.
  func reason(_ text: String) -> String {
    guard let start = text.firstRange(of: "msg=\"")?.upperBound else { return text }
    var words = text[start...]
    while let last = words.last, last == "\"" || last.isNewline { words.removeLast() }
    return String(words).replacing("\\\"", with: "\"")
  }
}
