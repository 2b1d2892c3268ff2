// SPDX-License-Identifier: Apache-2.0
import DequeModule
package import KubeModel

/// One change of one object.
package struct WatchEvent: Sendable {
  package enum Kind: String, Sendable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
  }

  package let kind: Kind
  /// The object after the change; for a deletion its last state, with the deletion's version.
  package let object: KubeObject
  /// The object before the change; nil for an addition.
  package let previous: KubeObject?

  /// The version of the store that the change made.
  package var version: UInt64 { object.metadata.resourceVersion }
}

/// The latest changes of one kind, oldest first.
struct WatchHistory {
  private var events: Deque<WatchEvent> = []
  /// The version after which every change is still known.
  private(set) var completeAfter: UInt64

  init(completeAfter: UInt64) {
    self.completeAfter = completeAfter
  }

  mutating func append(_ event: WatchEvent, limit: Int) {
    events.append(event)
    while events.count > limit {
      completeAfter = events.removeFirst().version
    }
  }

  /// The changes after a version, in order.
  func events(after version: UInt64) -> some BidirectionalCollection<WatchEvent> {
    // Versions grow along the deque: find the first newer one by halving.
    var low = events.startIndex
    var high = events.endIndex
    while low < high {
      let middle = (low + high) / 2
      if events[middle].version <= version { low = middle + 1 } else { high = middle }
    }
    return events[low...]
  }
}
