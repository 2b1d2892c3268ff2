// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the pods, claims, revisions and status of each StatefulSet. Carries out what ``StatefulSetPlan`` decides.
package struct StatefulSetReconciler: Reconciler {
  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "statefulset" }
  package var watches: [APIResource] { [.statefulSets, .pods, .controllerRevisions] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    object.resource == .statefulSets ? [object.key] : cluster.source.workloads(.statefulSets, concernedBy: object)
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else { return .settled }
    let set = StatefulSet(object)
    var history = try await RevisionHistory(cluster: cluster, set: set)
    let update = try await history.update()
    let wantedCurrent = object[at: "status", "currentRevision"]?.string ?? ""
    let current = history.template(wantedCurrent) == nil ? update : wantedCurrent

    var pods: [Int: Pod] = [:]
    let owned = try await Ownership(cluster: cluster, owner: object, selector: set.selector)
      .claim(.pods) { set.ordinal(ofPod: $0.metadata.name) != nil }
    for pod in owned {
      if let ordinal = set.ordinal(ofPod: pod.metadata.name) { pods[ordinal] = Pod(pod) }
    }

    let plan = StatefulSetPlan(
      set: set, pods: pods, currentRevision: current, updateRevision: update, now: cluster.now())
    for action in plan.actions {
      switch action {
      case .create(let ordinal, let revision):
        for claim in set.claims(ordinal) { try await createIfMissing(claim) }
        let template = history.template(revision) ?? set.template
        do {
          _ = try await cluster.writer.create(set.pod(ordinal, revision: revision, template: template), in: .pods)
        } catch {
          await cluster.reportFailedCreation(error, of: object)
          try await cluster.setStatus(status(plan.status, of: set), of: object)
          throw error
        }
      case .delete(let ordinal):
        guard let pod = pods[ordinal] else { continue }
        try await setClaimOwners(set, pod: pod.object, isSurplus: !set.ordinals.contains(ordinal))
        try await cluster.delete(pod.object)
      }
    }
    try await cluster.setStatus(status(plan.status, of: set), of: object)
    let inUse = pods.values.compactMap { $0.metadata.labels[StatefulSet.revisionLabel] }
    try await history.prune(inUse: Set(inUse + [plan.status.currentRevision, plan.status.updateRevision]))
    return plan.outcome
  }

  private func createIfMissing(_ claim: JSONObject) async throws(StatusError) {
    let metadata = ObjectMeta(claim["metadata"]?.object ?? [:])
    if cluster.source.object(.persistentVolumeClaims, namespace: metadata.namespace, name: metadata.name) != nil {
      return
    }
    _ = try await cluster.writer.create(claim, in: .persistentVolumeClaims)
  }

  /// Lets the claims of a pod that is scaled away go with it, where the set asks for that.
  private func setClaimOwners(_ set: StatefulSet, pod: KubeObject, isSurplus: Bool) async throws(StatusError) {
    guard set.deletesClaimsWhenScaled, isSurplus else { return }
    let owners = JSONValue.array(set.claimOwners(pod: pod))
    for template in set.claimTemplates {
      let name = set.claimName(template, pod: pod.metadata.name)
      guard
        let claim = cluster.source.object(.persistentVolumeClaims, namespace: pod.metadata.namespace, name: name)
      else { continue }
      try await cluster.modify(claim) { root throws(StatusError) in
        root["metadata", default: [:]]["ownerReferences"] = owners
      }
    }
  }

  private func status(_ status: StatefulSetPlan.Status, of set: StatefulSet) -> JSONObject {
    var json: JSONObject = [
      "observedGeneration": .int(set.metadata.generation),
      "replicas": .int(Int64(status.replicas)),
      "readyReplicas": .int(Int64(status.ready)),
      "availableReplicas": .int(Int64(status.available)),
      "currentReplicas": .int(Int64(status.current)),
      "updatedReplicas": .int(Int64(status.updated)),
      "currentRevision": .string(status.currentRevision),
      "updateRevision": .string(status.updateRevision),
      "collisionCount": 0,
    ]
    if let conditions = set.object[at: "status", "conditions"] { json["conditions"] = conditions }
    return json
  }
}
