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

  private struct Published {
    var snapshot: NameSnapshot
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  /// The writer's. Held while changes are worked in, which readers do not wait for.
  private let draft: Mutex<NameDraft>
  /// Held only to take or put a reference. Taken after `draft`, never before.
  private let published: Mutex<Published>
  /// The generation of the newest snapshot.
  private let newest = Atomic<UInt64>(0)

  package let settings: NamingSettings

  package init(_ settings: NamingSettings) {
    self.settings = settings
    let draft = NameDraft(settings)
    published = Mutex(Published(snapshot: draft.snapshot(generation: 0)))
    self.draft = Mutex(draft)
  }

  /// The names as they are now.
  package var snapshot: NameSnapshot { published.withLock { $0.snapshot } }

  /// The generation of `snapshot`.
  package var generation: UInt64 { newest.load(ordering: .acquiring) }

  /// Takes changes in. When this returns, questions are answered accordingly.
  package func apply(_ changes: [ObjectChange]) {
    let woken = draft.withLock { draft in
      draft.apply(changes) ? publish(draft.snapshot(generation: generation + 1)) : []
    }
    for waiter in woken { waiter.resume() }
  }

  /// Puts a snapshot in place of the last; gives who waited for it.
  private func publish(_ snapshot: NameSnapshot) -> [CheckedContinuation<Void, Never>] {
    published.withLock { state in
      state.snapshot = snapshot
      newest.store(snapshot.generation, ordering: .releasing)
      guard snapshot.isSynced else { return [] }
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
  }

  /// Applies what `source` tells until it ends or the task is cancelled.
  package func follow(_ source: any ObjectSource) async {
    for await changes in source.changes(of: Self.resources(settings)) { apply(changes) }
  }

  /// Returns when all that existed at the start is known, or the task is cancelled.
  package func waitUntilSynced() async {
    let ticket = published.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = published.withLock { state in
          if state.snapshot.isSynced || Task.isCancelled { return true }
          state.waiters[ticket] = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = published.withLock { $0.waiters.removeValue(forKey: ticket) }
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
