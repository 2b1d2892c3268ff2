// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Which OCI runtime the containers of a node agent run with: a file with the agent's instance and the runtime's name.
///
/// No runtime knows the containers of another. So while an agent lives its containers keep theirs, also where a
/// preferred one was installed since.
enum RuntimeNote {
  /// The runtime that the agent's containers have; `chosen`, which is noted, where it has none yet.
  /// - Throws: an error of code `agent` where theirs is there no more.
  static func agree(
    on chosen: OCIRuntime, agent instance: String, _ paths: RuntimePaths
  ) throws(RuntimeError) -> OCIRuntime {
    if let kind = kind(of: instance, paths) {
      return kind == chosen.kind ? chosen : try runtime(kind, paths)
    }
    try system { () throws(SystemError) in
      try Files.replace(paths.runtimeNote, with: Array("\(instance) \(chosen.kind.rawValue)\n".utf8))
    }
    return chosen
  }

  /// The runtime that the agent's containers have.
  static func runtime(of instance: String, _ paths: RuntimePaths) throws(RuntimeError) -> OCIRuntime {
    if let kind = kind(of: instance, paths) { return try runtime(kind, paths) }
    return try OCIRuntime(paths: paths)
  }

  private static func runtime(_ kind: OCIRuntime.Kind, _ paths: RuntimePaths) throws(RuntimeError) -> OCIRuntime {
    do {
      return try OCIRuntime(paths: paths, kinds: [kind])
    } catch {
      throw RuntimeError(.agent, "the pods that run here need \(kind.rawValue): \(error.message); or `callsign down`")
    }
  }

  /// Nil where no note of this agent is there.
  static func kind(of instance: String, _ paths: RuntimePaths) -> OCIRuntime.Kind? {
    let words = (try? Files.readText(paths.runtimeNote))?.split(whereSeparator: \.isWhitespace) ?? []
    guard words.count == 2, words[0] == instance else { return nil }
    return OCIRuntime.Kind(rawValue: String(words[1]))
  }
}
