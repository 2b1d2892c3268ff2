// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Which pods of a ReplicaSet go first when there are too many: those that are worth least.
///
/// Source: "ReplicaSet, scaling" of the Kubernetes documentation.
struct PodDeletionOrder: Comparable {
  /// The annotation by which users weigh pods; lower goes first.
  static let costAnnotation = "controller.kubernetes.io/pod-deletion-cost"

  private let ranks: [Int64]
  private let name: String

  init(_ pod: Pod) {
    let phases = ["Pending": Int64(0), "Running": 2]
    // Of ready pods and of pods of one kind the youngest goes first.
    ranks = [
      pod.nodeName.isEmpty ? 0 : 1,
      phases[pod.phase] ?? (pod.phase.isEmpty ? 0 : 1),
      pod.isReady ? 1 : 0,
      pod.metadata.annotations[Self.costAnnotation].flatMap { Int64($0) } ?? 0,
      pod.isReady ? -(pod.readyTransitionTime?.microseconds ?? .max) : 0,
      -pod.restarts,
      -(pod.metadata.creationTimestamp?.microseconds ?? .max),
    ]
    name = pod.metadata.name
  }

  static func < (left: PodDeletionOrder, right: PodDeletionOrder) -> Bool {
    if left.ranks != right.ranks { return left.ranks.lexicographicallyPrecedes(right.ranks) }
    return left.name > right.name
  }
}
