// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import Synchronization

extension ObjectStore {
  /// Each change of a kind after a version, in order.
  ///
  /// - Throws: `Expired` where changes after that version are no longer known.
  package func watch(
    _ resource: APIResource, namespace: String?, from version: UInt64
  ) throws(StatusError) -> ObjectWatch {
    let id: UInt64? = state.withLock { state in
      let oldest = state.histories[resource]?.completeAfter ?? state.historyStart
      guard version >= oldest else { return nil }
      let id = state.nextWatch
      state.nextWatch += 1
      state.watchers[id] = Watcher(resource: resource, namespace: namespace, position: version)
      return id
    }
    guard let id else { throw Self.expired(version) }
    return ObjectWatch(store: self, resource: resource, namespace: namespace, id: id, start: version)
  }

  static func expired(_ version: UInt64) -> StatusError {
    StatusError(.expired, "too old resource version: \(version)")
  }

  func endWatch(_ id: UInt64) {
    let waiter = state.withLock { $0.watchers.removeValue(forKey: id)?.waiter }
    waiter?.resume()
  }

  func bookmark(of id: UInt64) -> UInt64? {
    state.withLock { state in
      guard let watcher = state.watchers[id] else { return nil }
      let pending = state.histories[watcher.resource]?.events(after: watcher.position)
      return pending?.isEmpty ?? true ? state.version : nil
    }
  }

  /// What a watcher finds when it looks.
  private enum Look {
    case events([WatchEvent])
    case nothing
    case expired(UInt64)
    case ended
  }

  func nextEvents(of watch: ObjectWatch) async throws(StatusError) -> [WatchEvent]? {
    while true {
      switch look(watch.id) {
      case .events(let events): return events
      case .expired(let version): throw Self.expired(version)
      case .ended: return nil
      case .nothing: break
      }
      if Task.isCancelled { return nil }
      await waitForChange(watch.id)
      if Task.isCancelled { return nil }
    }
  }

  private func look(_ id: UInt64) -> Look {
    state.withLock { state in
      guard let watcher = state.watchers[id], !state.isClosed else { return .ended }
      guard let history = state.histories[watcher.resource] else { return .nothing }
      guard watcher.position >= history.completeAfter else { return .expired(watcher.position) }
      let events = history.events(after: watcher.position)
      guard let last = events.last else { return .nothing }
      state.watchers[id]?.position = last.version
      let wanted = events.filter { watcher.namespace == nil || $0.object.metadata.namespace == watcher.namespace }
      return wanted.isEmpty ? .nothing : .events(wanted)
    }
  }

  /// Returns when something of the watch's kind has changed, or the task is cancelled.
  private func waitForChange(_ id: UInt64) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let resumesNow = state.withLock { state in
          guard let watcher = state.watchers[id], !state.isClosed, !Task.isCancelled else { return true }
          let pending = state.histories[watcher.resource]?.events(after: watcher.position)
          if pending?.isEmpty == false { return true }
          state.watchers[id]?.waiter = continuation
          return false
        }
        if resumesNow { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.watchers[id]?.waiter
        state.watchers[id]?.waiter = nil
        return waiter
      }
      waiter?.resume()
    }
  }
}
