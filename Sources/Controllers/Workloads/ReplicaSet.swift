// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A ReplicaSet: a number of pods that are all alike.
struct ReplicaSet: Sendable {
  let object: KubeObject
  init(_ object: KubeObject) { self.object = object }

  var metadata: ObjectMeta { object.metadata }
  private var spec: JSONValue { object["spec"] ?? [:] }

  var replicas: Int { Int(clamping: spec["replicas"]?.int ?? 1) }
  var minReadySeconds: Int64 { spec["minReadySeconds"]?.int ?? 0 }
  var selector: LabelSelector { LabelSelector(json: spec["selector"] ?? [:]) ?? LabelSelector() }
  var template: PodTemplate { PodTemplate(json: spec["template"] ?? [:]) }

  // As its controller last reported.
  private func count(_ name: String) -> Int { Int(clamping: object[at: "status", name]?.int ?? 0) }
  var currentReplicas: Int { count("replicas") }
  var readyReplicas: Int { count("readyReplicas") }
  var availableReplicas: Int { count("availableReplicas") }
}
