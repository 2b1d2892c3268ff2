// SPDX-License-Identifier: Apache-2.0

extension APIResource {
  /// Every kind that is declared, in the order in which discovery lists them.
  package static let all: [APIResource] = [
    .namespaces, .nodes, .services, .endpoints, .pods, .configMaps, .secrets, .serviceAccounts,
    .persistentVolumeClaims, .events, .endpointSlices, .deployments, .replicaSets, .statefulSets, .daemonSets,
    .controllerRevisions, .networkPolicies, .podDisruptionBudgets, .priorityClasses, .roles, .clusterRoles,
    .roleBindings, .clusterRoleBindings,
  ]

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { (Name($0.group, $0.version, $0.plural), $0) })
  private static let byKind = Dictionary(uniqueKeysWithValues: all.map { (Name($0.group, $0.version, $0.kind), $0) })

  private struct Name: Hashable {
    var group: String
    var version: String
    var name: String

    init(_ group: String, _ version: String, _ name: String) {
      self.group = group
      self.version = version
      self.name = name
    }
  }

  /// The kind served at `/apis/GROUP/VERSION/PLURAL`; the core group is empty.
  package static func named(group: String, version: String, plural: String) -> APIResource? {
    byPath[Name(group, version, plural)]
  }

  /// The kind of an object with these type fields.
  package static func of(apiVersion: String, kind: String) -> APIResource? {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    switch parts.count {
    case 1: return byKind[Name("", parts[0], kind)]
    case 2: return byKind[Name(parts[0], parts[1], kind)]
    default: return nil
    }
  }

  /// The kind that a person calls `name`: its plural, singular or short name, or the plural with its group
  /// (`deployments.apps`). Case does not matter.
  package static func called(_ name: String) -> APIResource? {
    let name = name.lowercased()
    return all.first { resource in
      resource.plural == name || resource.singular == name || resource.qualifiedPlural == name
        || resource.shortNames.contains(name)
    }
  }

  /// Every group and version that has kinds, in the order of ``all``: the core group's first.
  package static let groupVersions: [(group: String, version: String)] = {
    var found: [(group: String, version: String)] = []
    for resource in all where !found.contains(where: { $0.group == resource.group && $0.version == resource.version }) {
      found.append((resource.group, resource.version))
    }
    return found
  }()
}
