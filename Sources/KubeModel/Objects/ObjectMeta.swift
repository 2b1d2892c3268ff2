// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The parts of `metadata` that programs read, parsed once for each version of an object.
package struct ObjectMeta: Sendable {
  /// `true` on the bookmark of a watch before which all objects that there were have been told (Kubernetes API
  /// concepts, "Streaming lists").
  package static let initialEventsEndAnnotation = "k8s.io/initial-events-end"

  package let name: String
  /// Empty for kinds without namespaces.
  package let namespace: String
  package let uid: String
  /// The store's version at which the object was written; 0 where it was never stored.
  package let resourceVersion: UInt64
  /// Counts changes of the specification.
  package let generation: Int64
  package let creationTimestamp: Timestamp?
  /// When deletion was asked for, plus the grace that was given.
  package let deletionTimestamp: Timestamp?
  /// Seconds.
  package let deletionGracePeriodSeconds: Int64?
  package let labels: [String: String]
  package let annotations: [String: String]
  package let finalizers: [String]
  package let ownerReferences: [OwnerReference]

  package init(_ metadata: JSONObject) {
    name = metadata["name"]?.string ?? ""
    namespace = metadata["namespace"]?.string ?? ""
    uid = metadata["uid"]?.string ?? ""
    resourceVersion = metadata["resourceVersion"]?.string.flatMap { UInt64($0) } ?? 0
    generation = metadata["generation"]?.int ?? 0
    creationTimestamp = metadata["creationTimestamp"]?.string.flatMap { Timestamp($0) }
    deletionTimestamp = metadata["deletionTimestamp"]?.string.flatMap { Timestamp($0) }
    deletionGracePeriodSeconds = metadata["deletionGracePeriodSeconds"]?.int
    labels = metadata["labels"]?.stringMap ?? [:]
    annotations = metadata["annotations"]?.stringMap ?? [:]
    finalizers = metadata["finalizers"]?.array?.compactMap(\.string) ?? []
    ownerReferences = metadata["ownerReferences"]?.array?.compactMap { OwnerReference($0) } ?? []
  }

  package var isBeingDeleted: Bool { deletionTimestamp != nil }

  /// The one owner that manages the object.
  package var controller: OwnerReference? { ownerReferences.first { $0.isController } }
}

/// One entry of `metadata.ownerReferences`.
package struct OwnerReference: Sendable, Hashable {
  package let apiVersion: String
  package let kind: String
  package let name: String
  package let uid: String
  package let isController: Bool
  package let blocksOwnerDeletion: Bool

  package init?(_ value: JSONValue) {
    guard let kind = value["kind"]?.string, let name = value["name"]?.string, let uid = value["uid"]?.string else {
      return nil
    }
    apiVersion = value["apiVersion"]?.string ?? ""
    self.kind = kind
    self.name = name
    self.uid = uid
    isController = value["controller"]?.bool ?? false
    blocksOwnerDeletion = value["blockOwnerDeletion"]?.bool ?? false
  }

  /// The reference by which `owner` manages another object.
  package init(controller owner: KubeObject) {
    apiVersion = owner.resource.apiVersion
    kind = owner.resource.kind
    name = owner.metadata.name
    uid = owner.metadata.uid
    isController = true
    blocksOwnerDeletion = true
  }

  package var json: JSONValue {
    [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
      "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksOwnerDeletion),
    ]
  }
}

extension JSONValue {
  /// A map of strings to strings; members of other types are left out.
  package var stringMap: [String: String]? {
    object.map { members in
      Dictionary(uniqueKeysWithValues: members.compactMap { name, value in value.string.map { (name, $0) } })
    }
  }
}
