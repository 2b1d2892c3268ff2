// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Decides which objects a workload manages: adopts matching ones that have no controller, and lets go of its own that
/// no longer match.
///
/// Source: "Garbage Collection" and the ReplicaSet page of the Kubernetes documentation.
struct Ownership: Sendable {
  let cluster: ClusterAccess
  let owner: KubeObject
  /// An empty selector owns nothing.
  let selector: LabelSelector

  /// The objects of a kind in the owner's namespace that it manages now.
  /// - Parameter isMember: whether an object that matches the selector may belong to the owner, by its name for one.
  func claim(
    _ resource: APIResource, isMember: (KubeObject) -> Bool = { _ in true }
  ) async throws(StatusError) -> [KubeObject] {
    var owned: [KubeObject] = []
    for object in cluster.source.objects(resource, namespace: owner.metadata.namespace) {
      let matches = !selector.isEmpty && selector.matches(object.metadata.labels) && isMember(object)
      if let controller = object.metadata.controller {
        guard controller.uid == owner.metadata.uid else { continue }
        if matches || owner.metadata.isBeingDeleted {
          owned.append(object)
        } else {
          try await release(object)
        }
      } else if matches, !owner.metadata.isBeingDeleted, !object.metadata.isBeingDeleted {
        owned.append(try await adopt(object))
      }
    }
    return owned
  }

  private func adopt(_ object: KubeObject) async throws(StatusError) -> KubeObject {
    let reference = OwnerReference(controller: owner).json
    return try await cluster.modify(object) { root throws(StatusError) in
      var references = root["metadata"]?["ownerReferences"]?.array ?? []
      if references.contains(where: { $0["controller"] == true }) {
        throw .conflict(object.resource, object.metadata.name, "it has a controller by now")
      }
      references.append(reference)
      root["metadata", default: [:]]["ownerReferences"] = .array(references)
    }
  }

  private func release(_ object: KubeObject) async throws(StatusError) {
    let uid = owner.metadata.uid
    try await cluster.modify(object) { root throws(StatusError) in
      let references = root["metadata"]?["ownerReferences"]?.array ?? []
      root["metadata", default: [:]]["ownerReferences"] = .array(references.filter { $0["uid"]?.string != uid })
    }
  }
}

extension ObjectSource {
  /// The workloads of a kind that a change of `object` concerns: its controller, or for an orphan those that might
  /// adopt it.
  func workloads(_ resource: APIResource, concernedBy object: KubeObject) -> [ObjectKey] {
    if let controller = object.metadata.controller {
      guard controller.kind == resource.kind, controller.apiVersion == resource.apiVersion else { return [] }
      return [ObjectKey(resource: resource, namespace: object.metadata.namespace, name: controller.name)]
    }
    return objects(resource, namespace: object.metadata.namespace).compactMap { workload in
      let selector = LabelSelector(json: workload[at: "spec", "selector"] ?? [:])
      return selector.map { !$0.isEmpty && $0.matches(object.metadata.labels) } == true ? workload.key : nil
    }
  }
}
