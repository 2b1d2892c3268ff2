// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Binds each claim as soon as it is there: a volume is a directory on this machine, made when a pod first mounts it.
package struct PersistentVolumeClaimReconciler: Reconciler {
  static let boundAnnotation = "pv.kubernetes.io/bind-completed"

  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "persistentvolumeclaim" }
  package var watches: [APIResource] { [.persistentVolumeClaims] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] { isDeleted ? [] : [object.key] }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard var claim = cluster.source.object(key), !claim.metadata.isBeingDeleted else { return .settled }
    if claim[at: "spec", "volumeName"]?.string ?? "" == "" {
      let volume = "local-" + claim.metadata.uid
      claim = try await cluster.modify(claim) { root throws(StatusError) in
        root["spec", default: [:]]["volumeName"] = .string(volume)
        var metadata = root["metadata"] ?? [:]
        var annotations = metadata["annotations"] ?? [:]
        annotations[Self.boundAnnotation] = "yes"
        metadata["annotations"] = annotations
        root["metadata"] = metadata
      }
    }
    // A claim that grew is given its new size as well.
    var status = claim["status"]?.object ?? [:]
    status["phase"] = "Bound"
    status["accessModes"] = claim[at: "spec", "accessModes"]
    status["capacity"] = claim[at: "spec", "resources", "requests"]
    try await cluster.setStatus(status, of: claim)
    return .settled
  }
}
