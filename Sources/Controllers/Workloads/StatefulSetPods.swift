// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

// What one ordinal of a StatefulSet consists of: a pod and its claims.
extension StatefulSet {
  func claimName(_ template: JSONValue, pod: String) -> String {
    "\(template["metadata"]?["name"]?.string ?? "")-\(pod)"
  }

  /// The pod of an ordinal: its name, host name and volumes are its own.
  func pod(_ ordinal: Int, revision: String, template: PodTemplate) -> JSONObject {
    let name = podName(ordinal)
    var pod = template.pod(
      owner: object, name: ("name", name),
      labels: [
        Self.podNameLabel: name, Self.podIndexLabel: String(ordinal), Self.revisionLabel: revision,
      ])
    var spec = pod["spec"] ?? [:]
    spec["hostname"] = .string(name)
    spec["subdomain"] = serviceName.isEmpty ? nil : .string(serviceName)
    if !claimTemplates.isEmpty {
      let claimed = claimTemplates.compactMap { $0["metadata"]?["name"]?.string }
      var volumes = (spec["volumes"]?.array ?? []).filter { volume in
        !claimed.contains { volume["name"]?.string == $0 }
      }
      for template in claimTemplates {
        volumes.append([
          "name": template["metadata"]?["name"] ?? "",
          "persistentVolumeClaim": ["claimName": .string(claimName(template, pod: name))],
        ])
      }
      spec["volumes"] = .array(volumes)
    }
    pod["spec"] = spec
    return pod
  }

  /// The claims of an ordinal.
  func claims(_ ordinal: Int) -> [JSONObject] {
    claimTemplates.map { template in
      let labels = (template["metadata"]?["labels"]?.stringMap ?? [:])
        .merging(object[at: "spec", "selector", "matchLabels"]?.stringMap ?? [:]) { $1 }
      var metadata: JSONValue = [
        "name": .string(claimName(template, pod: podName(ordinal))), "namespace": .string(self.metadata.namespace),
        "labels": JSONValue(labels),
      ]
      if let annotations = template["metadata"]?["annotations"] { metadata["annotations"] = annotations }
      let owners = claimOwners(pod: nil)
      if !owners.isEmpty { metadata["ownerReferences"] = .array(owners) }
      return [
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template["spec"] ?? [:],
      ]
    }
  }

  /// Who takes a claim along when it goes.
  /// - Parameter pod: the claim's pod, where it is about to be scaled away.
  func claimOwners(pod: KubeObject?) -> [JSONValue] {
    var owners: [JSONValue] = []
    func add(_ owner: KubeObject) {
      owners.append([
        "apiVersion": .string(owner.resource.apiVersion), "kind": .string(owner.resource.kind),
        "name": .string(owner.metadata.name), "uid": .string(owner.metadata.uid),
      ])
    }
    if deletesClaimsWhenDeleted { add(object) }
    if deletesClaimsWhenScaled, let pod { add(pod) }
    return owners
  }
}
