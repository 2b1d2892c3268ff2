// SPDX-License-Identifier: Apache-2.0
package import KubeModel
package import Naming

/// Changes that are applied together.
struct ReflectedBatch {
  var names: [NameChange] = []
  var pods: [PodChange] = []
  var causes: [ChangeCause] = []

  var count: Int { max(names.count, pods.count) }

  /// The objects that change.
  var objects: [(namespace: String, name: String)] {
    if !names.isEmpty {
      return names.compactMap { change in
        switch change {
        case .namespace(let name, _): ("", name)
        case .service(let namespace, let name, _), .slice(let namespace, let name, _),
          .pod(let namespace, let name, _):
          (namespace, name)
        case .synced: nil
        }
      }
    }
    return pods.map { change in
      switch change {
      case .pod(let namespace, let name, _), .statefulSet(let namespace, let name, _): (namespace, name)
      }
    }
  }

  mutating func removeAll() {
    names.removeAll(keepingCapacity: true)
    pods.removeAll(keepingCapacity: true)
    causes.removeAll(keepingCapacity: true)
  }
}

/// Where what is read of an API server goes: names, and the directory of pods.
package struct ReflectedNames: Sendable {
  package let index: NameIndex
  /// `nil`: neither held questions nor completed names need pods.
  package let directory: PodDirectory?
  /// Told of changes that say when they began, once questions are answered accordingly.
  private let onServed: @Sendable ([ChangeDelay]) -> Void
  private let now: @Sendable () -> Timestamp

  package init(
    _ index: NameIndex, directory: PodDirectory?, now: @escaping @Sendable () -> Timestamp,
    onServed: @escaping @Sendable ([ChangeDelay]) -> Void = { _ in }
  ) {
    self.index = index
    self.directory = directory
    self.now = now
    self.onServed = onServed
  }

  /// Adds the state of an object to a batch.
  /// - Parameter exists: false for an object that is gone.
  func add(_ facts: ObjectFacts, exists: Bool, to batch: inout ReflectedBatch) {
    let (namespace, name) = (facts.namespace, facts.name)
    switch facts.value {
    case .namespace: batch.names.append(.namespace(name, exists: exists))
    case .service(let service):
      batch.names.append(.service(namespace: namespace, name: name, exists ? service : nil))
    case .slice(let slice):
      batch.names.append(.slice(namespace: namespace, name: name, exists ? slice : nil))
      if exists, let cause = facts.cause { batch.causes.append(cause) }
    case .pod(let pod):
      if index.knowsPods {
        batch.names.append(.pod(namespace: namespace, name: name, exists ? pod.livingAddresses : []))
      }
      if directory != nil { batch.pods.append(.pod(namespace: namespace, name: name, exists ? pod : nil)) }
    case .statefulSet(let set):
      batch.pods.append(.statefulSet(namespace: namespace, name: name, exists ? set : nil))
    }
  }

  /// Takes a batch in, and empties it. When this returns, questions are answered accordingly.
  /// - Parameter isNews: the changes have just happened.
  /// - Returns: false if all of it was known.
  @discardableResult
  func apply(_ batch: inout ReflectedBatch, isNews: Bool) -> Bool {
    guard batch.count > 0 else { return false }
    var isChanged = false
    if !batch.names.isEmpty { isChanged = index.apply(facts: batch.names) }
    if !batch.pods.isEmpty, let directory { isChanged = directory.apply(facts: batch.pods) || isChanged }
    if isNews, !batch.causes.isEmpty {
      let now = now()
      onServed(batch.causes.map { $0.delay(until: now) })
    }
    batch.removeAll()
    return isChanged
  }

  /// What removes each object of the scope that `isKept` does not want.
  func removals(_ scope: FollowedScope, unless isKept: ([UInt8], [UInt8]) -> Bool) -> ReflectedBatch {
    var batch = ReflectedBatch()
    let kind: NamedKind? =
      switch scope.kind {
      case .namespaces: .namespace
      case .services: .service
      case .endpointSlices: .slice
      case .pods: .pod
      case .statefulSets: nil
      }
    if let kind { batch.names = index.snapshot.removals(of: kind, in: scope.namespace, unless: isKept) }
    if scope.kind == .pods || scope.kind == .statefulSets, let directory {
      batch.pods = directory.removals(ofPods: scope.kind == .pods, in: scope.namespace, unless: isKept)
    }
    return batch
  }

  /// How many objects of a kind are known.
  package func count(_ kind: FollowedKind) -> Int {
    switch kind {
    case .namespaces: index.snapshot.objectCount(of: .namespace)
    case .services: index.snapshot.objectCount(of: .service)
    case .endpointSlices: index.snapshot.objectCount(of: .slice)
    case .pods: directory?.counts.pods ?? index.snapshot.objectCount(of: .pod)
    case .statefulSets: directory?.counts.statefulSets ?? 0
    }
  }
}
