// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the number of pods of each ReplicaSet, and its status.
package struct ReplicaSetReconciler: Reconciler {
  /// Pods created or deleted in one run; the rest follows in the next.
  static let burst = 500

  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "replicaset" }
  package var watches: [APIResource] { [.replicaSets, .pods] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    object.resource == .replicaSets ? [object.key] : cluster.source.workloads(.replicaSets, concernedBy: object)
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else { return .settled }
    let set = ReplicaSet(object)
    let pods = try await Ownership(cluster: cluster, owner: object, selector: set.selector).claim(.pods)
      .map { Pod($0) }.filter(\.isActive)
    if pods.count < set.replicas {
      let pod = set.template.pod(owner: object, name: ("generateName", set.metadata.name + "-"))
      do {
        try await concurrently(0..<min(set.replicas - pods.count, Self.burst)) { _ throws(StatusError) in
          _ = try await cluster.writer.create(pod, in: .pods)
        }
      } catch {
        await cluster.reportFailedCreation(error, of: object)
        _ = try await report(set, pods)
        throw error
      }
    } else if pods.count > set.replicas {
      let order = pods.map { (PodDeletionOrder($0), $0) }.sorted { $0.0 < $1.0 }
      try await concurrently(order.prefix(min(pods.count - set.replicas, Self.burst)).map(\.1)) {
        pod throws(StatusError) in try await cluster.delete(pod.object)
      }
    }
    return try await report(set, pods)
  }

  /// - Parameter pods: the active pods as they were before this run; what it changed comes back as a change.
  private func report(_ set: ReplicaSet, _ pods: [Pod]) async throws(StatusError) -> Outcome {
    let now = cluster.now()
    let templateLabels = LabelSelector(labels: set.template.labels)
    var available = 0
    var outcome = Outcome.settled
    for pod in pods {
      guard let wait = pod.timeToAvailable(minReadySeconds: set.minReadySeconds, now: now) else { continue }
      if wait == .zero { available += 1 } else { outcome = outcome.sooner(.again(after: wait)) }
    }
    var status: JSONObject = [
      "replicas": .int(Int64(pods.count)),
      "fullyLabeledReplicas": .int(Int64(pods.count { templateLabels.matches($0.metadata.labels) })),
      "readyReplicas": .int(Int64(pods.count(where: \.isReady))),
      "availableReplicas": .int(Int64(available)),
      "observedGeneration": .int(set.metadata.generation),
    ]
    if let conditions = set.object[at: "status", "conditions"] { status["conditions"] = conditions }
    try await cluster.setStatus(status, of: set.object)
    return outcome
  }
}
