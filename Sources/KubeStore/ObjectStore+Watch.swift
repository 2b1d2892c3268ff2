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

  func endWatch(_ id: UInt64) {
    let waiter = state.withLock { $0.watchers.removeValue(forKey: id)?.waiter }
    waiter?.resume()
  }

  /// Lets a reader come back that waits, or that is about to.
  func wake(_ id: UInt64) {
    let waiter = state.withLock { state in
      state.watchers[id]?.isWoken = true
      return state.watchers[id]?.takeWaiter()
    }
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
    case woken
    case nothing
    case expired(UInt64)
    case ended
  }

  func nextEvents(of watch: ObjectWatch) async throws(StatusError) -> [WatchEvent]? {
    while true {
      switch look(watch.id) {
      case .events(let events): return events
      case .woken: return []
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
      let found = Self.look(watcher, id, &state)
      guard case .nothing = found, watcher.isWoken else { return found }
      state.watchers[id]?.isWoken = false
      return .woken
    }
  }

  private static func look(_ watcher: Watcher, _ id: UInt64, _ state: inout State) -> Look {
    guard let history = state.histories[watcher.resource] else { return .nothing }
    guard watcher.position >= history.completeAfter else { return .expired(watcher.position) }
    let events = history.events(after: watcher.position)
    guard let last = events.last else { return .nothing }
    state.watchers[id]?.position = last.version
    guard let namespace = watcher.namespace else { return .events(Array(events)) }
    let wanted = events.filter { $0.object.metadata.namespace == namespace }
    return wanted.isEmpty ? .nothing : .events(wanted)
  }

  /// Returns when something of the watch's kind has changed, or the task is cancelled.
  private func waitForChange(_ id: UInt64) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let resumesNow = state.withLock { state in
          guard let watcher = state.watchers[id], !state.isClosed, !Task.isCancelled else { return true }
          let pending = state.histories[watcher.resource]?.events(after: watcher.position)
          if watcher.isWoken || pending?.isEmpty == false { return true }
          state.watchers[id]?.waiter = continuation
          return false
        }
        if resumesNow { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { $0.watchers[id]?.takeWaiter() }
      waiter?.resume()
    }
  }
}

extension ObjectStore.Watcher {
  /// The reader that waits, who is to be resumed by whoever takes it.
  fileprivate mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
    defer { waiter = nil }
    return waiter
  }
}
