// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import LinuxSystem

/// Commands in containers that run, on the caller's own terminal or pipes.
package enum PodExec {
  /// Runs a command and waits for it.
  /// - Parameters:
  ///   - container: empty takes the first, or the one that the annotation
  ///     `kubectl.kubernetes.io/default-container` names.
  ///   - isTerminal: whether the command gets the caller's terminal as its own.
  /// - Returns: its exit status.
  package static func run(
    _ command: [String], in pod: Pod, container: String, isTerminal: Bool, dataDirectory: String
  ) async throws(RuntimeError) -> Int32 {
    let names = pod.containers.compactMap { $0["name"]?.string }
    let standard = pod.metadata.annotations["kubectl.kubernetes.io/default-container"] ?? names.first ?? ""
    let name = container.isEmpty ? standard : container
    guard names.contains(name) else {
      throw RuntimeError(
        .configuration, "pod \(pod.metadata.name) has no container \(name); it has \(names.joined(separator: ", "))")
    }
    let paths = RuntimePaths(dataDirectory: dataDirectory)
    guard let agent = try await NodeAgent.connect(paths) else {
      throw RuntimeError(.agent, "no pods run from \(dataDirectory): the cluster is down, or runs with --runtime none")
    }
    let runtime = try RuntimeNote.runtime(of: agent.instance, paths)
    let statuses = pod.status["containerStatuses"]?.array ?? []
    guard let status = statuses.first(where: { $0["name"]?.string == name }), status["state"]?["running"] != nil,
      let attempt = status["restartCount"]?.int
    else { throw RuntimeError(.container, "container \(name) of pod \(pod.metadata.name) does not run") }
    let id = ContainerID(pod: pod.metadata.uid, name: name, attempt: Int(attempt))
    let options = isTerminal ? ["exec", "--tty", id.text] : ["exec", id.text]
    let image = ProcessImage(
      [runtime.program] + runtime.options + options + command,
      environment: ["PATH=" + AgentProcess.searchPath, "TERM=" + (ChildProcess.environmentValue("TERM") ?? "dumb")],
      directory: "/")
    let program = try await agent.start(
      image, descriptors: [.standardInput, .standardOutput, .standardError], isBound: true)
    return try await agent.status(of: program)
  }
}
