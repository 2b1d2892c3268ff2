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
  package var resources: [APIResource] { [.namespaces, .services, .endpointSlices] + (knowsPods ? [.pods] : []) }

  private struct Waiter {
    var condition: @Sendable (NameSnapshot) -> Bool
    var continuation: CheckedContinuation<Void, Never>
  }

  private struct Published {
    var snapshot: NameSnapshot
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
    var readers: [WeakSlot] = []
  }

  private struct WeakSlot {
    weak var slot: ReaderSlot?
  }

  /// The writer's. Held while changes are worked in, which readers do not wait for.
  private let draft: Mutex<NameDraft>
  /// Held only to take or put a reference. Taken after `draft`, never before.
  private let published: Mutex<Published>
  /// The generation of the newest snapshot.
  private let newest = Atomic<UInt64>(0)

  /// Whether it is told of pods, so that their names can be verified.
  package let knowsPods: Bool

  /// - Parameter knowsPods: whether it will be told of pods; by default where the settings need it.
  package init(_ settings: NamingSettings, knowsPods: Bool? = nil) {
    let knowsPods = knowsPods ?? (settings.podNames == .verified)
    self.knowsPods = knowsPods
    var draft = NameDraft(settings, keepsPods: knowsPods)
    published = Mutex(Published(snapshot: draft.snapshot(generation: 0)))
    self.draft = Mutex(draft)
  }

  /// The names as they are now.
  package var snapshot: NameSnapshot { published.withLock { $0.snapshot } }

  /// The settings in force.
  package var settings: NamingSettings { snapshot.settings }

  /// The generation of `snapshot`.
  package var generation: UInt64 { newest.load(ordering: .acquiring) }

  /// Octets of memory that the names need: what snapshots share, and what the writer keeps for itself.
  package var memorySize: Int { draft.withLock { $0.size } + snapshot.memorySize }

  /// Takes changes in. When this returns, questions are answered accordingly.
  /// - Returns: false if all of it was known, and no answer changes.
  @discardableResult
  package func apply(facts changes: [NameChange]) -> Bool {
    let woken: [CheckedContinuation<Void, Never>]? = draft.withLock { draft in
      draft.apply(changes) ? publish(draft.snapshot(generation: generation + 1)) : nil
    }
    for waiter in woken ?? [] { waiter.resume() }
    return woken != nil
  }

  /// Takes changes of objects in. When this returns, questions are answered accordingly.
  package func apply(_ changes: [ObjectChange]) { apply(facts: changes.compactMap { NameChange($0) }) }

  /// Takes other settings. When this returns, questions are answered accordingly; until then, as before.
  ///
  /// What goes by the start stays as it is: `firstSerial`, since the serial goes on; `needsNamespaceObject`, since
  /// which namespaces are told of was settled then; and `podNames` where it would become `verified` and pods are not known.
  package func update(_ settings: NamingSettings) {
    let woken = draft.withLock { draft in
      var settings = settings
      if settings.podNames == .verified, !knowsPods { settings.podNames = draft.settings.podNames }
      settings.firstSerial = draft.settings.firstSerial
      settings.needsNamespaceObject = draft.settings.needsNamespaceObject
      if settings == draft.settings { return [CheckedContinuation<Void, Never>]() }
      draft.update(settings)
      return publish(draft.snapshot(generation: generation + 1))
    }
    for waiter in woken { waiter.resume() }
  }

  /// Puts a snapshot in place of the last; gives who waited for it.
  private func publish(_ snapshot: NameSnapshot) -> [CheckedContinuation<Void, Never>] {
    let (woken, readers): ([CheckedContinuation<Void, Never>], [WeakSlot]) = published.withLock { state in
      state.snapshot = snapshot
      newest.store(snapshot.generation, ordering: .releasing)
      state.readers.removeAll { $0.slot == nil }
      guard !state.waiters.isEmpty else { return ([], state.readers) }
      let woken = state.waiters.filter { $0.value.condition(snapshot) }
      for ticket in woken.keys { state.waiters[ticket] = nil }
      return (woken.values.map(\.continuation), state.readers)
    }
    for reader in readers { reader.slot?.moveOn(to: snapshot) }
    return woken
  }

  /// A place for one reader's snapshot.
  fileprivate func addReader() -> ReaderSlot {
    published.withLock { state in
      let slot = ReaderSlot(state.snapshot)
      state.readers.append(WeakSlot(slot: slot))
      return slot
    }
  }

  /// Applies what `source` tells until it ends or the task is cancelled.
  /// - Parameter onServed: told of changes, once questions are answered accordingly; not of what existed at the start.
  package func follow(
    _ source: any ObjectSource, onServed: @Sendable ([ObjectChange]) -> Void = { _ in }
  ) async {
    for await changes in source.changes(of: resources) {
      let isNews = snapshot.isSynced
      apply(changes)
      if isNews { onServed(changes) }
    }
  }

  /// Returns when all that existed at the start is known, or the task is cancelled.
  package func waitUntilSynced() async { await wait { $0.isSynced } }

  /// Returns when there is a snapshot of another generation, or the task is cancelled.
  package func waitForChange(after generation: UInt64) async { await wait { $0.generation != generation } }

  /// Returns when the newest snapshot meets the condition, or the task is cancelled. The condition is asked for each
  /// snapshot while others wait, so it has to be quick.
  package func wait(until condition: @escaping @Sendable (NameSnapshot) -> Bool) async {
    let ticket = published.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = published.withLock { state in
          if condition(state.snapshot) || Task.isCancelled { return true }
          state.waiters[ticket] = Waiter(condition: condition, continuation: continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = published.withLock { $0.waiters.removeValue(forKey: ticket) }
      waiter?.continuation.resume()
    }
  }
}

/// One thread's hold on the newest snapshot.
///
/// The thread has the snapshot to itself while it answers a batch of questions: no lock, no counting per question.
/// Between batches the index may put the newest in its place, so that a thread which waits for its next question for
/// an hour does not keep an hour's changes in memory.
package struct NameReader: Sendable {
  private let index: NameIndex
  private let slot: ReaderSlot

  package init(_ index: NameIndex) {
    self.index = index
    slot = index.addReader()
  }

  /// Calls `body` with the newest snapshot. Use it once a batch.
  @inline(__always)
  package func withSnapshot<Result>(_ body: (NameSnapshot) -> Result) -> Result {
    slot.held.withLock { held in
      if index.generation != held.generation { held = index.snapshot }
      return body(held)
    }
  }
}

/// Where a reader's snapshot is. Locked by the reader for a batch; the index only tries.
private final class ReaderSlot: Sendable {
  let held: Mutex<NameSnapshot>

  init(_ snapshot: NameSnapshot) { held = Mutex(snapshot) }

  /// Lets go of an older snapshot, unless the reader is at work: then it will do so itself.
  func moveOn(to snapshot: NameSnapshot) {
    held.withLockIfAvailable { held in
      if held.generation < snapshot.generation { held = snapshot }
    }
  }
}
