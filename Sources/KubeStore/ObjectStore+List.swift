// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import Synchronization

extension ObjectStore {
  /// The objects of a kind at one version of the store.
  package func list(_ resource: APIResource, namespace: String?) -> List {
    state.withLock { List(version: $0.version, objects: $0.tables.sorted(resource, namespace: namespace)) }
  }

  /// The objects of a kind as they were at an earlier version.
  ///
  /// They are made from the present ones by taking back what changed since.
  /// - Throws: `Expired` where changes after that version are no longer known, or the version is still to come.
  package func list(_ resource: APIResource, namespace: String?, at version: UInt64) throws(StatusError) -> List {
    let (list, changes) = try state.withLock { state throws(StatusError) in
      guard version <= state.version else { throw .tooLarge(version, current: state.version) }
      let history = state.histories[resource]
      guard version >= history?.completeAfter ?? state.historyStart else { throw Self.expired(version) }
      let changes = history.map { Array($0.events(after: version)) } ?? []
      return (List(version: version, objects: state.tables.sorted(resource, namespace: namespace)), changes)
    }
    let wanted = changes.filter { namespace == nil || $0.object.metadata.namespace == namespace }
    return wanted.isEmpty ? list : list.without(wanted)
  }

  static func expired(_ version: UInt64) -> StatusError {
    StatusError(.expired, "too old resource version: \(version)")
  }
}

extension StatusError {
  /// A version that the store has not reached: it belongs to another database.
  package static func tooLarge(_ version: UInt64, current: UInt64) -> StatusError {
    StatusError(.expired, "Too large resource version: \(version), current: \(current)")
  }
}

extension ObjectStore.List {
  /// The list before changes.
  /// - Parameter changes: in order.
  fileprivate func without(_ changes: [WatchEvent]) -> Self {
    var before: [ObjectKey: KubeObject?] = [:]
    // Of several changes of one object, the first knows what was before them.
    for change in changes.reversed() { before.updateValue(change.previous, forKey: change.object.key) }
    var objects = self.objects.compactMap { object -> KubeObject? in
      guard let old = before.removeValue(forKey: object.key) else { return object }
      return old
    }
    // What is left was removed since.
    let removed = before.values.compactMap { $0 }
    if !removed.isEmpty {
      objects += removed
      objects.sort {
        ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name)
      }
    }
    return Self(version: version, objects: objects)
  }
}
