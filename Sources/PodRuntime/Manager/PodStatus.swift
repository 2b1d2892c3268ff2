// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The status of a pod as its object tells it (Kubernetes: "Pod Lifecycle").
struct PodStatus: Sendable {
  let machine: PodMachine
  let nodeAddress: String
  let uid: String

  /// The new status, over the one that the object has: conditions of others stay, and the time of a condition's last
  /// change is kept where it has not changed.
  func json(over old: JSONValue?, now: Timestamp) -> JSONValue {
    var status = old ?? [:]
    status["phase"] = .string(machine.phase)
    if machine.hasMissedDeadline {
      status["reason"] = .string(PodMachine.deadlineReason)
      status["message"] = .string(PodMachine.deadlineMessage)
    }
    status["conditions"] = .array(conditions(over: old?["conditions"]?.array ?? [], now: now))
    status["hostIP"] = .string(nodeAddress)
    status["hostIPs"] = [["ip": .string(nodeAddress)]]
    status["podIP"] = machine.address.map { .string($0) }
    status["podIPs"] = machine.address.map { [["ip": .string($0)]] }
    if status["startTime"] == nil { status["startTime"] = .string(now.text) }
    let pairs = Array(zip(machine.plan.containers, machine.containers))
    let initial = pairs.filter { $0.0.role != .main }
    if !initial.isEmpty { status["initContainerStatuses"] = .array(initial.map(container)) }
    status["containerStatuses"] = .array(pairs.filter { $0.0.role == .main }.map(container))
    return status
  }

  // MARK: Conditions

  private func conditions(over old: [JSONValue], now: Timestamp) -> [JSONValue] {
    var result = old
    func set(_ type: String, _ isTrue: Bool, reason: String = "", message: String = "") {
      let index = result.firstIndex { $0["type"]?.string == type }
      let word: JSONValue = isTrue ? "True" : "False"
      var condition: JSONValue = ["type": .string(type), "status": word]
      let before = index.map { result[$0] }
      condition["lastTransitionTime"] =
        before?["status"] == word ? before?["lastTransitionTime"] ?? .string(now.text) : .string(now.text)
      if !isTrue, !reason.isEmpty { condition["reason"] = .string(reason) }
      if !isTrue, !message.isEmpty { condition["message"] = .string(message) }
      if let index { result[index] = condition } else { result.append(condition) }
    }
    set("PodReadyToStartContainers", machine.address != nil)
    let unfinished = names { $0.role != .main && !isPassed($0, $1) }
    set(
      "Initialized", machine.isInitialized, reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [\(unfinished.joined(separator: " "))]")
    let unready = names { $0.role != .initial && !$1.isReady }
    let areReady = unready.isEmpty && !machine.isOver
    let reason = machine.isOver ? "PodCompleted" : "ContainersNotReady"
    let message = machine.isOver ? "" : "containers with unready status: [\(unready.joined(separator: " "))]"
    set("ContainersReady", areReady, reason: reason, message: message)
    let closed = machine.plan.readinessGates.filter { gate in
      !result.contains { $0["type"]?.string == gate && $0["status"]?.string == "True" }
    }
    if areReady, !closed.isEmpty {
      set(
        "Ready", false, reason: "ReadinessGatesNotReady",
        message: "the readiness gates \(closed.joined(separator: ", ")) are not met")
    } else {
      set("Ready", areReady, reason: reason, message: message)
    }
    set("PodScheduled", true)
    return result
  }

  private func names(where isWanted: (PodPlan.Container, ContainerState) -> Bool) -> [String] {
    zip(machine.plan.containers, machine.containers).filter { isWanted($0, $1) }.map(\.0.name)
  }

  private func isPassed(_ container: PodPlan.Container, _ state: ContainerState) -> Bool {
    container.role == .initial ? state.end?.status == 0 : state.hasStarted
  }

  // MARK: Containers

  private func container(_ plan: PodPlan.Container, _ state: ContainerState) -> JSONValue {
    var status: JSONValue = ["name": .string(plan.name), "state": self.state(plan, state)]
    status["lastState"] = state.last.map { ["terminated": terminated(plan, $0)] } ?? [:]
    status["ready"] = .bool(plan.role == .initial ? state.end?.status == 0 : state.isReady)
    status["restartCount"] = .int(Int64(state.attempt))
    status["image"] = .string(plan.image)
    status["imageID"] = .string(state.isQuiet && state.end == nil && state.last == nil ? "" : plan.image)
    if !state.isQuiet || state.end != nil { status["containerID"] = .string(id(plan, attempt: state.attempt)) }
    status["started"] = .bool(state.hasStarted)
    return status
  }

  private func state(_ plan: PodPlan.Container, _ state: ContainerState) -> JSONValue {
    switch state.phase {
    case .waiting(let reason, let message, _):
      var waiting: JSONValue = ["reason": .string(reason)]
      if !message.isEmpty { waiting["message"] = .string(message) }
      return ["waiting": waiting]
    case .starting: return ["waiting": ["reason": "ContainerCreating"]]
    case .running(let startedAt, _): return ["running": ["startedAt": .string(startedAt.text)]]
    case .ended(let end): return ["terminated": terminated(plan, end)]
    }
  }

  private func terminated(_ plan: PodPlan.Container, _ end: ContainerState.End) -> JSONValue {
    var value: JSONValue = ["exitCode": .int(Int64(end.status)), "reason": .string(end.reason)]
    if end.status > 128, end.status <= 128 + 64 { value["signal"] = .int(Int64(end.status - 128)) }
    value["startedAt"] = .string((end.startedAt ?? end.finishedAt).text)
    value["finishedAt"] = .string(end.finishedAt.text)
    value["containerID"] = .string(id(plan, attempt: end.attempt))
    return value
  }

  private func id(_ plan: PodPlan.Container, attempt: Int) -> String {
    "oci://" + ContainerID(pod: uid, name: plan.name, attempt: attempt).text
  }
}
