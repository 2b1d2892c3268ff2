// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The end of pods whose program is not there any more.
package enum PodShutdown {
  /// Ends everything that runs from a data directory: each container is asked to end, and has its pod's grace for it.
  /// - Parameter limit: the longest grace that is given.
  /// - Returns: whether anything ran.
  package static func run(dataDirectory: String, limit: Duration) async throws(RuntimeError) -> Bool {
    let paths = RuntimePaths(dataDirectory: dataDirectory)
    guard let agent = try await NodeAgent.connect(paths) else { return false }
    if let runtime = try? RuntimeNote.runtime(of: agent.instance, paths) {
      await endContainers(agent, runtime, paths, limit)
    }
    await agent.shutdown()
    return true
  }

  private static func endContainers(
    _ agent: NodeAgent, _ runtime: OCIRuntime, _ paths: RuntimePaths, _ limit: Duration
  ) async {
    guard let list = try? await agent.run(runtime.command("list", "--quiet")) else { return }
    let running = list.output.split(separator: "\n").compactMap { ContainerID(String($0)) }
    for id in running { _ = try? await agent.run(runtime.command("kill", id.text, "TERM")) }

    let start = ContinuousClock.now
    let byGrace = Dictionary(grouping: running) { id in
      min(limit, PodRecord(path: paths.record(id.pod)).map { .seconds($0.grace) } ?? limit)
    }
    for (grace, ids) in byGrace.sorted(by: { $0.key < $1.key }) {
      let left = Set(ids.map(\.text))
      await withTimeout(grace - (ContinuousClock.now - start)) { await waitForExits(of: left, paths) }
      for id in left.subtracting(exits(paths)) { _ = try? await agent.run(runtime.command("kill", id, "KILL")) }
    }
  }

  /// Returns when all of them have ended.
  private static func waitForExits(of ids: Set<String>, _ paths: RuntimePaths) async {
    guard let watch = try? DirectoryWatch(paths.exits) else { return }
    while !ids.isSubset(of: exits(paths)) {
      guard (try? await watch.change()) == true else { return }
    }
  }

  /// The containers that conmon has seen end.
  private static func exits(_ paths: RuntimePaths) -> Set<String> {
    Set((try? Files.list(paths.exits)) ?? [])
  }
}
