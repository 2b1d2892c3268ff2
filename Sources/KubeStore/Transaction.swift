// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Synchronization

/// The writes of one commit so far, over the objects that are visible.
///
/// A value: a write that fails half-way leaves the transaction before it untouched.
struct Transaction {
  let store: ObjectStore
  let configuration: StoreConfiguration
  /// The newest version given out.
  private(set) var version: UInt64
  /// Events in order of their versions.
  private(set) var events: [WatchEvent] = []
  /// The objects written so far; nil for a removed one.
  private var changed: [ObjectKey: KubeObject?] = [:]
  var allocations: ServiceAllocations

  init(store: ObjectStore, configuration: StoreConfiguration, allocations: ServiceAllocations) {
    self.store = store
    self.configuration = configuration
    self.allocations = allocations
    version = store.version
  }

  /// The object as the writes so far leave it.
  func object(_ key: ObjectKey) -> KubeObject? {
    if let change = changed[key] { return change }
    return store.object(key)
  }

  /// Whether anything is in a namespace after the writes so far.
  func isEmpty(namespace: String) -> Bool {
    let pending = changed.filter { $0.key.namespace == namespace }
    if pending.isEmpty { return store.state.withLock { $0.tables.isEmpty(namespace: namespace) } }
    if pending.values.contains(where: { $0 != nil }) { return false }
    return store.state.withLock { state in
      state.tables.all.allSatisfy { $0.metadata.namespace != namespace || pending.keys.contains($0.key) }
    }
  }

  /// How many objects of a kind there are after the writes so far.
  func count(_ resource: APIResource) -> Int {
    var count = store.state.withLock { $0.tables.count(resource) }
    for (key, object) in changed where key.resource == resource {
      count += (object == nil ? 0 : 1) - (store.object(key) == nil ? 0 : 1)
    }
    return count
  }

  /// Stores a tree under the next version.
  mutating func put(_ root: JSONObject, of resource: APIResource, over previous: KubeObject?) -> KubeObject {
    let object = stamped(root, of: resource)
    changed[object.key] = .some(object)
    events.append(WatchEvent(kind: previous == nil ? .added : .modified, object: object, previous: previous))
    if resource == .services {
      if let previous { allocations.release(previous.root) }
      allocations.claim(object.root)
    }
    return object
  }

  /// Removes an object; its last state carries the next version.
  mutating func remove(_ object: KubeObject) -> KubeObject {
    let last = stamped(object.root, of: object.resource)
    changed[object.key] = .some(nil)
    events.append(WatchEvent(kind: .deleted, object: last, previous: object))
    if object.resource == .services { allocations.release(object.root) }
    return last
  }

  private mutating func stamped(_ root: JSONObject, of resource: APIResource) -> KubeObject {
    version += 1
    var root = root
    root["metadata", default: [:]]["resourceVersion"] = .string(String(version))
    return KubeObject(root, of: resource)
  }

  /// What to write to the database: the last state of each object that changed.
  var rows: [Database.Row] {
    changed.map { key, object in
      Database.Row(key: key, version: object?.metadata.resourceVersion ?? version, body: object?.json)
    }
  }
}
