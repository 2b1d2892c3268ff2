// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Where objects come from: the store of this process, or the cache of a real API server's.
package protocol ObjectSource: Sendable {
  /// The current version of one object, from memory.
  /// - Parameter namespace: empty for kinds without namespaces.
  func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject?

  /// The current objects of a kind, from memory, in order of namespace and name.
  /// - Parameter namespace: nil for all.
  func objects(_ resource: APIResource, namespace: String?) -> [KubeObject]

  /// First every object of these kinds, then ``ObjectChange/synced``, then each change, coalesced per object.
  func changes(of resources: [APIResource]) -> ObjectChanges
}

extension ObjectSource {
  /// The current version of one object of a kind without namespaces.
  package func object(_ resource: APIResource, name: String) -> KubeObject? {
    object(resource, namespace: "", name: name)
  }

  package func object(_ key: ObjectKey) -> KubeObject? {
    object(key.resource, namespace: key.namespace, name: key.name)
  }
}

/// What a reader of an ``ObjectSource`` is told. It is told the newest version, not each one between.
package enum ObjectChange: Sendable {
  /// The object is new or has changed.
  case updated(KubeObject)
  /// The object is gone; this was its last version.
  case deleted(KubeObject)
  /// All that existed when the reader began has been delivered.
  case synced
}

/// Where objects are written.
package protocol ObjectWriter: Sendable {
  /// Stores a new object. The answer is the object as stored, with defaults, uid and version, and is durable.
  func create(_ root: JSONObject, in resource: APIResource) async throws(StatusError) -> KubeObject

  /// Reads, changes and stores an object as one step; nothing else can write in between.
  ///
  /// A change that leaves the object as it was writes nothing and gives back the current version.
  /// - Parameter status: whether the change is to `status` alone, or to all but `status`.
  func modify(
    _ resource: APIResource, namespace: String, name: String, status: Bool,
    _ change: @escaping @Sendable (inout JSONObject) throws(StatusError) -> Void
  ) async throws(StatusError) -> KubeObject

  /// Deletes an object, or marks it for deletion where it has finalizers or needs to end first (pods).
  func delete(
    _ resource: APIResource, namespace: String, name: String, options: DeleteOptions
  ) async throws(StatusError)
}

/// How an object is deleted (Kubernetes: `meta/v1 DeleteOptions`).
package struct DeleteOptions: Sendable {
  package enum Propagation: String, Sendable {
    /// Dependents go after their owner.
    case background = "Background"
    /// The owner goes after its dependents.
    case foreground = "Foreground"
    /// Dependents stay, without the owner.
    case orphan = "Orphan"
  }

  /// The longest time that a pod has to end, in seconds: 68 years. A moment that far ahead can still be written.
  package static let gracePeriodLimit = Int64(Int32.max)

  /// Seconds that a pod has to end, up to ``gracePeriodLimit``; 0 removes it at once; nil takes the pod's own.
  package let gracePeriodSeconds: Int64?
  package var propagation: Propagation
  /// The deletion holds only for an object with this uid.
  package var uid: String?
  /// The deletion holds only for this version.
  package var resourceVersion: UInt64?

  /// - Parameter gracePeriodSeconds: a negative number counts as 1, as in Kubernetes; one above the limit as the limit.
  package init(
    gracePeriodSeconds: Int64? = nil, propagation: Propagation = .background, uid: String? = nil,
    resourceVersion: UInt64? = nil
  ) {
    self.gracePeriodSeconds = gracePeriodSeconds.map { $0 < 0 ? 1 : min($0, Self.gracePeriodLimit) }
    self.propagation = propagation
    self.uid = uid
    self.resourceVersion = resourceVersion
  }
}
