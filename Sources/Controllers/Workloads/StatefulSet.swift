// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A StatefulSet: pods with names that last.
struct StatefulSet: RevisionedWorkload {
  static let podNameLabel = "statefulset.kubernetes.io/pod-name"
  static let podIndexLabel = "apps.kubernetes.io/pod-index"
  static let revisionLabel = "controller-revision-hash"

  let object: KubeObject
  init(_ object: KubeObject) { self.object = object }

  var metadata: ObjectMeta { object.metadata }
  private var spec: JSONValue { object["spec"] ?? [:] }

  var replicas: Int { Int(clamping: spec["replicas"]?.int ?? 1) }
  var serviceName: String { spec["serviceName"]?.string ?? "" }
  var selector: LabelSelector { LabelSelector(json: spec["selector"] ?? [:]) ?? LabelSelector() }
  var template: PodTemplate { PodTemplate(json: spec["template"] ?? [:]) }
  /// Pods come and go one at a time, each after its predecessor is ready.
  var isOrdered: Bool { spec["podManagementPolicy"]?.string != "Parallel" }
  var minReadySeconds: Int64 { spec["minReadySeconds"]?.int ?? 0 }
  /// The ordinal of the first pod.
  var firstOrdinal: Int { Int(clamping: spec["ordinals"]?["start"]?.int ?? 0) }
  /// The ordinals of the wanted pods.
  var ordinals: Range<Int> { firstOrdinal..<firstOrdinal + replicas }
  /// Old revisions that are kept.
  var revisionHistoryLimit: Int { Int(clamping: spec["revisionHistoryLimit"]?.int ?? 10) }
  var claimTemplates: [JSONValue] { spec["volumeClaimTemplates"]?.array ?? [] }

  /// Pods of an old revision are replaced by the controller, not only when someone deletes them.
  var updatesPods: Bool { spec["updateStrategy"]?["type"]?.string != "OnDelete" }
  private var rollingUpdate: JSONValue? { spec["updateStrategy"]?["rollingUpdate"] }
  /// Pods below this index stay at the current revision.
  var partition: Int { updatesPods ? Int(clamping: rollingUpdate?["partition"]?.int ?? 0) : 0 }
  /// Pods that may be unavailable during an update, at least 1.
  var maxUnavailable: Int {
    max(1, IntOrPercent(rollingUpdate?["maxUnavailable"] ?? 1)?.of(replicas, roundingUp: false) ?? 1)
  }

  /// The claims of pods that are scaled away are deleted.
  var deletesClaimsWhenScaled: Bool {
    spec["persistentVolumeClaimRetentionPolicy"]?["whenScaled"]?.string == "Delete"
  }
  /// The claims are deleted with the set.
  var deletesClaimsWhenDeleted: Bool {
    spec["persistentVolumeClaimRetentionPolicy"]?["whenDeleted"]?.string == "Delete"
  }

  func podName(_ ordinal: Int) -> String { "\(metadata.name)-\(ordinal)" }

  /// The ordinal in the name of one of the set's pods; nil for any other name.
  func ordinal(ofPod name: String) -> Int? {
    guard name.hasPrefix(metadata.name + "-") else { return nil }
    let digits = name.dropFirst(metadata.name.utf8.count + 1)
    guard let ordinal = Int(digits), ordinal >= 0, String(ordinal) == digits else { return nil }
    return ordinal
  }
}
