// SPDX-License-Identifier: Apache-2.0
import KubeModel

extension APIResource {
  /// What can be done with objects of every kind.
  static let verbs: [JSONValue] = [
    "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
  ]

  /// A path below an object: its name, the kind that is sent there, what can be done with it.
  struct Subresource {
    let name: String
    let group: String
    let version: String
    let kind: String
    let verbs: [JSONValue]
  }

  var subresources: [Subresource] {
    var found: [Subresource] = []
    if hasStatus {
      found.append(
        Subresource(name: "status", group: group, version: version, kind: kind, verbs: ["get", "patch", "update"]))
    }
    if hasScale {
      found.append(
        Subresource(
          name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"]))
    }
    if self == .pods {
      found.append(Subresource(name: "eviction", group: "policy", version: "v1", kind: "Eviction", verbs: ["create"]))
    }
    return found
  }
}
