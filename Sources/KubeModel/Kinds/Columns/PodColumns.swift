// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let pods: [TableColumn] = [
    .name,
    TableColumn("Ready") { object, _ in
      let summary = PodSummary(object)
      return .string("\(summary.ready)/\(summary.total)")
    },
    TableColumn("Status") { object, _ in .string(PodSummary(object).status) },
    TableColumn("Restarts") { object, now in
      let summary = PodSummary(object)
      guard summary.restarts > 0, let last = summary.lastRestart else { return .string(String(summary.restarts)) }
      return .string("\(summary.restarts) (\(HumanDuration.text(seconds: now.seconds - last.seconds)) ago)")
    },
    .age,
    TableColumn("IP", wide: true) { object, _ in
      CellText.text(object[at: "status", "podIPs"]?.array?.first?["ip"] ?? object[at: "status", "podIP"])
    },
    TableColumn("Node", wide: true) { object, _ in CellText.text(object[at: "spec", "nodeName"]) },
    TableColumn("Nominated Node", wide: true) { object, _ in CellText.text(object[at: "status", "nominatedNodeName"]) },
    TableColumn("Readiness Gates", wide: true) { object, _ in readinessGates(of: object) },
  ]

  private static func readinessGates(of object: KubeObject) -> JSONValue {
    let gates = object[at: "spec", "readinessGates"]?.array ?? []
    if gates.isEmpty { return .string(CellText.none) }
    let conditions = object[at: "status", "conditions"]?.array ?? []
    let passed = gates.filter { gate in
      conditions.contains { $0["type"] == gate["conditionType"] && $0["status"] == "True" }
    }
    return .string("\(passed.count)/\(gates.count)")
  }
}

/// What `kubectl get pods` says of a pod: how far it has come, in one word, and how often it was started again.
///
/// Source: the behaviour of `kubectl get pods`, v1.36.
package struct PodSummary: Sendable {
  package private(set) var status: String
  /// Containers that are ready and run.
  package private(set) var ready = 0
  /// Containers that should run; sidecars count.
  package private(set) var total: Int
  package private(set) var restarts: Int64 = 0
  package private(set) var lastRestart: Timestamp?

  package init(_ pod: KubeObject) {
    let statuses = pod[at: "status", "containerStatuses"]?.array ?? []
    let conditions = pod[at: "status", "conditions"]?.array ?? []
    let initContainers = pod[at: "spec", "initContainers"]?.array ?? []
    let sidecars = Set(initContainers.filter { $0["restartPolicy"] == "Always" }.compactMap { $0["name"]?.string })
    let phase = pod[at: "status", "phase"]?.string ?? ""
    let reason = pod[at: "status", "reason"]?.string ?? ""
    func condition(_ type: String) -> JSONValue? { conditions.first { $0["type"]?.string == type } }

    total = (pod[at: "spec", "containers"]?.array?.count ?? 0) + sidecars.count
    status = reason.isEmpty ? phase : reason
    if condition("PodScheduled")?["reason"] == "SchedulingGated" { status = "SchedulingGated" }
    let sidecarRestarts = readInitContainers(
      pod[at: "status", "initContainerStatuses"]?.array ?? [], count: initContainers.count, sidecars)
    if sidecarRestarts != nil || condition("Initialized")?["status"] == "True" {
      restarts = sidecarRestarts ?? restarts
      readContainers(statuses, isReady: condition("Ready")?["status"] == "True")
    }
    if pod.metadata.isBeingDeleted {
      if reason == "NodeLost" {
        status = "Unknown"
      } else if phase != "Succeeded", phase != "Failed" {
        status = "Terminating"
      }
    }
  }

  /// - Returns: the restarts of sidecars, where all init containers are done or run as they should; nil where the
  ///   pod still initializes, and ``status`` says at what.
  private mutating func readInitContainers(_ statuses: [JSONValue], count: Int, _ sidecars: Set<String>) -> Int64? {
    var sidecarRestarts: Int64 = 0
    for (index, container) in statuses.enumerated() {
      note(restartOf: container)
      let isSidecar = sidecars.contains(container["name"]?.string ?? "")
      if isSidecar { sidecarRestarts += container["restartCount"]?.int ?? 0 }
      let terminated = container["state"]?["terminated"]
      let waiting = container["state"]?["waiting"]?["reason"]?.string ?? ""
      if let terminated, terminated["exitCode"]?.int ?? 0 == 0 { continue }
      if isSidecar, container["started"]?.bool == true {
        if container["ready"]?.bool == true { ready += 1 }
        continue
      }
      if let terminated {
        status = "Init:" + Self.end(terminated)
      } else if !waiting.isEmpty, waiting != "PodInitializing" {
        status = "Init:" + waiting
      } else {
        status = "Init:\(index)/\(count)"
      }
      return nil
    }
    return sidecarRestarts
  }

  private mutating func readContainers(_ statuses: [JSONValue], isReady: Bool) {
    var isAnyRunning = false
    // The first container's state is told last, and so wins.
    for container in statuses.reversed() {
      note(restartOf: container)
      let state = container["state"]
      if let waiting = state?["waiting"]?["reason"]?.string, !waiting.isEmpty {
        status = waiting
      } else if let terminated = state?["terminated"] {
        status = Self.end(terminated)
      } else if container["ready"]?.bool == true, state?["running"] != nil {
        isAnyRunning = true
        ready += 1
      }
    }
    if status == "Completed", isAnyRunning { status = isReady ? "Running" : "NotReady" }
  }

  private mutating func note(restartOf container: JSONValue) {
    restarts += container["restartCount"]?.int ?? 0
    if let end = container["lastState"]?["terminated"]?["finishedAt"]?.string.flatMap({ Timestamp($0) }) {
      lastRestart = max(lastRestart ?? end, end)
    }
  }

  /// How a container ended, in one word.
  private static func end(_ terminated: JSONValue) -> String {
    if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
    if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
    return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
  }
}
