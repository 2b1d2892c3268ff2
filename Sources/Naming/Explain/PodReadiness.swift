// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Why a pod is not ready, from what its status says.
///
/// Source: "Pod Lifecycle" of the Kubernetes documentation.
struct PodReadiness: Sendable {
  private let pod: Pod
  /// Whether what a probe is called with is told too, which may hold secrets.
  private let showsArguments: Bool

  init(_ pod: Pod, showsArguments: Bool) {
    self.pod = pod
    self.showsArguments = showsArguments
  }

  /// The first thing that keeps the pod from being ready; nil for a pod that is.
  var finding: Finding? {
    if pod.hasEnded {
      return make(
        .podEnded, "status.phase", found: pod.phase, wanted: "Running", "has ended with the phase \(pod.phase)"
          + (message(pod.status).map { ": \($0)" } ?? ""))
    }
    if pod.metadata.isBeingDeleted {
      return make(
        .podTerminating, "metadata.deletionTimestamp", "is being deleted",
        remedy: "wait for the pod that comes in its place")
    }
    if pod.isReady, !pod.podIPs.isEmpty { return nil }
    return unscheduled ?? unfinishedInit ?? unreadyContainer ?? unmetGate ?? rest
  }

  // MARK: The steps of a pod's start

  private var unscheduled: Finding? {
    guard let condition = pod.condition("PodScheduled"), condition["status"]?.string == "False" else { return nil }
    return make(
      .podUnscheduled, "status.conditions[PodScheduled]", found: "False", wanted: "True",
      "has no node to run on: \(message(condition) ?? "no reason is given")")
  }

  private var unfinishedInit: Finding? {
    for status in pod.status["initContainerStatuses"]?.array ?? [] where status["ready"]?.bool != true {
      // One that has not begun waits for those before it.
      let name = status["name"]?.string ?? ""
      let spec = pod.initContainers.first { $0["name"]?.string == name }
      if spec?["restartPolicy"]?.string == "Always", status["started"]?.bool == true { continue }
      let state = status["state"] ?? [:]
      if state["running"] != nil {
        return make(
          .initContainer, "status.initContainerStatuses[\(name)]",
          "is not ready: its init container \"\(name)\" still runs")
      }
      return stopped(status, name, "init container", code: .initContainer, list: "initContainerStatuses")
    }
    return nil
  }

  private var unreadyContainer: Finding? {
    for status in pod.status["containerStatuses"]?.array ?? [] where status["ready"]?.bool != true {
      let name = status["name"]?.string ?? ""
      guard status["state"]?["running"] != nil else {
        return stopped(status, name, "container", code: nil, list: "containerStatuses")
      }
      let spec = pod.containers.first { $0["name"]?.string == name } ?? [:]
      let path = "spec.containers[\(name)]"
      if let probe = spec["startupProbe"], status["started"]?.bool != true {
        return make(
          .startupProbe, "\(path).startupProbe",
          "is not ready: its container \"\(name)\" runs, and its startupProbe has not passed yet: \(describe(probe))")
      }
      if let probe = spec["readinessProbe"] {
        return make(
          .readinessProbe, "\(path).readinessProbe",
          "is not ready: its container \"\(name)\" runs, and its readinessProbe does not pass: \(describe(probe))",
          remedy: "look why the probe fails: kubectl describe pod \(pod.metadata.name) -n \(pod.metadata.namespace)")
      }
      return make(
        .podNotReady, "status.containerStatuses[\(name)].ready", found: "false", wanted: "true",
        "is not ready, as its container \"\(name)\" is not, which runs")
    }
    return nil
  }

  private var unmetGate: Finding? {
    guard pod.condition("ContainersReady")?["status"]?.string == "True" else { return nil }
    for gate in pod.spec["readinessGates"]?.array ?? [] {
      guard let type = gate["conditionType"]?.string else { continue }
      let status = pod.condition(type)?["status"]?.string
      if status == "True" { continue }
      return make(
        .readinessGate, "status.conditions[\(type)]", found: status, wanted: "True",
        "is not ready: its readiness gate \(type) is not met" + (status == nil ? ": the condition is not there" : ""),
        remedy: "whoever is in charge of \(type) has to set this condition")
    }
    return nil
  }

  private var rest: Finding {
    if pod.podIPs.isEmpty {
      return make(.podNotReady, "status.podIPs", "has no address yet" + (message(pod.status).map { ": \($0)" } ?? ""))
    }
    let reason = pod.condition("Ready").flatMap(message).map { ": \($0)" } ?? ""
    return make(
      .podNotReady, "status.conditions[Ready]", found: pod.condition("Ready")?["status"]?.string, wanted: "True",
      "is not ready\(reason)")
  }

  // MARK: Words

  /// A container that waits or has ended.
  private func stopped(
    _ status: JSONValue, _ name: String, _ what: String, code: FindingCode?, list: String
  ) -> Finding {
    let field = "status.\(list)[\(name)].state"
    let state = status["state"] ?? [:]
    if let end = state["terminated"] {
      return make(
        code ?? .containerEnded, field, found: end["reason"]?.string,
        "is not ready: its \(what) \"\(name)\" has ended\(exit(end))",
        remedy: logs(name))
    }
    let reason = state["waiting"]?["reason"]?.string
    var text = "is not ready: its \(what) \"\(name)\" waits" + (reason.map { " with \($0)" } ?? " to be started")
    if let end = status["lastState"]?["terminated"] { text += "; the last time it ended\(exit(end))" }
    if let message = state["waiting"].flatMap(message) { text += ": \(message)" }
    return make(
      code ?? .containerWaiting, field, found: reason, text,
      remedy: status["lastState"]?["terminated"] == nil ? "" : logs(name))
  }

  private func exit(_ end: JSONValue) -> String { end["exitCode"]?.int.map { " with exit code \($0)" } ?? "" }

  private func logs(_ container: String) -> String {
    "look at what container \"\(container)\" of \(pod.object.objectName) wrote before it ended"
  }

  private func message(_ value: JSONValue) -> String? {
    let text = value["message"]?.string ?? value["reason"]?.string ?? ""
    return text.isEmpty ? nil : text
  }

  /// What a probe does: `GET :8080/ready`, `TCP :3306`, `exec mysqladmin ping`; without arguments `exec mysqladmin …`.
  private func describe(_ probe: JSONValue) -> String {
    func port(_ action: JSONValue) -> String {
      action["port"]?.string ?? action["port"]?.int.map(String.init) ?? ""
    }
    if let get = probe["httpGet"] {
      let path = get["path"]?.string ?? "/"
      guard !showsArguments, let query = path.firstIndex(of: "?") else { return "GET :\(port(get))\(path)" }
      return "GET :\(port(get))\(path[..<query])?…"
    }
    if let socket = probe["tcpSocket"] { return "TCP :\(port(socket))" }
    if let call = probe["grpc"] { return "gRPC :\(port(call))" }
    let words = probe["exec"]?["command"]?.array?.compactMap(\.string) ?? []
    guard !showsArguments, words.count > 1 else { return "exec " + words.joined(separator: " ") }
    return "exec \(words[0]) …"
  }

  private func make(
    _ code: FindingCode, _ field: String, found: String? = nil, wanted: String? = nil, _ text: String,
    remedy: String = ""
  ) -> Finding {
    Finding(code, object: pod.object.objectName, field: field, found: found, wanted: wanted, text, remedy: remedy)
  }
}
