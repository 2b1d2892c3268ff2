// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The separate discovery documents: versions, groups, and the kinds of one version.
enum LegacyDiscovery {
  /// `/api`
  static let coreVersions: JSONValue = [
    "kind": "APIVersions", "versions": .array(versions(of: "").map(JSONValue.string)),
    "serverAddressByClientCIDRs": [],
  ]

  /// `/apis`
  static let groups: JSONValue = [
    "kind": "APIGroupList", "apiVersion": "v1",
    "groups": .array(ServedGroup.all.filter { !$0.name.isEmpty }.map(description)),
  ]

  /// `/apis/GROUP`; nil where the group is not served.
  static func group(_ name: String) -> JSONValue? {
    ServedGroup.all.first { $0.name == name && !name.isEmpty }.map { group in
      var document = description(group)
      document["kind"] = "APIGroup"
      document["apiVersion"] = "v1"
      return document
    }
  }

  /// `/api/v1`, `/apis/GROUP/VERSION`; nil where nothing of it is served.
  static func resources(group: String, version: String) -> JSONValue? {
    guard versions(of: group).contains(version) else { return nil }
    let served = APIResource.all.filter { $0.group == group && $0.version == version }
    let reviews = Review.served.filter { $0.group == group && $0.version == version }
    return [
      "kind": "APIResourceList", "apiVersion": "v1",
      "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
      "resources": .array(served.flatMap(entries) + reviews.map(entry)),
    ]
  }

  private static func versions(of group: String) -> [String] {
    ServedGroup.all.first { $0.name == group }?.versions ?? []
  }

  private static func description(_ group: ServedGroup) -> JSONValue {
    let versions = group.versions.map { version -> JSONValue in
      ["groupVersion": .string("\(group.name)/\(version)"), "version": .string(version)]
    }
    return ["name": .string(group.name), "versions": .array(versions), "preferredVersion": versions[0]]
  }

  private static func entries(_ resource: APIResource) -> [JSONValue] {
    var entry: JSONValue = [
      "name": .string(resource.plural), "singularName": .string(resource.singular),
      "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind), "verbs": .array(APIResource.verbs),
    ]
    if !resource.shortNames.isEmpty { entry["shortNames"] = .array(resource.shortNames.map(JSONValue.string)) }
    if !resource.categories.isEmpty { entry["categories"] = .array(resource.categories.map(JSONValue.string)) }
    return [entry]
      + resource.subresources.map { part in
        [
          "name": .string("\(resource.plural)/\(part.name)"), "singularName": "",
          "namespaced": .bool(resource.isNamespaced), "group": .string(part.group), "version": .string(part.version),
          "kind": .string(part.kind), "verbs": .array(part.verbs),
        ]
      }
  }

  private static func entry(_ review: Review) -> JSONValue {
    [
      "name": .string(review.plural), "singularName": .string(review.kind.lowercased()), "namespaced": false,
      "kind": .string(review.kind), "verbs": ["create"],
    ]
  }
}
