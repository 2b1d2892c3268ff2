// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the ReplicaSets and the status of each Deployment. Carries out what ``DeploymentPlan`` decides.
package struct DeploymentReconciler: Reconciler {
  private let cluster: ClusterAccess

  package init(_ cluster: ClusterAccess) {
    self.cluster = cluster
  }

  package var name: String { "deployment" }
  package var watches: [APIResource] { [.deployments, .replicaSets, .pods] }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    switch object.resource {
    case .deployments: return [object.key]
    case .replicaSets: return cluster.source.workloads(.deployments, concernedBy: object)
    default:
      // Only the end of a pod matters here, to Deployments that wait for it; all else shows in its ReplicaSet.
      guard isDeleted || Pod(object).hasEnded, let owner = object.metadata.controller, owner.kind == "ReplicaSet",
        let set = cluster.source.object(.replicaSets, namespace: object.metadata.namespace, name: owner.name)
      else { return [] }
      return cluster.source.workloads(.deployments, concernedBy: set)
    }
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    guard let object = cluster.source.object(key), !object.metadata.isBeingDeleted else { return .settled }
    let deployment = Deployment(object)
    var sets = try await Ownership(cluster: cluster, owner: object, selector: deployment.selector)
      .claim(.replicaSets).filter { !$0.metadata.isBeingDeleted }.map { ReplicaSet($0) }
    sets.sort { $0.isOlder(than: $1) }
    let template = deployment.template.json
    var new = sets.first { $0.template.removing(label: Deployment.hashLabel).isEquivalent(to: template) }
    let old = sets.filter { $0.metadata.uid != new?.metadata.uid }

    let plan = DeploymentPlan(deployment, new: new, old: old, hasOldPods: hasPods(of: old))
    var isNew = false
    if let size = plan.newSize {
      let revision = (old.map(\.revision).max() ?? 0) + 1
      let created = ReplicaSet(
        try await cluster.writer.create(
          replicaSet(of: deployment, size: size, revision: revision), in: .replicaSets))
      sets.append(created)
      (new, isNew) = (created, true)
    }
    for (index, set) in sets.enumerated() {
      sets[index] = try await update(set, of: deployment, size: plan.sizes[set.metadata.name] ?? set.replicas,
        revision: set.metadata.uid == new?.metadata.uid ? max(set.revision, (old.map(\.revision).max() ?? 0) + 1) : nil)
    }
    new = sets.first { $0.metadata.uid == new?.metadata.uid }
    if let new { try await setRevision(new.revision, of: deployment) }

    let status = DeploymentStatus(deployment, new: new, sets: sets, isNew: isNew, now: cluster.now())
    try await cluster.setStatus(status.json, of: object)
    try await prune(old, of: deployment)
    return status.outcome
  }

  private func hasPods(of old: [ReplicaSet]) -> Bool {
    let owners = Set(old.map(\.metadata.uid))
    guard let namespace = old.first?.metadata.namespace else { return false }
    return cluster.source.objects(.pods, namespace: namespace).contains { pod in
      owners.contains(pod.metadata.controller?.uid ?? "") && !Pod(pod).hasEnded
    }
  }

  /// The ReplicaSet of the current template. Its name tells templates apart: one that is taken is passed over.
  private func replicaSet(
    of deployment: Deployment, size: Int, revision: Int64
  ) throws(StatusError) -> JSONObject {
    for collisions in 0..<RevisionHistory.collisionLimit {
      let hash = TemplateHash.text(of: deployment.template.json, collisions: collisions)
      let name = "\(deployment.metadata.name)-\(hash)"
      let namespace = deployment.metadata.namespace
      if cluster.source.object(.replicaSets, namespace: namespace, name: name) != nil { continue }

      let labels = deployment.template.labels.merging([Deployment.hashLabel: hash]) { $1 }
      var template = deployment.template.json
      var metadata = template["metadata"] ?? [:]
      metadata["labels"] = JSONValue(labels)
      template["metadata"] = metadata
      var selector = deployment.object[at: "spec", "selector"] ?? [:]
      selector["matchLabels"] = JSONValue(
        (selector["matchLabels"]?.stringMap ?? [:]).merging([Deployment.hashLabel: hash]) { $1 })
      return [
        "apiVersion": .string(APIResource.replicaSets.apiVersion), "kind": .string(APIResource.replicaSets.kind),
        "metadata": [
          "name": .string(name), "namespace": .string(namespace), "labels": JSONValue(labels),
          "annotations": JSONValue(annotations(of: deployment, on: [:], size: size, revision: revision)),
          "ownerReferences": [OwnerReference(controller: deployment.object).json],
        ],
        "spec": [
          "replicas": .int(Int64(size)), "minReadySeconds": .int(deployment.minReadySeconds), "selector": selector,
          "template": template,
        ],
      ]
    }
    throw .alreadyExists(
      .replicaSets, "\(deployment.metadata.name)-\(TemplateHash.text(of: deployment.template.json))")
  }

  /// What a ReplicaSet remembers of its Deployment.
  /// - Parameter revision: nil leaves the number as it is.
  private func annotations(
    of deployment: Deployment, on current: [String: String], size: Int, revision: Int64?
  ) -> [String: String] {
    var annotations = current
    if let revision {
      let kept = [
        "kubectl.kubernetes.io/last-applied-configuration", Deployment.revisionAnnotation,
        Deployment.revisionHistoryAnnotation, Deployment.desiredReplicasAnnotation, Deployment.maxReplicasAnnotation,
      ]
      for (name, value) in deployment.metadata.annotations where !kept.contains(name) { annotations[name] = value }
      if let before = current[Deployment.revisionAnnotation], before != String(revision) {
        let history = current[Deployment.revisionHistoryAnnotation].map { $0 + "," } ?? ""
        annotations[Deployment.revisionHistoryAnnotation] = history + before
      }
      annotations[Deployment.revisionAnnotation] = String(revision)
    }
    if size > 0 || revision != nil {
      annotations[Deployment.desiredReplicasAnnotation] = String(deployment.replicas)
      annotations[Deployment.maxReplicasAnnotation] = String(deployment.maxReplicas)
    }
    return annotations
  }

  private func update(
    _ set: ReplicaSet, of deployment: Deployment, size: Int, revision: Int64?
  ) async throws(StatusError) -> ReplicaSet {
    let annotations = annotations(of: deployment, on: set.metadata.annotations, size: size, revision: revision)
    let minReadySeconds = deployment.minReadySeconds
    let isCurrent = revision != nil
    if size == set.replicas, annotations == set.metadata.annotations,
      !isCurrent || set.minReadySeconds == minReadySeconds
    {
      return set
    }
    return ReplicaSet(
      try await cluster.modify(set.object) { root throws(StatusError) in
        root["spec", default: [:]]["replicas"] = .int(Int64(size))
        if isCurrent { root["spec", default: [:]]["minReadySeconds"] = .int(minReadySeconds) }
        root["metadata", default: [:]]["annotations"] = JSONValue(annotations)
      })
  }

  private func setRevision(_ revision: Int64, of deployment: Deployment) async throws(StatusError) {
    let text = String(revision)
    if deployment.metadata.annotations[Deployment.revisionAnnotation] == text { return }
    try await cluster.modify(deployment.object) { root throws(StatusError) in
      var metadata = root["metadata"] ?? [:]
      var annotations = metadata["annotations"] ?? [:]
      annotations[Deployment.revisionAnnotation] = .string(text)
      metadata["annotations"] = annotations
      root["metadata"] = metadata
    }
  }

  /// Deletes the oldest ReplicaSets that are empty, down to the limit.
  private func prune(_ old: [ReplicaSet], of deployment: Deployment) async throws(StatusError) {
    let empty = old.filter { set in
      set.replicas == 0 && set.currentReplicas == 0
        && set.metadata.generation <= set.object[at: "status", "observedGeneration"]?.int ?? 0
    }.sorted { $0.revision < $1.revision }
    for set in empty.prefix(max(0, empty.count - deployment.revisionHistoryLimit)) {
      try await cluster.delete(set.object)
    }
  }
}
