// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the pods, revisions and status of each DaemonSet. Carries out what ``DaemonSetPlan`` decides.
package struct DaemonSetReconciler: Reconciler {
  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "daemonset" }
  package var watches: [APIResource] { [.daemonSets, .pods, .controllerRevisions, .nodes] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    switch object.resource {
    case .daemonSets: [object.key]
    // A node that comes, goes or is labelled can be one more or one less for each set.
    case .nodes: cluster.source.objects(.daemonSets, namespace: nil).map(\.key)
    default: cluster.source.workloads(.daemonSets, concernedBy: object)
    }
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else { return .settled }
    let set = DaemonSet(object)
    var history = try await RevisionHistory(cluster: cluster, set: set)
    let update = try await history.update()
    let hash = history.hash(update)
    let pods = try await Ownership(cluster: cluster, owner: object, selector: set.selector).claim(.pods)
    let plan = DaemonSetPlan(
      set: set, nodes: cluster.source.objects(.nodes, namespace: nil), pods: pods.map { Pod($0) }, hash: hash,
      now: cluster.now())
    for action in plan.actions {
      switch action {
      case .create(let node): _ = try await cluster.writer.create(set.pod(on: node, hash: hash), in: .pods)
      case .delete(let name):
        guard let pod = pods.first(where: { $0.metadata.name == name }) else { continue }
        try await cluster.delete(pod)
      }
    }
    try await cluster.setStatus(status(plan.status, of: set), of: object)
    let inUse = Set(pods.compactMap { $0.metadata.labels[DaemonSet.revisionLabel] })
    let names = history.revisions.map(\.metadata.name).filter { inUse.contains(history.hash($0)) }
    try await history.prune(inUse: Set(names + [update]))
    return plan.outcome
  }

  private func status(_ status: DaemonSetPlan.Status, of set: DaemonSet) -> JSONObject {
    var json: JSONObject = [
      "currentNumberScheduled": .int(Int64(status.current)),
      "numberMisscheduled": .int(Int64(status.misscheduled)),
      "desiredNumberScheduled": .int(Int64(status.desired)),
      "numberReady": .int(Int64(status.ready)),
      "observedGeneration": .int(set.metadata.generation),
    ]
    // As Kubernetes does, a count of none is left out.
    let counts = [
      ("updatedNumberScheduled", status.updated), ("numberAvailable", status.available),
      ("numberUnavailable", status.desired - status.available),
    ]
    for (name, count) in counts where count > 0 { json[name] = .int(Int64(count)) }
    if let conditions = set.object[at: "status", "conditions"] { json["conditions"] = conditions }
    return json
  }
}
