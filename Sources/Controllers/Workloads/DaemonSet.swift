// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// A DaemonSet: one pod on each node that fits.
struct DaemonSet: RevisionedWorkload {
  /// The hash of the template that a pod was made from.
  static let revisionLabel = "controller-revision-hash"

  let object: KubeObject
  init(_ object: KubeObject) { self.object = object }

  var metadata: ObjectMeta { object.metadata }
  private var spec: JSONValue { object["spec"] ?? [:] }

  var selector: LabelSelector { LabelSelector(json: spec["selector"] ?? [:]) ?? LabelSelector() }
  var template: PodTemplate { PodTemplate(json: spec["template"] ?? [:]) }
  var minReadySeconds: Int64 { spec["minReadySeconds"]?.int ?? 0 }
  var revisionHistoryLimit: Int { Int(clamping: spec["revisionHistoryLimit"]?.int ?? 10) }

  /// Pods of an old revision are replaced by the controller, not only when someone deletes them.
  var updatesPods: Bool { spec["updateStrategy"]?["type"]?.string != "OnDelete" }
  private var rollingUpdate: JSONValue? { spec["updateStrategy"]?["rollingUpdate"] }

  /// Nodes that may be without an available pod during an update.
  /// - Parameter nodes: those that should have one.
  func maxUnavailable(of nodes: Int) -> Int {
    IntOrPercent(rollingUpdate?["maxUnavailable"] ?? 1)?.of(nodes, roundingUp: true) ?? 1
  }

  /// Nodes that may have a second pod during an update; zero where the old one goes first.
  func maxSurge(of nodes: Int) -> Int {
    updatesPods ? IntOrPercent(rollingUpdate?["maxSurge"] ?? 0)?.of(nodes, roundingUp: true) ?? 0 : 0
  }

  /// Whether a node should have a pod: as the template's `nodeName`, `nodeSelector` and required node affinity say.
  ///
  /// Taints count for nothing, as for all pods here: there is no other node to go to.
  func fits(_ node: KubeObject) -> Bool {
    let pod = template.json["spec"] ?? [:]
    if let name = pod["nodeName"]?.string, name != node.metadata.name { return false }
    guard LabelSelector(labels: pod["nodeSelector"]?.stringMap ?? [:]).matches(node.metadata.labels) else {
      return false
    }
    let affinity = pod["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]
    guard let terms = affinity?["nodeSelectorTerms"]?.array else { return true }
    return terms.contains { NodeSelectorTerm($0).matches(node) }
  }

  /// The pod of a node.
  func pod(on node: String, hash: String) -> JSONObject {
    var pod = template.pod(
      owner: object, name: ("generateName", metadata.name + "-"), labels: [Self.revisionLabel: hash])
    pod["spec", default: [:]]["nodeName"] = .string(node)
    return pod
  }
}

/// One term of a node affinity: requirements that all have to hold; one without any holds for no node.
///
/// Source: "Assigning Pods to Nodes" of the Kubernetes documentation.
private struct NodeSelectorTerm {
  private let labels: [JSONValue]
  private let fields: [JSONValue]

  init(_ json: JSONValue) {
    labels = json["matchExpressions"]?.array ?? []
    fields = json["matchFields"]?.array ?? []
  }

  func matches(_ node: KubeObject) -> Bool {
    guard !labels.isEmpty || !fields.isEmpty else { return false }
    return labels.allSatisfy { Self.holds($0, in: node.metadata.labels) }
      && fields.allSatisfy { Self.holds($0, in: ["metadata.name": node.metadata.name]) }
  }

  private static func holds(_ requirement: JSONValue, in values: [String: String]) -> Bool {
    let value = values[requirement["key"]?.string ?? ""]
    let allowed = requirement["values"]?.array?.compactMap(\.string) ?? []
    switch requirement["operator"]?.string {
    case "In": return value.map(allowed.contains) ?? false
    case "NotIn": return !(value.map(allowed.contains) ?? false)
    case "Exists": return value != nil
    case "DoesNotExist": return value == nil
    case "Gt": return compare(value, allowed, >)
    case "Lt": return compare(value, allowed, <)
    default: return false
    }
  }

  private static func compare(_ value: String?, _ allowed: [String], _ holds: (Int64, Int64) -> Bool) -> Bool {
    guard let number = value.flatMap({ Int64($0) }), let bound = allowed.first.flatMap({ Int64($0) }) else {
      return false
    }
    return holds(number, bound)
  }
}
