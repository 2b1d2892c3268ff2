// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import Synchronization

/// The names of the cluster, kept in step with its objects.
///
/// One writer applies changes; each batch that touches a name makes the records of just those Services anew and puts
/// a new snapshot in place. Readers hold a snapshot (`NameReader`) and learn of the next from a counter, so a question
/// takes no lock.
package final class NameIndex: Sendable {
  /// The kinds that names come from.
  package static func resources(_ settings: NamingSettings) -> [APIResource] {
    [.namespaces, .services, .endpointSlices] + (settings.podNames == .verified ? [.pods] : [])
  }

  private struct State {
    var draft: NameDraft
    var snapshot: NameSnapshot
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state: Mutex<State>
  /// The generation of the newest snapshot.
  private let newest = Atomic<UInt64>(0)

  package let settings: NamingSettings

  package init(_ settings: NamingSettings) {
    self.settings = settings
    let draft = NameDraft(settings)
    state = Mutex(State(draft: draft, snapshot: draft.snapshot(generation: 0)))
  }

  /// The names as they are now.
  package var snapshot: NameSnapshot { state.withLock { $0.snapshot } }

  /// The generation of `snapshot`.
  package var generation: UInt64 { newest.load(ordering: .acquiring) }

  /// Takes changes in. When this returns, questions are answered accordingly.
  package func apply(_ changes: [ObjectChange]) {
    let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard state.draft.apply(changes) else { return [] }
      state.snapshot = state.draft.snapshot(generation: state.snapshot.generation + 1)
      newest.store(state.snapshot.generation, ordering: .releasing)
      guard state.snapshot.isSynced else { return [] }
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in woken { waiter.resume() }
  }

  /// Applies what `source` tells until it ends or the task is cancelled.
  package func follow(_ source: any ObjectSource) async {
    for await changes in source.changes(of: Self.resources(settings)) { apply(changes) }
  }

  /// Returns when all that existed at the start is known, or the task is cancelled.
  package func waitUntilSynced() async {
    let ticket = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.snapshot.isSynced || Task.isCancelled { return true }
          state.waiters[ticket] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiters.removeValue(forKey: ticket) }
      waiter?.resume()
    }
  }
}

/// One thread's hold on the newest snapshot.
package struct NameReader {
  private let index: NameIndex
  /// The snapshot to answer from until the next `refresh`.
  package private(set) var snapshot: NameSnapshot

  package init(_ index: NameIndex) {
    self.index = index
    snapshot = index.snapshot
  }

  /// Takes the newest snapshot if there is another: one atomic load where there is none. Call it once a batch.
  package mutating func refresh() {
    if index.generation != snapshot.generation { snapshot = index.snapshot }
  }
}
