// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The end of the agent, which takes everything of the cluster with it.
extension NodeAgent {
  /// Ends the agent, and with it every process, mount and address of the cluster. Returns when it is over.
  package func shutdown() async {
    send(AgentRequest.shutdown.bytes, [])
    await closed()
  }

  /// Returns when the agent has ended.
  package func closed() async {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.closed.append(continuation) }
        return state.isClosed
      }
      if isClosed { continuation.resume() }
    }
  }

  /// Waits until the agent has ended.
  /// - Returns: false where the task was cancelled first.
  func isLost() async -> Bool {
    let id = newID()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known: Bool? = state.withLock { state in
          if state.isClosed { return true }
          if Task.isCancelled { return false }
          state.losses[id] = continuation
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      state.withLock { $0.losses.removeValue(forKey: id) }?.resume(returning: false)
    }
  }
}
