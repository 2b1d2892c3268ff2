// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What is to be done next for a StatefulSet, and its status. Decides only.
///
/// Source: "StatefulSets" of the Kubernetes documentation: ordered creation upward, each after its predecessor is
/// ready; ordered removal downward; rolling updates from the highest ordinal to the partition.
struct StatefulSetPlan: Equatable {
  enum Action: Equatable {
    case create(ordinal: Int, revision: String)
    /// Takes the pod away; if it is still wanted, a new one follows once it is gone.
    case delete(ordinal: Int)
  }

  struct Status: Equatable {
    var replicas = 0
    var ready = 0
    var available = 0
    /// Pods of the current revision.
    var current = 0
    /// Pods of the update revision.
    var updated = 0
    var currentRevision: String
    var updateRevision: String
  }

  private(set) var actions: [Action] = []
  private(set) var status: Status
  /// When time alone changes the plan.
  private(set) var outcome = Outcome.settled

  /// Pods that one plan creates at most; each that is there brings the next plan. Nothing here takes longer or more
  /// memory because `replicas` is a large number.
  static let burst = 500

  private let set: StatefulSet
  private let now: Timestamp
  private let pods: [Int: Pod]
  /// Pods beyond the wanted ones, from the highest ordinal.
  private let surplus: [(ordinal: Int, pod: Pod)]

  /// - Parameter pods: those that the set owns, by ordinal.
  init(set: StatefulSet, pods: [Int: Pod], currentRevision: String, updateRevision: String, now: Timestamp) {
    self.set = set
    self.now = now
    self.pods = pods
    surplus = pods.filter { !set.ordinals.contains($0.key) }.sorted { $0.key > $1.key }.map { ($0.key, $0.value) }
    status = Status(currentRevision: currentRevision, updateRevision: updateRevision)
    for pod in pods.values {
      count(pod)
      if let wait = pod.timeToAvailable(minReadySeconds: set.minReadySeconds, now: now), wait > .zero {
        outcome = outcome.sooner(.again(after: wait))
      }
    }
    completeUpdate()
    if set.metadata.isBeingDeleted { return }
    if planWanted(), planSurplus() { planUpdate() }
  }

  static func == (left: StatefulSetPlan, right: StatefulSetPlan) -> Bool {
    left.actions == right.actions && left.status == right.status && left.outcome == right.outcome
  }

  private mutating func count(_ pod: Pod) {
    status.replicas += 1
    if pod.isRunningAndReady {
      status.ready += 1
      if isAvailable(pod) { status.available += 1 }
    }
    if pod.metadata.isBeingDeleted { return }
    let revision = pod.metadata.labels[StatefulSet.revisionLabel]
    if revision == status.currentRevision { status.current += 1 }
    if revision == status.updateRevision { status.updated += 1 }
  }

  /// The update revision becomes the current one when every pod has it and is ready.
  private mutating func completeUpdate() {
    guard set.updatesPods, status.updated == status.replicas, status.ready == status.replicas,
      status.replicas == set.replicas
    else { return }
    status.currentRevision = status.updateRevision
    status.current = status.updated
  }

  private func isAvailable(_ pod: Pod) -> Bool {
    pod.timeToAvailable(minReadySeconds: set.minReadySeconds, now: now) == .zero
  }

  private func isHealthy(_ pod: Pod) -> Bool {
    pod.isRunningAndReady && !pod.metadata.isBeingDeleted && isAvailable(pod)
  }

  /// Replaces ended pods and creates missing ones. False where the rest has to wait.
  private mutating func planWanted() -> Bool {
    var goesOn = true
    for ordinal in set.ordinals {
      guard let pod = pods[ordinal] else {
        if actions.count >= Self.burst { return false }
        let isUpdated = !set.updatesPods || ordinal - set.firstOrdinal >= set.partition
        let revision = isUpdated ? status.updateRevision : status.currentRevision
        actions.append(.create(ordinal: ordinal, revision: revision))
        if set.isOrdered { return false }
        continue
      }
      if pod.hasEnded {
        if !pod.metadata.isBeingDeleted { actions.append(.delete(ordinal: ordinal)) }
        if set.isOrdered { return false }
        goesOn = false
      } else if set.isOrdered, !isHealthy(pod) {
        return false
      }
    }
    return goesOn
  }

  /// Removes pods that are no longer wanted. False where the rest has to wait.
  private mutating func planSurplus() -> Bool {
    for (index, (ordinal, pod)) in surplus.enumerated() {
      if pod.metadata.isBeingDeleted {
        if set.isOrdered { return false }
        continue
      }
      if set.isOrdered {
        // Another surplus pod that is ill comes first in its turn; until it is well or gone, none below it goes.
        let isFirstIll = surplus[(index + 1)...].allSatisfy { isHealthy($0.pod) }
        if !isHealthy(pod), !isFirstIll { return false }
      }
      actions.append(.delete(ordinal: ordinal))
      if set.isOrdered { return false }
    }
    return true
  }

  /// Takes away pods of an old revision, from the highest, as far as enough others are available.
  private mutating func planUpdate() {
    guard set.updatesPods else { return }
    var budget = set.maxUnavailable
    for ordinal in set.ordinals.dropFirst(max(0, set.partition)).reversed() {
      guard budget > 0 else { return }
      guard let pod = pods[ordinal] else {
        budget -= 1
        continue
      }
      if pod.metadata.labels[StatefulSet.revisionLabel] != status.updateRevision, !pod.metadata.isBeingDeleted {
        actions.append(.delete(ordinal: ordinal))
        budget -= 1
      } else if !isHealthy(pod) {
        budget -= 1
      }
    }
  }
}
