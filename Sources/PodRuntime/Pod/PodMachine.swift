// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Decides over the life of one pod. It does nothing itself and knows no clock: events come in with the time since some
/// fixed moment, actions go out.
struct PodMachine: Sendable {
  /// The time after which a container that was killed and has not ended is killed again.
  static let killRetry: Duration = .seconds(10)
  /// What Kubernetes says of a pod that was active for too long.
  static let deadlineReason = "DeadlineExceeded"
  static let deadlineMessage = "Pod was active on the node longer than the specified deadline"

  let plan: PodPlan
  private(set) var sandbox: Sandbox = .absent(notBefore: .zero)
  private(set) var containers: [ContainerState]
  /// When everything has to be over; nil while the pod is wanted.
  private(set) var deletion: Duration?
  /// The pod had reached its last phase by itself before it was to go.
  private(set) var wasOver = false
  /// When the pod has been active for as long as it may be (`activeDeadlineSeconds`); nil for no limit.
  var activeUntil: Duration?
  /// The pod was still active then: it has failed.
  private(set) var hasMissedDeadline = false
  private var sandboxRetries = Backoff.retries
  private(set) var removalNotBefore: Duration?

  init(_ plan: PodPlan) {
    self.plan = plan
    containers = plan.containers.map { _ in ContainerState() }
    for index in containers.indices where plan.containers[index].role == .main && hasInitContainers {
      containers[index].phase = .waiting(reason: "PodInitializing", message: "", notBefore: .zero)
    }
  }

  /// Takes over a pod of an earlier run, whose namespaces are still there.
  /// - Parameter containers: by name; containers that are not in it were never started.
  init(_ plan: PodPlan, address: String, containers restored: [String: RestoredContainer], now: Duration) {
    self.init(plan)
    sandbox = .ready(address: address)
    for (index, container) in plan.containers.enumerated() {
      guard let old = restored[container.name] else { continue }
      containers[index].attempt = old.attempt
      switch old.state {
      case .running(let startedAt):
        containers[index].run(container, startedAt: startedAt, now: now, wasReady: old.wasReady)
      case .ended(let end):
        // As if it had been told just now: so that it is started again where the policy says so.
        containers[index].run(container, startedAt: end.startedAt ?? end.finishedAt, now: now)
        var actions: [PodAction] = []
        takeEnd(container.name, end, now: now, &actions)
      case .lost: containers[index].attempt += 1
      }
    }
  }

  // MARK: Events

  mutating func handle(_ event: PodEvent, now: Duration) -> [PodAction] {
    var actions: [PodAction] = []
    take(event, now: now, &actions)
    advance(now: now, &actions)
    return actions
  }

  private mutating func take(_ event: PodEvent, now: Duration, _ actions: inout [PodAction]) {
    switch event {
    case .sandboxReady(let address):
      sandbox = .ready(address: address)
      sandboxRetries.reset()
    case .sandboxFailed(let message):
      sandbox = .absent(notBefore: now + sandboxRetries.delay())
      actions.append(
        .report(isWarning: true, reason: "FailedCreatePodSandBox", message: message, container: nil))
    case .started(let name, let attempt, let startedAt):
      guard let index = index(name), containers[index].attempt == attempt, containers[index].isStarting else { return }
      containers[index].run(plan.containers[index], startedAt: startedAt, now: now)
      actions.append(
        .report(isWarning: false, reason: "Started", message: "Container started", container: name))
    case .startFailed(let name, let attempt, let reason, let message, let retries):
      guard let index = index(name), containers[index].attempt == attempt, containers[index].isStarting else { return }
      let notBefore = retries ? now + containers[index].retries.delay() : nil
      containers[index].phase = .waiting(reason: reason, message: message, notBefore: notBefore)
      actions.append(.report(isWarning: true, reason: "Failed", message: message, container: name))
    case .ended(let name, let end): takeEnd(name, end, now: now, &actions)
    case .probed(let name, let attempt, let kind, let isSuccess, let message):
      takeAnswer(name, attempt, kind, isSuccess, message, now: now, &actions)
    case .deletionRequested(let grace): takeDeletion(now + grace, now: now)
    case .removed: sandbox = .removed
    case .removalFailed(let message):
      sandbox = .removing
      removalNotBefore = now + sandboxRetries.delay()
      actions.append(.report(isWarning: true, reason: "FailedKillPod", message: message, container: nil))
    case .configurationChanged:
      // What a volume or variable lacked may be there now.
      if case .absent = sandbox { sandbox = .absent(notBefore: now) }
      for index in containers.indices {
        guard case .waiting("CreateContainerConfigError", let message, _) = containers[index].phase else { continue }
        containers[index].phase = .waiting(reason: "CreateContainerConfigError", message: message, notBefore: now)
      }
    case .tick: break
    }
  }

  private mutating func takeEnd(
    _ name: String, _ end: ContainerState.End, now: Duration, _ actions: inout [PodAction]
  ) {
    guard let index = index(name), containers[index].attempt == end.attempt else { return }
    var end = end
    var time: Duration = .zero
    switch containers[index].phase {
    case .running(let startedAt, let since):
      end.startedAt = startedAt
      time = now - since
    // It ended before its start was reported.
    case .starting: end.startedAt = end.startedAt ?? end.finishedAt
    case .waiting, .ended: return
    }
    containers[index].end(end)
    let container = plan.containers[index]
    guard deletion == nil, !isOver, container.restartPolicy.restarts(afterStatus: end.status) else { return }
    let delay = containers[index].backoff.delay(afterRunning: time)
    containers[index].last = end
    containers[index].attempt += 1
    if delay == .zero {
      containers[index].phase = .waiting(reason: "ContainerCreating", message: "", notBefore: now)
    } else {
      let message = "back-off \(delay.components.seconds)s restarting failed container=\(name)"
      containers[index].phase = .waiting(reason: "CrashLoopBackOff", message: message, notBefore: now + delay)
      actions.append(.report(isWarning: true, reason: "BackOff", message: message, container: name))
    }
  }

  private mutating func takeAnswer(
    _ name: String, _ attempt: Int, _ kind: Probe.Kind, _ isSuccess: Bool, _ message: String, now: Duration,
    _ actions: inout [PodAction]
  ) {
    guard let index = index(name), containers[index].attempt == attempt, containers[index].isRunning,
      let place = containers[index].probes.firstIndex(where: { $0.kind == kind })
    else { return }
    let hasChanged = containers[index].probes[place].answer(isSuccess, now: now)
    let probe = containers[index].probes[place]
    containers[index].updateReadiness()
    if !isSuccess, hasChanged || kind == .liveness {
      let text = "\(kind.title) probe failed: \(message)"
      actions.append(.report(isWarning: true, reason: "Unhealthy", message: text, container: name))
    }
    guard kind != .readiness, probe.verdict == .failed, containers[index].killAt == nil else { return }
    let text = "Container \(name) failed \(kind.rawValue) probe, will be restarted"
    actions.append(.report(isWarning: false, reason: "Killing", message: text, container: name))
    stop(index, by: now + plan.grace, now: now, &actions)
  }

  private mutating func takeDeletion(_ end: Duration, now: Duration) {
    if deletion == nil { wasOver = isOver }
    deletion = min(deletion ?? end, end)
    for index in containers.indices {
      if let killAt = containers[index].killAt { containers[index].killAt = min(killAt, end) }
    }
  }

  // MARK: Decisions

  /// Does all that can be done now.
  private mutating func advance(now: Duration, _ actions: inout [PodAction]) {
    killOverdue(now: now, &actions)
    if deletion == nil, !isOver, let activeUntil, activeUntil <= now {
      hasMissedDeadline = true
      actions.append(
        .report(isWarning: true, reason: Self.deadlineReason, message: Self.deadlineMessage, container: nil))
    }
    if let deletion {
      end(by: deletion, now: now, &actions)
    } else if isOver {
      // The main containers ended for good: sidecars have nobody left to help.
      for index in containers.indices where containers[index].isRunning && containers[index].killAt == nil {
        stop(index, by: now + plan.grace, now: now, &actions)
      }
    } else {
      start(now: now, &actions)
    }
    askProbes(now: now, &actions)
  }

  private mutating func end(by end: Duration, now: Duration, _ actions: inout [PodAction]) {
    for index in containers.indices where containers[index].isRunning && containers[index].killAt == nil {
      let name = plan.containers[index].name
      let text = "Stopping container \(name)"
      actions.append(.report(isWarning: false, reason: "Killing", message: text, container: name))
      stop(index, by: end, now: now, &actions)
    }
    guard containers.allSatisfy(\.isQuiet) else { return }
    switch sandbox {
    case .making: break
    case .absent, .ready:
      sandbox = .removing
      actions.append(.remove)
    case .removing:
      if let notBefore = removalNotBefore, notBefore <= now {
        removalNotBefore = nil
        actions.append(.remove)
      }
    case .removed: actions.append(.finish)
    }
  }

  private mutating func start(now: Duration, _ actions: inout [PodAction]) {
    switch sandbox {
    case .absent(let notBefore):
      guard notBefore <= now else { return }
      sandbox = .making
      actions.append(.makeSandbox)
    case .ready:
      for index in inTurn {
        guard case .waiting(_, _, let notBefore?) = containers[index].phase, notBefore <= now else { continue }
        containers[index].phase = .starting
        actions.append(.start(name: plan.containers[index].name, attempt: containers[index].attempt))
      }
    case .making, .removing, .removed: break
    }
  }

  private mutating func stop(_ index: Int, by end: Duration, now: Duration, _ actions: inout [PodAction]) {
    containers[index].killAt = end
    let name = plan.containers[index].name
    if end <= now { return killOverdue(now: now, &actions) }
    actions.append(.stop(name: name, attempt: containers[index].attempt, grace: end - now))
  }

  private mutating func killOverdue(now: Duration, _ actions: inout [PodAction]) {
    for index in containers.indices where containers[index].isRunning {
      guard let killAt = containers[index].killAt, killAt <= now else { continue }
      containers[index].killAt = now + Self.killRetry
      actions.append(.kill(name: plan.containers[index].name, attempt: containers[index].attempt))
    }
  }

  private mutating func askProbes(now: Duration, _ actions: inout [PodAction]) {
    for index in containers.indices {
      guard let next = containers[index].nextProbe, next <= now else { continue }
      let hasStarted = containers[index].hasStarted
      for place in containers[index].probes.indices {
        let kind = containers[index].probes[place].kind
        guard (kind == .startup) != hasStarted, containers[index].probes[place].take(now: now) else { continue }
        actions.append(.probe(name: plan.containers[index].name, attempt: containers[index].attempt, kind: kind))
      }
    }
  }

  private func index(_ name: String) -> Int? { plan.containers.firstIndex { $0.name == name } }
}
