// SPDX-License-Identifier: Apache-2.0
import OrderedCollections
import Synchronization

/// The changes that one reader has yet to take, at most one an object.
///
/// Because a newer change of an object takes the place of an older one, the queue never holds more than there are
/// objects and have been since the reader last took some, however slow it is. An object that got the name of a deleted
/// one is another object: the end of the first is told, and before the second. One reader may wait at a time.
package final class ObjectChanges: AsyncSequence, Sendable {
  package typealias Element = [ObjectChange]
  package typealias Failure = Never

  private struct Identity: Hashable {
    let key: ObjectKey
    let uid: String

    init(_ object: KubeObject) {
      key = object.key
      uid = object.metadata.uid
    }
  }

  private struct State {
    var pending: OrderedDictionary<Identity, ObjectChange> = [:]
    /// `synced` waits to be delivered, behind all that is pending when it was posted.
    var isSyncPending = false
    var isFinished = false
    var waiter: CheckedContinuation<[ObjectChange]?, Never>?

    /// What the reader gets now, or nil where it has to wait.
    mutating func take() -> [ObjectChange]?? {
      if !pending.isEmpty || isSyncPending {
        var batch = Array(pending.values)
        if isSyncPending { batch.append(.synced) }
        pending = [:]
        isSyncPending = false
        return .some(batch)
      }
      return isFinished ? .some(nil) : nil
    }

    /// The reader to wake and what it gets.
    mutating func wake() -> (CheckedContinuation<[ObjectChange]?, Never>, [ObjectChange]?)? {
      guard let waiting = waiter, let batch = take() else { return nil }
      waiter = nil
      return (waiting, batch)
    }
  }

  private let state = Mutex(State())
  private let onEnd: @Sendable (ObjectChanges) -> Void

  /// - Parameter onEnd: called when the sequence ends, to take the queue off its source.
  package init(onEnd: @escaping @Sendable (ObjectChanges) -> Void = { _ in }) {
    self.onEnd = onEnd
  }

  /// Adds changes, in order, and wakes the reader.
  package func post(_ changes: [ObjectChange]) {
    let wake = state.withLock { state in
      for change in changes {
        switch change {
        case .updated(let object), .deleted(let object):
          // Behind the others, so that order between objects stays that of their newest changes.
          let identity = Identity(object)
          state.pending.removeValue(forKey: identity)
          state.pending[identity] = change
        case .synced: state.isSyncPending = true
        }
      }
      return state.wake()
    }
    if let (reader, batch) = wake { reader.resume(returning: batch) }
  }

  /// Ends the sequence after what is pending. A reader that stops before calls it; one whose task is cancelled need
  /// not.
  package func finish() {
    onEnd(self)
    let wake = state.withLock { state in
      state.isFinished = true
      return state.wake()
    }
    if let (reader, batch) = wake { reader.resume(returning: batch) }
  }

  private func next() async -> [ObjectChange]? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready: [ObjectChange]?? = state.withLock { state in
          if let batch = state.take() { return .some(batch) }
          precondition(state.waiter == nil, "one reader at a time")
          state.waiter = continuation
          return nil
        }
        if let batch = ready { continuation.resume(returning: batch) }
      }
    } onCancel: {
      finish()
    }
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let changes: ObjectChanges
    package mutating func next() async -> [ObjectChange]? { await changes.next() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(changes: self) }
}
