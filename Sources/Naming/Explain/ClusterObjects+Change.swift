// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// How pods come to be different, in the imperative: as the API lets them.
///
/// Source: "Pod update and replacement" of the Kubernetes documentation.
extension ClusterObjects {
  /// What makes a pod.
  private enum Origin {
    case nobody
    /// It has the template of this.
    case workload(KubeObject)
    /// Its object is not at hand.
    case unread(ObjectName)
  }

  private func origin(of pod: Pod) -> Origin {
    if let workload = workload(of: pod) { return .workload(workload) }
    let namespace = pod.metadata.namespace
    guard var owner = pod.metadata.controller else { return .nobody }
    if owner.kind == APIResource.replicaSets.kind {
      owner = replicaSet(namespace, owner.name)?.metadata.controller ?? owner
    }
    return .unread(ObjectName(owner.kind, namespace, owner.name))
  }

  /// - Parameters:
  ///   - field: one that a pod keeps as long as it lives: `spec.subdomain`.
  ///   - isList: `value` is a list, as YAML has it.
  func change(_ field: String, of pod: Pod, to value: String, isList: Bool = false) -> String {
    let quoted = isList ? value : "\"\(value)\""
    switch origin(of: pod) {
    case .nobody: return "create \(pod.object.objectName) anew with \(field): \(value)"
    case .workload(let workload):
      return "set spec.template.\(field) of \(workload.objectName) to \(quoted)\(rest(workload.resource.kind))"
    case .unread(let owner):
      switch owner.kind {
      case "StatefulSet", "Deployment", "DaemonSet", "ReplicationController":
        return "set spec.template.\(field) of \(owner) to \(quoted)\(rest(owner.kind))"
      // Mostly of a Deployment, or of what others have in place of one.
      case "ReplicaSet": return "set spec.template.\(field) to \(quoted) where \(owner) comes from"
      case "Job": return "create \(owner) anew with spec.template.\(field): \(value)"
      default: return "have \(owner) make \(pod.object.objectName) anew with \(field): \(value)"
      }
    }
  }

  /// What is to be done where a new template makes no new pods by itself.
  private func rest(_ kind: String) -> String {
    kind == "ReplicaSet" || kind == "ReplicationController" ? ", and delete its pods" : ""
  }

  /// How a pod comes to have a label; nil where what makes it does not allow it, or is not known to.
  func change(label key: String, of pod: Pod, to value: String) -> String? {
    let field = "metadata.labels[\(key)]"
    switch origin(of: pod) {
    case .nobody: return "set \(field) of \(pod.object.objectName) to \"\(value)\""
    case .workload(let workload): return change(label: key, ofTemplate: workload, to: value)
    // Its selector is made for it, and asks for none of these.
    case .unread(let owner) where owner.kind == "Job": return change(field, of: pod, to: value)
    case .unread: return nil
    }
  }

  /// The selector of a workload is immutable, and has to match its template; nil where it would not.
  func change(label key: String, ofTemplate workload: KubeObject, to value: String) -> String? {
    var labels = workload.templateLabels
    labels[key] = value
    guard let selector = LabelSelector(json: workload[at: "spec", "selector"] ?? [:]), selector.matches(labels) else {
      return nil
    }
    return "set spec.template.metadata.labels[\(key)] of \(workload.objectName) to \"\(value)\""
      + rest(workload.resource.kind)
  }

  /// How a pod comes to have a label that its workload does not allow now.
  func replacement(label key: String, of pod: Pod, _ value: String) -> String {
    let maker = switch origin(of: pod) {
    case .nobody: pod.object.objectName.description
    case .workload(let workload): workload.objectName.description
    case .unread(let owner): owner.kind == "ReplicaSet" ? "what \(owner) comes from" : owner.description
    }
    return "create \(maker) anew with \(key)=\(value) in its selector and its template"
  }

  /// Labels that controllers give each pod or each state of a template.
  private static let generatedLabels: Set<String> = [
    "pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
  ]

  /// The labels that a Service would select a pod and its like by.
  func lastingLabels(of pod: Pod) -> [String: String] {
    workload(of: pod)?.templateLabels ?? pod.metadata.labels.filter { !Self.generatedLabels.contains($0.key) }
  }
}

extension KubeObject {
  /// The labels of the pods that a workload makes.
  var templateLabels: [String: String] { self[at: "spec", "template", "metadata", "labels"]?.stringMap ?? [:] }
}
