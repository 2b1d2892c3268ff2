// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The programs that run containers.
package struct OCIRuntime: Sendable, Hashable {
  /// The runtimes whose command line is known, the first that is there being taken.
  package enum Kind: String, Sendable, CaseIterable {
    case runc, crun
  }

  let kind: Kind
  let program: String
  let conmon: String
  /// Before the runtime's subcommand.
  let options: [String]

  /// Finds the programs.
  /// - Parameters:
  ///   - kinds: the runtimes that will do, the preferred one first.
  ///   - searchPath: directories, separated by colons.
  ///   - fileSystems: what the kernel knows, in the form of `/proc/filesystems`.
  /// - Throws: what is missing, and how to get it.
  package init(
    paths: RuntimePaths, kinds: [Kind] = Kind.allCases, searchPath: String = AgentProcess.searchPath,
    fileSystems: String = (try? Files.readText("/proc/filesystems")) ?? ""
  ) throws(RuntimeError) {
    // runc refuses paths of namespaces with a comma: it has a list of them, with commas between.
    let usable = kinds.filter { $0 != .runc || !paths.dataDirectory.contains(",") }
    guard let kind = usable.first(where: { Files.program($0.rawValue, searchPath: searchPath) != nil }) else {
      guard usable == kinds else {
        throw RuntimeError(
          .unsupported,
          "runc runs no pods in \(paths.dataDirectory), whose path has a comma: choose another place with --data-dir, "
            + "or apt-get install crun")
      }
      throw Self.isMissing(kinds[0].rawValue, package: kinds[0].rawValue)
    }
    if kind == .crun, !fileSystems.split(whereSeparator: \.isWhitespace).contains("cgroup2") {
      throw RuntimeError(
        .unsupported,
        "crun needs control groups of version 2, which this kernel does not have: apt-get install runc")
    }
    self.kind = kind
    program = try Self.find(kind.rawValue, package: kind.rawValue, searchPath)
    conmon = try Self.find("conmon", package: "conmon", searchPath)
    _ = try Self.find("ip", package: "iproute2", searchPath)
    _ = try Self.find("nft", package: "nftables", searchPath)
    if ChildProcess.user != 0 { _ = try UserNamespace.requirements() }
    options = ["--root=" + paths.runtimeState, kind.withoutControlGroups]
  }

  private static func find(_ name: String, package: String, _ searchPath: String) throws(RuntimeError) -> String {
    guard let path = Files.program(name, searchPath: searchPath) else { throw isMissing(name, package: package) }
    return path
  }

  private static func isMissing(_ name: String, package: String) -> RuntimeError {
    RuntimeError(.unsupported, "the program \(name) is missing: apt-get install \(package)")
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

extension OCIRuntime.Kind {
  /// The option by which containers get no control groups (``ControlGroupView``).
  fileprivate var withoutControlGroups: String {
    switch self {
    // It then does without where it may not write.
    case .runc: "--rootless=true"
    case .crun: "--cgroup-manager=disabled"
    }
  }
}
