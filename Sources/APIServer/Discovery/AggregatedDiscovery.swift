// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// All groups, versions and kinds in one document (Kubernetes: aggregated discovery, `apidiscovery.k8s.io/v2`).
enum AggregatedDiscovery {
  /// The media type by which clients ask for it, and by which the answer says that it is it.
  static let mediaType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

  /// Whether an `Accept` header asks for this document rather than for the separate ones.
  static func isWanted(accept: String?) -> Bool {
    MediaType.accepted(accept ?? "").contains { type in
      type.name == "application/json" && type.parameters["g"] == "apidiscovery.k8s.io"
        && type.parameters["v"] == "v2" && type.parameters["as"] == "APIGroupDiscoveryList"
    }
  }

  /// The answer at `/api`.
  static let core = document(ServedGroup.all.filter { $0.name.isEmpty })
  /// The answer at `/apis`.
  static let named = document(ServedGroup.all.filter { !$0.name.isEmpty })

  private static func document(_ groups: [ServedGroup]) -> [UInt8] {
    let document: JSONValue = [
      "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
      "items": .array(groups.map(item)),
    ]
    return document.encoded()
  }

  private static func item(_ group: ServedGroup) -> JSONValue {
    [
      "metadata": group.name.isEmpty ? [:] : ["name": .string(group.name)],
      "versions": .array(
        group.versions.map { version in
          [
            "version": .string(version), "freshness": "Current",
            "resources": .array(
              group.resources(version).map(resource)
                + Review.served.filter { $0.group == group.name && $0.version == version }.map(review)),
          ]
        }),
    ]
  }

  private static func resource(_ resource: APIResource) -> JSONValue {
    var entry: JSONValue = [
      "resource": .string(resource.plural),
      "responseKind": kind(resource.group, resource.version, resource.kind),
      "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
      "verbs": .array(APIResource.verbs),
    ]
    if !resource.shortNames.isEmpty { entry["shortNames"] = .array(resource.shortNames.map(JSONValue.string)) }
    if !resource.categories.isEmpty { entry["categories"] = .array(resource.categories.map(JSONValue.string)) }
    let parts = resource.subresources
    if !parts.isEmpty {
      entry["subresources"] = .array(
        parts.map { part in
          [
            "subresource": .string(part.name), "responseKind": kind(part.group, part.version, part.kind),
            "verbs": .array(part.verbs),
          ]
        })
    }
    return entry
  }

  private static func review(_ review: Review) -> JSONValue {
    [
      "resource": .string(review.plural), "responseKind": kind(review.group, review.version, review.kind),
      "scope": "Cluster", "singularResource": .string(review.kind.lowercased()), "verbs": ["create"],
    ]
  }

  private static func kind(_ group: String, _ version: String, _ kind: String) -> JSONValue {
    ["group": .string(group), "version": .string(version), "kind": .string(kind)]
  }
}
