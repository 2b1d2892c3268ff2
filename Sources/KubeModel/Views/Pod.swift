// SPDX-License-Identifier: Apache-2.0

/// A Pod: containers that share one network address and one hostname.
package struct Pod: Sendable {
  package let object: KubeObject
  package init(_ object: KubeObject) { self.object = object }

  package var metadata: ObjectMeta { object.metadata }
  package var spec: JSONValue { object["spec"] ?? [:] }
  package var status: JSONValue { object["status"] ?? [:] }

  /// The wanted hostname; empty where the pod's name serves.
  package var hostname: String { spec["hostname"]?.string ?? "" }
  /// The name of the headless Service that the pod's name stands under; empty for none.
  package var subdomain: String { spec["subdomain"]?.string ?? "" }
  package var nodeName: String { spec["nodeName"]?.string ?? "" }
  package var usesHostNetwork: Bool { spec["hostNetwork"]?.bool ?? false }
  /// Seconds that containers have to end after they were asked to: `terminationGracePeriodSeconds`.
  package var grace: Int64 { spec["terminationGracePeriodSeconds"]?.int ?? 30 }
  /// `Always`, `OnFailure` or `Never`.
  package var restartPolicy: String { spec["restartPolicy"]?.string ?? "Always" }
  package var containers: [JSONValue] { spec["containers"]?.array ?? [] }
  package var initContainers: [JSONValue] { spec["initContainers"]?.array ?? [] }

  /// `Pending`, `Running`, `Succeeded`, `Failed`; empty before the first report.
  package var phase: String { status["phase"]?.string ?? "" }
  package var hasEnded: Bool { phase == "Succeeded" || phase == "Failed" }
  package var podIP: String? { status["podIP"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
  /// All addresses, at most one a family.
  package var podIPs: [String] {
    let list = status["podIPs"]?.array?.compactMap { $0["ip"]?.string } ?? []
    return list.isEmpty ? podIP.map { [$0] } ?? [] : list
  }

  package var isReady: Bool { condition("Ready")?["status"]?.string == "True" }

  /// The condition of the given type.
  package func condition(_ type: String) -> JSONValue? {
    status["conditions"]?.array?.first { $0["type"]?.string == type }
  }
}
