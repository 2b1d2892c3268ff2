// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// Brings one thing into line with what is wanted of it.
///
/// Level-triggered: the input is a key, never an event. A reconciler reads the current state, compares it with the
/// wanted one and writes the difference; run again without a change in between, it writes nothing. No two workers have
/// the same key of one reconciler at a time.
///
/// What a writer has answered is visible in the source from then on; reconcilers rely on it and keep no
/// expectations of their own.
package protocol Reconciler: Sendable {
  /// A word for logs: `statefulset`.
  var name: String { get }

  /// The kinds whose changes can make work.
  var watches: [APIResource] { get }

  /// Keys to reconcile at the start, whether or not any object is there.
  var initialKeys: [ObjectKey] { get }

  /// The keys that an object has a bearing on. The keys of its earlier version are woken too, without being asked for.
  /// - Parameter isDeleted: the object is gone, and this was its last version.
  func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey]

  /// Does what is to be done for one key. An error is logged, and the key comes again after a back-off.
  func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome
}

extension Reconciler {
  package var initialKeys: [ObjectKey] { [] }
}

/// What becomes of a key that was reconciled.
package enum Outcome: Sendable, Equatable {
  /// Nothing to do until something changes.
  case settled
  /// Time alone will make work: to be reconciled again after this span, or at the next change before.
  case again(after: Duration)

  /// The earlier of two outcomes.
  func sooner(_ other: Outcome) -> Outcome {
    switch (self, other) {
    case (.settled, _): other
    case (_, .settled): self
    case (.again(let left), .again(let right)): .again(after: min(left, right))
    }
  }
}
