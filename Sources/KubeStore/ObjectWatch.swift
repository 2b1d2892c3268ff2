// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// The changes of one kind from a version on, each one, in order.
///
/// It holds a position in the store's history and no queue of its own, so that a slow reader costs nothing; one that
/// falls out of the history ends with `Expired`. One reader may wait at a time.
package final class ObjectWatch: AsyncSequence, Sendable {
  package typealias Element = [WatchEvent]
  package typealias Failure = StatusError

  let store: ObjectStore
  let resource: APIResource
  /// nil: all namespaces.
  let namespace: String?
  let id: UInt64
  let start: UInt64

  init(store: ObjectStore, resource: APIResource, namespace: String?, id: UInt64, start: UInt64) {
    self.store = store
    self.resource = resource
    self.namespace = namespace
    self.id = id
    self.start = start
  }

  deinit {
    store.endWatch(id)
  }

  /// Ends the watch; a reader that waits gets nil.
  package func end() {
    store.endWatch(id)
  }

  /// Gives the reader an empty list of changes, now if it waits, else when it would.
  package func wake() {
    store.wake(id)
  }

  /// The store's version, provided that the reader has taken all changes of its kind up to it; else nil.
  package func bookmark() -> UInt64? {
    store.bookmark(of: id)
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let watch: ObjectWatch

    /// The next changes; waits where there are none. Empty after ``ObjectWatch/wake()``; nil when the task is cancelled
    /// or the store is closed.
    package mutating func next() async throws(StatusError) -> [WatchEvent]? {
      try await watch.store.nextEvents(of: watch)
    }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }
}
