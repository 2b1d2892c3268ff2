// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The end of pods whose program is not there any more.
package enum PodShutdown {
  /// Ends everything that runs from a data directory: each container is asked to end, and has `grace` for it.
  /// - Returns: whether anything ran.
  package static func run(dataDirectory: String, grace: Duration) async throws(RuntimeError) -> Bool {
    let paths = RuntimePaths(dataDirectory: dataDirectory)
    guard let agent = try NodeAgent.connect(paths) else { return false }
    if let runtime = try? OCIRuntime(paths: paths) { await endContainers(agent, runtime, paths, grace) }
    await agent.shutdown()
    return true
  }

  private static func endContainers(
    _ agent: NodeAgent, _ runtime: OCIRuntime, _ paths: RuntimePaths, _ grace: Duration
  ) async {
    guard let list = try? await agent.run(runtime.command("list", "--quiet")) else { return }
    let running = Set(list.output.split(separator: "\n").map(String.init).filter { ContainerID($0) != nil })
    for id in running { _ = try? await agent.run(runtime.command("kill", id, "TERM")) }
    _ = await withTimeout(grace) {
      var rest = running
      guard let watch = try? DirectoryWatch(paths.exits) else { return }
      while true {
        rest.subtract((try? Files.list(paths.exits)) ?? [])
        if rest.isEmpty { return }
        guard (try? await watch.change()) == true else { return }
      }
    }
  }
}
