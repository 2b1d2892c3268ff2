// SPDX-License-Identifier: Apache-2.0

/// What follows from the state of a pod.
extension PodMachine {
  /// The pod's namespaces.
  enum Sandbox: Sendable {
    /// Becomes `making` at the given moment.
    case absent(notBefore: Duration)
    case making
    case ready(address: String)
    /// Becomes `removed`; `absent` never again.
    case removing
    case removed
  }

  var address: String? { if case .ready(let address) = sandbox { address } else { nil } }

  var hasInitContainers: Bool { plan.containers.contains { $0.role != .main } }

  /// Whether the init containers have done their work, once. A sidecar that restarts does not hold up the others again.
  var isInitialized: Bool {
    wasInitialized
      || zip(plan.containers, containers).allSatisfy { container, state in
        switch container.role {
        case .initial: state.end?.status == 0
        case .sidecar: state.hasStarted
        case .main: true
        }
      }
  }

  /// A main container has been started at some time.
  var wasInitialized: Bool {
    zip(plan.containers, containers).contains { container, state in
      container.role == .main && (!state.isQuiet || state.attempt > 0 || state.end != nil)
    }
  }

  /// The containers whose turn it is to run: each init container waits for the one before it to end, or for a sidecar
  /// to be up; the others come together.
  var inTurn: Range<Int> {
    let barrier = containers.indices.first { index in
      switch plan.containers[index].role {
      case .initial: containers[index].end?.status != 0
      case .sidecar: !containers[index].hasStarted && !wasInitialized
      case .main: false
      }
    }
    return 0..<(barrier.map { $0 + 1 } ?? containers.count)
  }

  /// Whether the pod has reached its last phase: nothing of it will be started again.
  var isOver: Bool { hasMissedDeadline || hasFailedInitialization || mainEnds != nil }

  /// An init container failed and is not run again.
  var hasFailedInitialization: Bool {
    zip(plan.containers, containers).contains { container, state in
      guard container.role == .initial, let end = state.end, end.status != 0 else { return false }
      return !container.restartPolicy.restarts(afterStatus: end.status)
    }
  }

  /// How all main containers ended; nil where one has not ended for good.
  private var mainEnds: [ContainerState.End]? {
    var ends: [ContainerState.End] = []
    for (container, state) in zip(plan.containers, containers) where container.role == .main {
      guard let end = state.end, !container.restartPolicy.restarts(afterStatus: end.status) || deletion != nil else {
        return nil
      }
      ends.append(end)
    }
    return ends
  }

  var phase: String {
    if hasMissedDeadline || hasFailedInitialization { return "Failed" }
    if let ends = mainEnds { return ends.allSatisfy { $0.status == 0 } ? "Succeeded" : "Failed" }
    let isMissingOne = zip(plan.containers, containers).contains { container, state in
      container.role == .main && !state.isRunning && state.end == nil && state.last == nil
    }
    return isMissingOne ? "Pending" : "Running"
  }

  /// When ``handle(_:now:)`` has to be called with `tick`, if nothing else happens.
  var nextDeadline: Duration? {
    var moments: [Duration] = containers.compactMap(\.nextProbe)
    moments += containers.filter(\.isRunning).compactMap(\.killAt)
    if let removalNotBefore { moments.append(removalNotBefore) }
    if deletion == nil, !isOver {
      if let activeUntil { moments.append(activeUntil) }
      if case .absent(let notBefore) = sandbox { moments.append(notBefore) }
      if case .ready = sandbox {
        for index in inTurn {
          if case .waiting(_, _, let notBefore?) = containers[index].phase { moments.append(notBefore) }
        }
      }
    }
    return moments.min()
  }
}
