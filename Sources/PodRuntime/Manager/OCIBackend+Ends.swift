// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Synchronization

/// How the ends of containers become known: conmon writes a file for each.
extension OCIBackend {
  /// The status of a container that was killed: 128 + SIGKILL.
  private static let killed: Int32 = 137
  /// What an OCI runtime says of a container whose process has ended.
  private static let stopped = "stopped"
  /// How long after a container's end its file may take to appear: many times what conmon needs for it.
  private static let exitFileLimit: Duration = .seconds(2)

  /// Watches for the files that conmon writes when containers end.
  /// - Throws: `unsupported` where the kernel has no watch left for this user.
  static func watchExits(_ paths: RuntimePaths) throws(RuntimeError) -> DirectoryWatch {
    do {
      try Files.makeDirectory(paths.exits)
      return try DirectoryWatch(paths.exits)
    } catch {
      guard error.isLimitReached else { throw RuntimeError(error) }
      throw RuntimeError(
        .unsupported,
        "ends of containers cannot be watched (\(error)): raise the kernel's limits, for instance with "
          + "`sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288`")
    }
  }

  func watchEnds(_ receive: @escaping EndReceiver) async throws(RuntimeError) {
    state.withLock { $0.receiver = receive }
    let failure = await withTaskGroup(of: RuntimeError?.self) { group in
      group.addTask { await self.followExits(receive) }
      group.addTask { [agent, paths] in
        guard await agent.isLost() else { return nil }
        return RuntimeError(
          .agent, "the node agent has ended, and every pod with it; see \(paths.agentLog), and start again")
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    guard let failure else { return }
    // Nobody would learn of another end, so what still runs goes with the agent.
    await agent.shutdown()
    takeEnds(receive)
    endAll(receive)
    throw failure
  }

  private func followExits(_ receive: @escaping EndReceiver) async -> RuntimeError? {
    do {
      repeat { takeEnds(receive) } while try await exits.change()
      if Task.isCancelled { return nil }
      return RuntimeError(.system, "ends of containers cannot be watched any more")
    } catch {
      return RuntimeError(.system, "ends of containers cannot be watched: \(error)")
    }
  }

  /// Tells of every container as killed: none outlives the agent.
  private func endAll(_ receive: EndReceiver) {
    for (uid, record) in state.withLock({ $0.records }) {
      for (name, container) in record.containers {
        let id = ContainerID(pod: uid, name: name, attempt: container.attempt)
        _ = receive(
          id,
          ContainerState.End(
            attempt: id.attempt, status: Self.killed, startedAt: container.startedAt, finishedAt: time))
      }
    }
  }

  private func takeEnds(_ receive: @escaping EndReceiver) {
    for name in (try? Files.list(paths.exits)) ?? [] {
      guard let id = ContainerID(name), !state.withLock({ $0.seen.contains(name) }), let end = end(of: id),
        receive(id, end)
      else { continue }
      state.withLock { _ = $0.seen.insert(name) }
    }
  }

  /// Tells of a container's end that conmon could not write down, be it that the disk is full or that it was killed:
  /// for a container that was told to end, since nobody would wait for another.
  func noticeSilentEnd(of id: ContainerID) async {
    // Cancelled where the end was seen meanwhile, and the pod is over.
    guard (try? await ContinuousClock().sleep(for: Self.exitFileLimit)) != nil, end(of: id) == nil,
      let status = await status(of: id), status == Self.stopped
    else { return }
    let (receiver, container) = state.withLock { ($0.receiver, $0.records[id.pod]?.containers[id.name]) }
    guard let receiver, container?.attempt == id.attempt else { return }
    let end = ContainerState.End(
      attempt: id.attempt, status: Self.killed, startedAt: container?.startedAt, finishedAt: time)
    if receiver(id, end) { state.withLock { _ = $0.seen.insert(id.text) } }
  }

  /// Returns when conmon has written a container's end down, or it takes too long.
  func waitForExitFile(of id: ContainerID, _ watch: DirectoryWatch) async {
    await withTimeout(Self.exitFileLimit) {
      while self.end(of: id) == nil, (try? await watch.change()) == true {}
    }
  }

  /// A run that is about to begin has not ended.
  func forgetExit(of id: ContainerID) throws(SystemError) {
    try Files.remove(paths.exit(id))
    state.withLock { _ = $0.seen.remove(id.text) }
  }

  /// What conmon has written of a container's end; nil while it runs.
  func end(of id: ContainerID) -> ContainerState.End? {
    let path = paths.exit(id)
    guard let text = try? Files.readText(path), let status = Int32(text.filter { !$0.isWhitespace }) else { return nil }
    let startedAt = state.withLock { $0.records[id.pod]?.containers[id.name]?.startedAt }
    let finishedAt = Files.modified(path).map { Timestamp(microseconds: $0) } ?? time
    return ContainerState.End(attempt: id.attempt, status: status, startedAt: startedAt, finishedAt: finishedAt)
  }
}
