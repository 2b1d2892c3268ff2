// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What is to be done for a DaemonSet now, and its status. Decides only; its reconciler carries it out.
///
/// Source: the DaemonSet page of the Kubernetes documentation, with rolling updates.
struct DaemonSetPlan: Equatable {
  /// One step towards what the set asks for.
  enum Action: Equatable {
    /// A pod of the present template, bound to the node.
    case create(node: String)
    /// By the pod's name.
    case delete(pod: String)
  }

  /// What the set's status counts: nodes, not pods.
  struct Status: Equatable {
    /// Nodes that should have a pod.
    var desired = 0
    /// Of these, those that have one.
    var current = 0
    /// Nodes that have a pod and should not.
    var misscheduled = 0
    var ready = 0
    var available = 0
    /// Nodes whose pod is of the update's revision.
    var updated = 0
  }

  private(set) var actions: [Action] = []
  private(set) var status = Status()
  /// When time alone changes the plan.
  private(set) var outcome = Outcome.settled

  private let set: DaemonSet
  private let hash: String
  private let now: Timestamp

  /// - Parameters:
  ///   - nodes: all there are.
  ///   - pods: those that the set owns.
  ///   - hash: of the template that pods should be made from.
  init(set: DaemonSet, nodes: [KubeObject], pods: [Pod], hash: String, now: Timestamp) {
    self.set = set
    self.hash = hash
    self.now = now
    let byNode = Dictionary(grouping: pods, by: \.nodeName)
    let wanted = nodes.filter(set.fits).map(\.metadata.name).sorted()
    status.desired = wanted.count
    var living: [String: [Pod]] = [:]
    for node in wanted {
      let all = byNode[node] ?? []
      // An ended pod makes room for another; one that is ending keeps its place until it is gone.
      for pod in all where pod.hasEnded && !pod.metadata.isBeingDeleted {
        actions.append(.delete(pod: pod.metadata.name))
      }
      if all.isEmpty { actions.append(.create(node: node)) }
      living[node] = all.filter(\.isActive).sorted { Self.age($0) < Self.age($1) }
      count(living[node] ?? [], isPresent: !all.isEmpty)
    }
    // A pod without a node is on none that it should not be on.
    for node in byNode.keys.sorted() where !node.isEmpty && !wanted.contains(node) {
      status.misscheduled += 1
      for pod in byNode[node] ?? [] where !pod.metadata.isBeingDeleted {
        actions.append(.delete(pod: pod.metadata.name))
      }
    }
    if set.maxSurge(of: wanted.count) > 0 {
      surge(wanted, living)
    } else {
      replace(wanted, living)
    }
  }

  static func == (left: DaemonSetPlan, right: DaemonSetPlan) -> Bool {
    left.actions == right.actions && left.status == right.status && left.outcome == right.outcome
  }

  /// The oldest first.
  private static func age(_ pod: Pod) -> (Int64, String) {
    (pod.metadata.creationTimestamp?.microseconds ?? .max, pod.metadata.name)
  }

  private mutating func count(_ pods: [Pod], isPresent: Bool) {
    if isPresent { status.current += 1 }
    if pods.contains(where: \.isReady) { status.ready += 1 }
    if pods.contains(where: isAvailable) { status.available += 1 }
    if pods.contains(where: isUpdated) { status.updated += 1 }
    for pod in pods {
      guard let wait = pod.timeToAvailable(minReadySeconds: set.minReadySeconds, now: now), wait > .zero else {
        continue
      }
      outcome = outcome.sooner(.again(after: wait))
    }
  }

  private func isUpdated(_ pod: Pod) -> Bool { pod.metadata.labels[DaemonSet.revisionLabel] == hash }

  private func isAvailable(_ pod: Pod) -> Bool {
    pod.timeToAvailable(minReadySeconds: set.minReadySeconds, now: now) == .zero
  }

  /// One pod on a node: further ones go, and so does one of an old template, as far as enough nodes have an available
  /// one. One that is not available anyway goes at once.
  private mutating func replace(_ nodes: [String], _ living: [String: [Pod]]) {
    for pods in nodes.compactMap({ living[$0] }) {
      for pod in pods.dropFirst() { actions.append(.delete(pod: pod.metadata.name)) }
    }
    guard set.updatesPods else { return }
    let kept = nodes.map { living[$0]?.first }
    var budget = set.maxUnavailable(of: nodes.count) - kept.count { $0.map(isAvailable) != true }
    for pod in kept.compactMap(\.self) where !isUpdated(pod) {
      if isAvailable(pod) {
        guard budget > 0 else { continue }
        budget -= 1
      }
      actions.append(.delete(pod: pod.metadata.name))
    }
  }

  /// A pod of the new template comes beside the old one, which goes once the new one is available.
  private mutating func surge(_ nodes: [String], _ living: [String: [Pod]]) {
    var budget = set.maxSurge(of: nodes.count) - nodes.count { (living[$0]?.count ?? 0) > 1 }
    for node in nodes {
      let pods = living[node] ?? []
      let old = pods.filter { !isUpdated($0) }
      let new = pods.filter(isUpdated)
      for pod in new.dropFirst() + old.dropFirst() { actions.append(.delete(pod: pod.metadata.name)) }
      guard let oldest = old.first else { continue }
      if let replacement = new.first {
        if isAvailable(replacement) { actions.append(.delete(pod: oldest.metadata.name)) }
      } else if !isAvailable(oldest) {
        actions.append(.create(node: node))
      } else if budget > 0 {
        budget -= 1
        actions.append(.create(node: node))
      }
    }
  }
}
