// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A Deployment: ReplicaSets that take each other's place.
struct Deployment: Sendable {
  static let hashLabel = "pod-template-hash"
  static let revisionAnnotation = "deployment.kubernetes.io/revision"
  /// Earlier revision numbers of a ReplicaSet that was rolled back to.
  static let revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history"
  /// The Deployment's size when a ReplicaSet was last scaled, and the most pods it could then have.
  static let desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas"
  static let maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas"

  let object: KubeObject
  init(_ object: KubeObject) { self.object = object }

  var metadata: ObjectMeta { object.metadata }
  private var spec: JSONValue { object["spec"] ?? [:] }

  var replicas: Int { Int(clamping: spec["replicas"]?.int ?? 1) }
  var selector: LabelSelector { LabelSelector(json: spec["selector"] ?? [:]) ?? LabelSelector() }
  var template: PodTemplate { PodTemplate(json: spec["template"] ?? [:]) }
  var minReadySeconds: Int64 { spec["minReadySeconds"]?.int ?? 0 }
  var isPaused: Bool { spec["paused"]?.bool ?? false }
  var progressDeadlineSeconds: Int64 { spec["progressDeadlineSeconds"]?.int ?? 600 }
  /// Empty ReplicaSets of old revisions that are kept.
  var revisionHistoryLimit: Int { Int(clamping: spec["revisionHistoryLimit"]?.int ?? 10) }
  /// Old pods are all gone before the first new one comes.
  var recreates: Bool { spec["strategy"]?["type"]?.string == "Recreate" }

  private var rollingUpdate: JSONValue? { spec["strategy"]?["rollingUpdate"] }
  /// Pods above the wanted number during an update.
  var maxSurge: Int {
    recreates ? 0 : max(0, IntOrPercent(rollingUpdate?["maxSurge"] ?? "25%")?.of(replicas, roundingUp: true) ?? 0)
  }
  /// Pods below the wanted number during an update; at least 1 where no surge is allowed, or nothing could move.
  var maxUnavailable: Int {
    if recreates { return 0 }
    let wanted = IntOrPercent(rollingUpdate?["maxUnavailable"] ?? "25%")?.of(replicas, roundingUp: false) ?? 0
    return min(replicas, maxSurge == 0 && wanted <= 0 ? 1 : max(0, wanted))
  }
  /// The most pods there may be.
  var maxReplicas: Int { replicas + maxSurge }
}

extension ReplicaSet {
  /// The number under which the Deployment made or last used this ReplicaSet; 0 for none.
  var revision: Int64 {
    min(metadata.annotations[Deployment.revisionAnnotation].flatMap { Int64($0) } ?? 0, RevisionHistory.numberLimit)
  }

  func isOlder(than other: ReplicaSet) -> Bool {
    let created = metadata.creationTimestamp?.microseconds ?? 0
    let otherCreated = other.metadata.creationTimestamp?.microseconds ?? 0
    return (created, metadata.name) < (otherCreated, other.metadata.name)
  }
}
