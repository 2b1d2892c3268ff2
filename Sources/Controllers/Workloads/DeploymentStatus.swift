// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The status of a Deployment: counts, and the conditions `Available` and `Progressing`.
///
/// Source: "Deployment status" of the Kubernetes documentation. `Progressing` is renewed whenever the update gets
/// further; it turns false once nothing did for `progressDeadlineSeconds`.
struct DeploymentStatus {
  private let deployment: Deployment
  private let now: Timestamp
  private var conditions: [JSONValue]
  private(set) var json: JSONObject
  private(set) var outcome = Outcome.settled

  /// - Parameters:
  ///   - new: the ReplicaSet of the current template.
  ///   - sets: all of them.
  ///   - isNew: `new` was created in this run.
  init(_ deployment: Deployment, new: ReplicaSet?, sets: [ReplicaSet], isNew: Bool, now: Timestamp) {
    self.deployment = deployment
    self.now = now
    let total = sets.reduce(0) { $0 + $1.currentReplicas }
    let available = sets.reduce(0) { $0 + $1.availableReplicas }
    conditions = deployment.object[at: "status", "conditions"]?.array ?? []
    json = [
      "observedGeneration": .int(deployment.metadata.generation),
      "replicas": .int(Int64(total)),
      "updatedReplicas": .int(Int64(new?.currentReplicas ?? 0)),
      "readyReplicas": .int(Int64(sets.reduce(0) { $0 + $1.readyReplicas })),
      "availableReplicas": .int(Int64(available)),
      "unavailableReplicas": .int(Int64(max(0, sets.reduce(0) { $0 + $1.replicas } - available))),
    ]
    if let collisions = deployment.object[at: "status", "collisionCount"] { json["collisionCount"] = collisions }
    let isAvailable = available >= deployment.replicas - deployment.maxUnavailable
    set(
      "Available", isAvailable ? "True" : "False",
      isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      "Deployment \(isAvailable ? "has" : "does not have") minimum availability.")
    setProgress(new: new, isNew: isNew)
    json["conditions"] = .array(conditions)
  }

  private func count(_ name: String) -> (old: Int64, new: Int64) {
    (deployment.object[at: "status", name]?.int ?? 0, json[name]?.int ?? 0)
  }

  private mutating func setProgress(new: ReplicaSet?, isNew: Bool) {
    let current = condition("Progressing")
    let reason = current?["reason"]?.string
    if deployment.isPaused {
      return set("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
    }
    if reason == "DeploymentPaused" {
      set("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", renews: true)
    }
    let name = new.map { "ReplicaSet \"\($0.metadata.name)\"" } ?? "Deployment \"\(deployment.metadata.name)\""
    let (updated, replicas) = (count("updatedReplicas"), count("replicas"))
    let (ready, available) = (count("readyReplicas"), count("availableReplicas"))
    let wanted = Int64(deployment.replicas)
    if updated.new == wanted, replicas.new == wanted, available.new == wanted {
      set("Progressing", "True", "NewReplicaSetAvailable", "\(name) has successfully progressed.")
    } else if isNew {
      set(
        "Progressing", "True", "NewReplicaSetCreated", "Created new replica set \"\(new?.metadata.name ?? "")\"",
        renews: true)
    } else if reason == "NewReplicaSetAvailable", updated.new == replicas.new {
      // Complete before, and only pods come and go: no new deadline runs.
      return
    } else if updated.new > updated.old || ready.new > ready.old || available.new > available.old
      || replicas.new - updated.new < replicas.old - updated.old
    {
      set("Progressing", "True", "ReplicaSetUpdated", "\(name) is progressing.", renews: true)
    } else if current == nil {
      set("Progressing", "True", "FoundNewReplicaSet", "Found new \(name)", renews: true)
    }
    checkDeadline(name)
  }

  private mutating func checkDeadline(_ name: String) {
    guard let current = condition("Progressing"), current["status"]?.string != "False",
      current["reason"]?.string != "NewReplicaSetAvailable",
      let since = current["lastUpdateTime"]?.string.flatMap({ Timestamp($0) })
    else { return }
    let left = since.microseconds + deployment.progressDeadlineSeconds * 1_000_000 - now.microseconds
    if left > 0 {
      outcome = .again(after: .microseconds(left))
    } else {
      set("Progressing", "False", "ProgressDeadlineExceeded", "\(name) has timed out progressing.")
    }
  }

  private func condition(_ type: String) -> JSONValue? {
    conditions.first { $0["type"]?.string == type }
  }

  /// - Parameter renews: whether the time of update moves though status and reason stay.
  private mutating func set(
    _ type: String, _ status: String, _ reason: String, _ message: String, renews: Bool = false
  ) {
    let current = condition(type)
    if !renews, current?["status"]?.string == status, current?["reason"]?.string == reason { return }
    let time = JSONValue.string(now.text)
    let isSameStatus = current?["status"]?.string == status
    let condition: JSONValue = [
      "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
      "lastUpdateTime": time, "lastTransitionTime": isSameStatus ? current?["lastTransitionTime"] ?? time : time,
    ]
    if let index = conditions.firstIndex(where: { $0["type"]?.string == type }) {
      conditions[index] = condition
    } else {
      conditions.append(condition)
    }
  }
}
