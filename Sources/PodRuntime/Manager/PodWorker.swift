// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Logging
import OrderedCollections
import Synchronization

/// Runs one pod: feeds ``PodMachine`` with what happens, carries out what it decides, and tells the store.
final class PodWorker: Sendable {
  /// What a worker works with; the same for all.
  struct Environment: Sendable {
    var backend: any PodBackend
    var writer: any ObjectWriter
    var recorder: EventRecorder
    var now: @Sendable () -> Timestamp
    var logger: Logger
  }

  /// The time after which a store that did not take the pod's end is asked again.
  private static let finishRetry: Duration = .seconds(1)
  private static let deadline = "activeDeadlineSeconds"

  private struct State {
    var pod: Pod
    /// The program ends: the pod stops, but its object stays.
    var isShuttingDown = false
    /// The grace of the deletion that was passed on last; nil for none.
    var grace: Int64?
  }

  private let environment: Environment
  private let state: Mutex<State>
  /// Every event is the answer to one action, or one change of the pod's object, so few can wait.
  private let events: AsyncStream<PodEvent>
  private let input: AsyncStream<PodEvent>.Continuation
  private let clock = ContinuousClock()
  private let epoch: ContinuousClock.Instant

  init(_ pod: Pod, _ environment: Environment) {
    self.environment = environment
    state = Mutex(State(pod: pod))
    (events, input) = AsyncStream.makeStream(of: PodEvent.self)
    epoch = clock.now
  }

  private var pod: Pod { state.withLock { $0.pod } }
  private var elapsed: Duration { clock.now - epoch }

  /// When the pod has been active for as long as it may be, counted from its first start, also in earlier runs.
  private var activeUntil: Duration? {
    let pod = pod
    guard let seconds = pod.spec[Self.deadline]?.int else { return nil }
    let start = pod.status["startTime"]?.string.flatMap { Timestamp($0) }
    let active = start.map { environment.now().microseconds - $0.microseconds } ?? 0
    return elapsed + .seconds(seconds) - .microseconds(active)
  }

  // MARK: From outside

  func post(_ event: PodEvent) { input.yield(event) }

  /// Takes a new version of the pod's object.
  func update(_ pod: Pod) {
    let (grace, isDeadlineNew): (Int64?, Bool) = state.withLock { state in
      let isDeadlineNew = state.pod.spec[Self.deadline] != pod.spec[Self.deadline]
      state.pod = pod
      guard pod.metadata.isBeingDeleted else { return (nil, isDeadlineNew) }
      let grace = pod.metadata.deletionGracePeriodSeconds ?? 0
      if let old = state.grace, old <= grace { return (nil, isDeadlineNew) }
      state.grace = grace
      return (grace, isDeadlineNew)
    }
    if isDeadlineNew { post(.tick) }
    if let grace { post(.deletionRequested(grace: .seconds(grace))) }
  }

  /// The pod's object is gone; what runs of it ends at once.
  func forget() { post(.deletionRequested(grace: .zero)) }

  /// Stops the pod with its own grace; its object stays.
  func shutDown() {
    let grace = state.withLock { state in
      state.isShuttingDown = true
      return state.pod.spec["terminationGracePeriodSeconds"]?.int ?? 30
    }
    post(.deletionRequested(grace: .seconds(grace)))
  }

  // MARK: The pod's life

  /// Returns when nothing of the pod is left.
  func run() async {
    let first = pod
    let plan = PodPlan(first, asksProbes: environment.backend.asksProbes)
    var machine: PodMachine
    let old = await environment.backend.restore(first)
    // A pod that is on its way out and has nothing here any more stays what it was: only finalizers hold its object.
    let hasNews = old != nil || !first.metadata.isBeingDeleted
    if let old {
      machine = PodMachine(plan, address: old.address, containers: old.containers, now: elapsed)
    } else {
      machine = PodMachine(plan)
    }
    update(first)
    await withDiscardingTaskGroup { group in
      var wakeUp: Duration?
      post(.tick)
      for await event in events {
        machine.activeUntil = activeUntil
        let actions = machine.handle(event, now: elapsed)
        if actions.contains(.finish) {
          if await finish(machine) { break }
          wake(after: Self.finishRetry, in: &group)
          continue
        }
        for action in actions {
          let address = machine.address ?? ""
          group.addTask { await self.carryOut(action, address: address) }
        }
        if hasNews { await report(machine) }
        if let deadline = machine.nextDeadline, wakeUp.map({ deadline < $0 || $0 <= elapsed }) ?? true {
          wakeUp = deadline
          wake(after: max(.zero, deadline - elapsed), in: &group)
        }
      }
      group.cancelAll()
    }
  }

  private func wake(after delay: Duration, in group: inout DiscardingTaskGroup) {
    group.addTask {
      if (try? await self.clock.sleep(for: delay)) != nil { self.post(.tick) }
    }
  }

  private func carryOut(_ action: PodAction, address: String) async {
    let backend = environment.backend
    let pod = pod
    func id(_ name: String, _ attempt: Int) -> ContainerID {
      ContainerID(pod: pod.metadata.uid, name: name, attempt: attempt)
    }
    switch action {
    case .makeSandbox:
      do {
        post(.sandboxReady(address: try await backend.makeSandbox(for: pod)))
      } catch {
        post(.sandboxFailed(message: error.message))
      }
    case .start(let name, let attempt):
      do {
        try await backend.start(id(name, attempt), of: pod, address: address)
        post(.started(name: name, attempt: attempt, at: environment.now()))
      } catch {
        post(Self.startFailed(name, attempt, error))
      }
    case .stop(let name, let attempt, let grace): await backend.stop(id(name, attempt), of: pod, grace: grace)
    case .kill(let name, let attempt): await backend.kill(id(name, attempt))
    case .probe(let name, let attempt, let kind):
      guard let probe = PodPlan(pod, asksProbes: true).containers.first(where: { $0.name == name })?.probes[kind]
      else { return }
      let answer = await backend.ask(probe, of: id(name, attempt), address: address)
      post(.probed(name: name, attempt: attempt, kind: kind, isSuccess: answer.isSuccess, message: answer.message))
    case .remove:
      do {
        try await backend.remove(uid: pod.metadata.uid)
        post(.removed)
      } catch {
        guard state.withLock({ $0.isShuttingDown }) else { return post(.removalFailed(message: error.message)) }
        // The backend ends next, and takes the rest along; the program's end is not held up.
        environment.logger.warning("what is left of pod \(pod.metadata.uid) cannot be removed: \(error)")
        post(.removed)
      }
    case .report(let isWarning, let reason, let message, let container):
      await environment.recorder.record(
        pod, isWarning: isWarning, reason: reason, message: message, container: container)
    case .finish: break
    }
  }

  private static func startFailed(_ name: String, _ attempt: Int, _ error: RuntimeError) -> PodEvent {
    let (reason, retries): (String, Bool) =
      switch error.code {
      case .image: ("ErrImagePull", false)
      case .configuration: ("CreateContainerConfigError", true)
      case .unsupported, .agent, .system, .container: ("CreateContainerError", true)
      }
    return .startFailed(name: name, attempt: attempt, reason: reason, message: error.message, retries: retries)
  }

  // MARK: The store

  /// Writes the status; a pod that is gone needs none.
  private func report(_ machine: PodMachine) async {
    // What ends because the program ends is no news of the pod.
    if machine.deletion != nil, state.withLock({ $0.isShuttingDown }) { return }
    await write(machine)
  }

  private func write(_ machine: PodMachine) async {
    let pod = pod
    let status = PodStatus(machine: machine, nodeAddress: environment.backend.nodeAddress, uid: pod.metadata.uid)
    let uid = pod.metadata.uid
    let now = environment.now()
    do {
      _ = try await environment.writer.modify(
        .pods, namespace: pod.metadata.namespace, name: pod.metadata.name, status: true
      ) { root throws(StatusError) in
        guard root["metadata"]?["uid"]?.string == uid else { throw .notFound(.pods, pod.metadata.name) }
        root["status"] = status.json(over: root["status"], now: now)
      }
    } catch {
      if error.reason != .notFound {
        environment.logger.error("status of pod \(pod.metadata.namespace)/\(pod.metadata.name): \(error)")
      }
    }
  }

  /// - Returns: whether the store knows that the pod is over.
  private func finish(_ machine: PodMachine) async -> Bool {
    let pod = pod
    if state.withLock({ $0.isShuttingDown }), !pod.metadata.isBeingDeleted {
      // The next run of the program begins with a pod that has no address and is not ready; one that had ended
      // stays so.
      if !machine.wasOver { await write(PodMachine(machine.plan)) }
      return true
    }
    do {
      try await environment.writer.delete(
        .pods, namespace: pod.metadata.namespace, name: pod.metadata.name,
        options: DeleteOptions(gracePeriodSeconds: 0, uid: pod.metadata.uid))
      return true
    } catch {
      // Gone already, or another pod of the same name.
      return error.reason == .notFound || error.reason == .conflict
    }
  }
}
