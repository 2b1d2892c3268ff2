// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// How large each ReplicaSet of a Deployment should be next. Decides only.
///
/// Source: "Deployments, Rolling Update Deployment" and "Proportional scaling" of the Kubernetes documentation.
struct DeploymentPlan: Equatable {
  /// The next size of each ReplicaSet that changes, by name.
  private(set) var sizes: [String: Int] = [:]
  /// The size with which the ReplicaSet of the current template is to be created; nil where it is there or has to
  /// wait.
  private(set) var newSize: Int?

  /// - Parameters:
  ///   - new: the ReplicaSet of the current template.
  ///   - old: the others, oldest first.
  ///   - hasOldPods: pods of old ReplicaSets are still there, be it while they end.
  init(_ deployment: Deployment, new: ReplicaSet?, old: [ReplicaSet], hasOldPods: Bool) {
    if deployment.isPaused || Self.isResized(deployment, [new].compactMap(\.self) + old) {
      scale(deployment, new: new, old: old)
      // A paused Deployment starts nothing new.
      if deployment.isPaused || !sizes.isEmpty { return }
    }
    if deployment.recreates {
      for set in old where set.replicas > 0 { sizes[set.metadata.name] = 0 }
      if sizes.isEmpty, !hasOldPods { resizeNew(new, to: deployment.replicas) }
    } else {
      let total = old.reduce(new?.replicas ?? 0) { $0 + $1.replicas }
      resizeNew(new, to: Self.nextSize(of: new?.replicas ?? 0, total: total, deployment))
      if let new, sizes.isEmpty { shrinkOld(deployment, new: new, old: old) }
    }
  }

  private mutating func resizeNew(_ new: ReplicaSet?, to size: Int) {
    if let new {
      if new.replicas != size { sizes[new.metadata.name] = size }
    } else {
      newSize = size
    }
  }

  /// The new ReplicaSet grows as far as the surge allows.
  private static func nextSize(of size: Int, total: Int, _ deployment: Deployment) -> Int {
    if size >= deployment.replicas { return deployment.replicas }
    return size + max(0, min(deployment.maxReplicas - total, deployment.replicas - size))
  }

  /// Old ReplicaSets shrink as far as enough pods stay available: first by pods that are not.
  private mutating func shrinkOld(_ deployment: Deployment, new: ReplicaSet, old: [ReplicaSet]) {
    let total = old.reduce(new.replicas) { $0 + $1.replicas }
    let minimum = deployment.replicas - deployment.maxUnavailable
    var room = total - minimum - max(0, new.replicas - new.availableReplicas)
    guard room > 0 else { return }
    var next = Dictionary(uniqueKeysWithValues: old.map { ($0.metadata.name, $0.replicas) })
    for set in old {
      let count = min(room, max(0, set.replicas - set.availableReplicas))
      next[set.metadata.name, default: 0] -= count
      room -= count
    }
    var spare = old.reduce(new.availableReplicas) { $0 + $1.availableReplicas } - minimum
    for set in old where spare > 0 {
      let count = min(spare, room, next[set.metadata.name] ?? 0)
      next[set.metadata.name, default: 0] -= count
      spare -= count
      room -= count
    }
    for set in old {
      if let size = next[set.metadata.name], size != set.replicas { sizes[set.metadata.name] = size }
    }
  }
}

// Scaling of the Deployment itself, also in the middle of an update.
extension DeploymentPlan {
  /// Whether the Deployment's size is another than when its ReplicaSets were last scaled.
  private static func isResized(_ deployment: Deployment, _ sets: [ReplicaSet]) -> Bool {
    sets.contains { set in
      guard set.replicas > 0, let text = set.metadata.annotations[Deployment.desiredReplicasAnnotation] else {
        return false
      }
      return Int(text) != deployment.replicas
    }
  }

  private mutating func scale(_ deployment: Deployment, new: ReplicaSet?, old: [ReplicaSet]) {
    let all = old + [new].compactMap(\.self)
    let active = all.filter { $0.replicas > 0 }
    if active.count <= 1 {
      if let set = active.first ?? new ?? old.last, set.replicas != deployment.replicas {
        sizes[set.metadata.name] = deployment.replicas
      }
      return
    }
    if let new, new.replicas == deployment.replicas, new.availableReplicas == deployment.replicas {
      for set in old where set.replicas > 0 { sizes[set.metadata.name] = 0 }
    } else if !deployment.recreates {
      scaleInProportion(deployment, active)
    }
  }

  /// Spreads a change of size over the active ReplicaSets by their share, what is left to the largest.
  private mutating func scaleInProportion(_ deployment: Deployment, _ active: [ReplicaSet]) {
    let allowed = deployment.replicas > 0 ? deployment.maxReplicas : 0
    let change = allowed - active.reduce(0) { $0 + $1.replicas }
    if change == 0 { return }
    let ordered = active.sorted { left, right in
      if left.replicas != right.replicas { return left.replicas > right.replicas }
      return change > 0 ? right.isOlder(than: left) : left.isOlder(than: right)
    }
    var rest = change
    var next: [Int] = []
    for set in ordered {
      let before = set.metadata.annotations[Deployment.maxReplicasAnnotation].flatMap { Int($0) } ?? deployment.replicas
      let share = Double(set.replicas * allowed) / Double(max(before, 1))
      var delta = Int(share.rounded()) - set.replicas
      delta = change > 0 ? min(max(delta, 0), rest) : max(min(delta, 0), rest)
      next.append(set.replicas + delta)
      rest -= delta
    }
    next[0] = max(0, next[0] + rest)
    for (set, size) in zip(ordered, next) where size != set.replicas { sizes[set.metadata.name] = size }
  }
}
