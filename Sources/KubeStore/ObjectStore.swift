// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import Synchronization

/// The objects of a cluster: current versions and recent changes in memory, everything durable in one SQLite file.
///
/// Reads never wait for the disk and see only what is durable. Writes are handed to one writer, which carries out all
/// that wait as one transaction of the database (group commit), then publishes them and answers.
package final class ObjectStore: Sendable {
  /// A page of objects and the version of the store at which it was taken.
  package struct List: Sendable {
    package let version: UInt64
    /// In order of namespace and name.
    package let objects: [KubeObject]
  }

  struct Watcher {
    let resource: APIResource
    let namespace: String?
    var position: UInt64
    /// The reader is to come back, also where nothing has changed.
    var isWoken = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  struct State {
    var tables = ObjectTables()
    var version: UInt64 = 0
    var histories: [APIResource: WatchHistory] = [:]
    /// The version below which no history was kept, that at start.
    var historyStart: UInt64 = 0
    var subscribers: [ObjectIdentifier: (changes: ObjectChanges, resources: Set<APIResource>)] = [:]
    var watchers: [UInt64: Watcher] = [:]
    var nextWatch: UInt64 = 1
    var isClosed = false
  }

  let configuration: StoreConfiguration
  let state: Mutex<State>
  let writer: StoreWriter

  /// Opens the database and reads it.
  package init(configuration: StoreConfiguration) throws(StoreError) {
    let database = try Database(path: configuration.path)
    let (objects, version) = try database.load()
    var state = State()
    // A store that is new starts at 1: resourceVersion 0 means "any" to clients.
    state.version = max(version, 1)
    state.historyStart = state.version
    for object in objects { state.tables.put(object) }
    self.configuration = configuration
    self.state = Mutex(state)
    writer = StoreWriter(database: database, configuration: configuration, objects: objects)
  }

  /// The newest version.
  package var version: UInt64 { state.withLock { $0.version } }

  /// Ends all watches and waits for the writes under way. Later writes fail.
  package func close() async {
    let (waiters, subscribers) = state.withLock { state in
      state.isClosed = true
      let waiters = state.watchers.values.compactMap(\.waiter)
      for id in state.watchers.keys { state.watchers[id]?.waiter = nil }
      return (waiters, state.subscribers.values.map(\.changes))
    }
    for waiter in waiters { waiter.resume() }
    for changes in subscribers { changes.finish() }
    await writer.close()
  }

  /// Makes durable changes visible: called by the writer, in order of versions.
  func publish(_ events: [WatchEvent]) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      var touched: Set<APIResource> = []
      for event in events {
        let object = event.object
        if event.kind == .deleted { state.tables.remove(object.key) } else { state.tables.put(object) }
        state.version = event.version
        state.histories[object.resource, default: WatchHistory(completeAfter: state.historyStart)]
          .append(event, limit: configuration.historyLimit)
        touched.insert(object.resource)
      }
      for subscriber in state.subscribers.values where !subscriber.resources.isDisjoint(with: touched) {
        subscriber.changes.post(
          events.filter { subscriber.resources.contains($0.object.resource) }.map {
            $0.kind == .deleted ? .deleted($0.object) : .updated($0.object)
          })
      }
      var waiters: [CheckedContinuation<Void, Never>] = []
      for (id, watcher) in state.watchers {
        guard let waiter = watcher.waiter, touched.contains(watcher.resource) else { continue }
        waiters.append(waiter)
        state.watchers[id]?.waiter = nil
      }
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

extension ObjectStore: ObjectSource {
  package func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
    state.withLock { $0.tables[ObjectKey(resource: resource, namespace: namespace, name: name)] }
  }

  package func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    list(resource, namespace: namespace).objects
  }

  package func changes(of resources: [APIResource]) -> ObjectChanges {
    let changes = ObjectChanges { [weak self] changes in
      _ = self?.state.withLock { $0.subscribers.removeValue(forKey: ObjectIdentifier(changes)) }
    }
    let isClosed = state.withLock { state in
      changes.post(resources.flatMap { state.tables.sorted($0, namespace: nil).map(ObjectChange.updated) } + [.synced])
      if !state.isClosed { state.subscribers[ObjectIdentifier(changes)] = (changes, Set(resources)) }
      return state.isClosed
    }
    if isClosed { changes.finish() }
    return changes
  }
}
