// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections
import Synchronization

/// Deletes objects whose owners are gone, and carries out foreground and orphaning deletion. Keys are objects of any
/// kind.
///
/// Source: "Garbage Collection" and "Owners and Dependents" of the Kubernetes documentation.
package final class GarbageCollector: Reconciler {
  /// Holds an owner until the dependents are gone that block its deletion.
  static let foregroundFinalizer = "foregroundDeletion"
  /// Holds an owner until its dependents have forgotten it.
  static let orphanFinalizer = "orphan"

  private struct Index {
    /// The objects that refer to an owner, by the owner's uid.
    var dependents: [String: Set<ObjectKey>] = [:]
    /// The uids that each object refers to.
    var owners: [ObjectKey: [String]] = [:]

    mutating func update(_ key: ObjectKey, owners uids: [String]) {
      let before = owners[key] ?? []
      if before == uids { return }
      for uid in before {
        dependents[uid]?.remove(key)
        if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
      }
      for uid in uids { dependents[uid, default: []].insert(key) }
      owners[key] = uids.isEmpty ? nil : uids
    }
  }

  private let cluster: ClusterAccess
  private let index = Mutex(Index())

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "garbage-collector" }
  package var watches: [APIResource] { APIResource.all.filter { $0 != .events } }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    let key = object.key
    let references = object.metadata.ownerReferences
    let dependents = index.withLock { index in
      index.update(key, owners: isDeleted ? [] : references.map(\.uid))
      return Array(index.dependents[object.metadata.uid] ?? [])
    }
    var keys: [ObjectKey] = []
    // Most objects never need attention: their owners live on.
    if !isDeleted, isWaiting(object) || references.contains(where: { state(of: $0, dependent: object) != .present }) {
      keys.append(key)
    }
    if isDeleted || isWaiting(object) { keys += dependents }
    for reference in references {
      // The owner may wait for this dependent.
      if let owner = owner(reference, of: object), isWaiting(owner) { keys.append(owner.key) }
    }
    return keys
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let object = cluster.source.object(key) else { return .settled }
    if object.metadata.isBeingDeleted {
      if object.metadata.finalizers.contains(Self.orphanFinalizer) {
        try await orphanDependents(of: object)
      } else if object.metadata.finalizers.contains(Self.foregroundFinalizer) {
        try await finishForeground(object)
      }
    } else {
      try await collect(object)
    }
    return .settled
  }

  // MARK: Owners

  private enum OwnerState: Equatable {
    case present
    /// Ends once its dependents are gone.
    case waiting
    case absent
  }

  private func owner(_ reference: OwnerReference, of object: KubeObject) -> KubeObject? {
    guard let resource = APIResource.of(apiVersion: reference.apiVersion, kind: reference.kind) else { return nil }
    let namespace = resource.isNamespaced ? object.metadata.namespace : ""
    let owner = cluster.source.object(resource, namespace: namespace, name: reference.name)
    return owner?.metadata.uid == reference.uid ? owner : nil
  }

  private func state(of reference: OwnerReference, dependent: KubeObject) -> OwnerState {
    // What cannot be looked up is never taken for gone.
    guard let resource = APIResource.of(apiVersion: reference.apiVersion, kind: reference.kind),
      !resource.isNamespaced || dependent.resource.isNamespaced
    else { return .present }
    guard let owner = owner(reference, of: dependent) else { return .absent }
    let isForeground = owner.metadata.isBeingDeleted && owner.metadata.finalizers.contains(Self.foregroundFinalizer)
    return isForeground ? .waiting : .present
  }

  private func isWaiting(_ object: KubeObject) -> Bool {
    object.metadata.isBeingDeleted
      && object.metadata.finalizers.contains { $0 == Self.foregroundFinalizer || $0 == Self.orphanFinalizer }
  }

  // MARK: Dependents

  private func dependents(of owner: KubeObject) -> [KubeObject] {
    let uid = owner.metadata.uid
    return index.withLock { Array($0.dependents[uid] ?? []) }.compactMap { cluster.source.object($0) }
      .filter { $0.metadata.ownerReferences.contains { $0.uid == uid } }
  }

  /// Deletes an object without owners, or takes off the references to owners that are gone.
  private func collect(_ object: KubeObject) async throws(StatusError) {
    let states = object.metadata.ownerReferences.map { ($0.uid, state(of: $0, dependent: object)) }
    let gone = Set(states.filter { $0.1 != .present }.map(\.0))
    if gone.isEmpty { return }
    if states.contains(where: { $0.1 == .present }) {
      try await removeReferences(to: gone, from: object)
    } else {
      let isForeground = states.contains { $0.1 == .waiting } && !dependents(of: object).isEmpty
      try await cluster.delete(object, propagation: isForeground ? .foreground : .background)
    }
  }

  private func finishForeground(_ owner: KubeObject) async throws(StatusError) {
    let uid = owner.metadata.uid
    let isBlocked = dependents(of: owner).contains { dependent in
      dependent.metadata.ownerReferences.contains { $0.uid == uid && $0.blocksOwnerDeletion }
    }
    if !isBlocked { try await removeFinalizer(Self.foregroundFinalizer, from: owner) }
  }

  private func orphanDependents(of owner: KubeObject) async throws(StatusError) {
    let uid = owner.metadata.uid
    try await concurrently(dependents(of: owner)) { dependent throws(StatusError) in
      try await self.removeReferences(to: [uid], from: dependent)
    }
    try await removeFinalizer(Self.orphanFinalizer, from: owner)
  }

  private func removeReferences(to uids: Set<String>, from object: KubeObject) async throws(StatusError) {
    try await cluster.modify(object) { root throws(StatusError) in
      let references = root["metadata"]?["ownerReferences"]?.array ?? []
      let kept = references.filter { !uids.contains($0["uid"]?.string ?? "") }
      root["metadata", default: [:]]["ownerReferences"] = kept.isEmpty ? nil : .array(kept)
    }
  }

  private func removeFinalizer(_ finalizer: String, from object: KubeObject) async throws(StatusError) {
    try await cluster.modify(object) { root throws(StatusError) in
      let finalizers = root["metadata"]?["finalizers"]?.array ?? []
      let kept = finalizers.filter { $0.string != finalizer }
      root["metadata", default: [:]]["finalizers"] = kept.isEmpty ? nil : .array(kept)
    }
  }
}
