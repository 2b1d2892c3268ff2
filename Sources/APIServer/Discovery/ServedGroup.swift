// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// An API group with its served versions, the preferred one first.
struct ServedGroup: Sendable {
  /// Empty for the core group.
  let name: String
  private(set) var versions: [String]

  func resources(_ version: String) -> [APIResource] {
    APIResource.all.filter { $0.group == name && $0.version == version }
  }

  /// The groups in the order in which kinds are declared, then those of the reviews.
  static let all: [ServedGroup] = {
    let pairs =
      APIResource.groupVersions.map { ($0.group, $0.version) } + Review.served.map { ($0.group, $0.version) }
    var groups: [ServedGroup] = []
    for (group, version) in pairs {
      if let index = groups.firstIndex(where: { $0.name == group }) {
        if !groups[index].versions.contains(version) { groups[index].versions.append(version) }
      } else {
        groups.append(ServedGroup(name: group, versions: [version]))
      }
    }
    return groups
  }()

  /// The path of a version: `/api/v1`, `/apis/apps/v1`.
  static func path(_ group: String, _ version: String) -> String {
    group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
  }
}
