// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What of a pod's specification decides over its life. A pod's containers never change.
struct PodPlan: Sendable {
  enum RestartPolicy: String, Sendable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"

    func restarts(afterStatus status: Int32) -> Bool {
      switch self {
      case .always: true
      case .onFailure: status != 0
      case .never: false
      }
    }
  }

  enum Role: Sendable {
    /// Runs to its end before the next container starts.
    case initial
    /// An init container that goes on running beside the others.
    case sidecar
    case main
  }

  struct Container: Sendable {
    var name: String
    var image: String
    var role: Role
    var restartPolicy: RestartPolicy
    var probes: [Probe.Kind: Probe] = [:]
  }

  /// Init containers and sidecars first, in their order.
  var containers: [Container]
  /// The pod's own: `terminationGracePeriodSeconds`.
  var grace: Duration
  /// Conditions that have to hold before the pod is ready.
  var readinessGates: [String]

  init(containers: [Container], grace: Duration = .seconds(30), readinessGates: [String] = []) {
    self.containers = containers
    self.grace = grace
    self.readinessGates = readinessGates
  }

  /// - Parameter asksProbes: false where containers do not really run, and so have no answers.
  init(_ pod: Pod, asksProbes: Bool) {
    let policy = RestartPolicy(rawValue: pod.restartPolicy) ?? .always
    func container(_ value: JSONValue, isInitial: Bool) -> Container {
      let isSidecar = isInitial && value["restartPolicy"]?.string == "Always"
      // An init container that ended well is never run again.
      let initPolicy: RestartPolicy = policy == .never ? .never : .onFailure
      var probes: [Probe.Kind: Probe] = [:]
      if asksProbes, !isInitial || isSidecar {
        for kind in Probe.Kind.allCases { probes[kind] = Probe(kind, of: value) }
      }
      return Container(
        name: value["name"]?.string ?? "", image: value["image"]?.string ?? "",
        role: isSidecar ? .sidecar : isInitial ? .initial : .main,
        restartPolicy: isSidecar ? .always : isInitial ? initPolicy : policy, probes: probes)
    }
    self.init(
      containers: pod.initContainers.map { container($0, isInitial: true) }
        + pod.containers.map { container($0, isInitial: false) },
      grace: .seconds(pod.grace),
      readinessGates: pod.spec["readinessGates"]?.array?.compactMap { $0["conditionType"]?.string } ?? [])
  }
}
