// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// What a workload's pods are made from (`spec.template`).
struct PodTemplate: Sendable {
  let json: JSONValue

  var labels: [String: String] { json["metadata"]?["labels"]?.stringMap ?? [:] }

  /// A pod of the template, named by its creator or, from `generateName`, by the store.
  func pod(owner: KubeObject, name: (key: String, value: String), labels added: [String: String] = [:]) -> JSONObject {
    var metadata: JSONValue = [
      name.key: .string(name.value), "namespace": .string(owner.metadata.namespace),
      "labels": JSONValue(labels.merging(added) { $1 }),
      "ownerReferences": [OwnerReference(controller: owner).json],
    ]
    for member in ["annotations", "finalizers"] {
      if let value = json["metadata"]?[member] { metadata[member] = value }
    }
    return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": json["spec"] ?? [:]]
  }

  /// The template without a label that was added to it, for comparison.
  func removing(label: String) -> JSONValue {
    guard json["metadata"]?["labels"]?[label] != nil else { return json }
    var metadata = json["metadata"] ?? [:]
    var labels = metadata["labels"] ?? [:]
    labels[label] = nil
    metadata["labels"] = labels
    var template = json
    template["metadata"] = metadata
    return template
  }
}
