// SPDX-License-Identifier: Apache-2.0

/// A declared kind of object: where it is served, how it is named, and its table of fields.
package final class APIResource: Sendable, Hashable, CustomStringConvertible {
  /// The API group; empty for the core group.
  package let group: String
  package let version: String
  package let kind: String
  /// The name in paths: `services`.
  package let plural: String
  package let singular: String
  package let shortNames: [String]
  /// Groups of kinds such as `all`.
  package let categories: [String]
  package let isNamespaced: Bool
  package let type: ObjectType
  /// Whether `status` is written through a path of its own, and by it alone.
  package let hasStatus: Bool
  /// Whether `/scale` is served.
  package let hasScale: Bool
  /// The columns of `kubectl get`; name first, age where it is shown.
  package let columns: [TableColumn]
  /// The form that `metadata.name` must have.
  package let nameFormat: ValueFormat
  /// What those who write such an object should know: that it has no effect here.
  package let notice: String?

  package init(
    group: String, version: String, kind: String, plural: String, shortNames: [String] = [], categories: [String] = [],
    isNamespaced: Bool = true, type: ObjectType, hasStatus: Bool = false, hasScale: Bool = false,
    nameFormat: ValueFormat = .dnsSubdomain, columns: [TableColumn], notice: String? = nil
  ) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.singular = kind.lowercased()
    self.shortNames = shortNames
    self.categories = categories
    self.isNamespaced = isNamespaced
    self.type = type
    self.hasStatus = hasStatus
    self.hasScale = hasScale
    self.nameFormat = nameFormat
    self.columns = columns
    self.notice = notice
  }

  /// ``notice``, as a list.
  package var notices: [String] { notice.map { [$0] } ?? [] }

  /// `v1`, `apps/v1`.
  package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// `services`, `deployments.apps`: how error messages name the resource.
  package var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }

  /// The path of the collection: `/api/v1/namespaces/NS/services`; without a namespace, that over all namespaces.
  package func path(namespace: String? = nil) -> String {
    let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    guard isNamespaced, let namespace else { return "\(root)/\(plural)" }
    return "\(root)/namespaces/\(namespace)/\(plural)"
  }

  package var description: String { "\(apiVersion) \(kind)" }

  package static func == (left: APIResource, right: APIResource) -> Bool { left === right }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// One column of the table that `kubectl get` prints.
package struct TableColumn: Sendable {
  package enum CellType: String, Sendable { case string, integer, boolean }

  package let name: String
  package let type: CellType
  /// 0 is shown always, 1 with `-o wide`.
  package let priority: Int
  /// The cell of one object.
  package let cell: @Sendable (KubeObject, _ now: Timestamp) -> JSONValue

  package init(
    _ name: String, _ type: CellType = .string, wide: Bool = false,
    _ cell: @escaping @Sendable (KubeObject, _ now: Timestamp) -> JSONValue
  ) {
    self.name = name
    self.type = type
    priority = wide ? 1 : 0
    self.cell = cell
  }

  /// The object's name.
  package static let name = TableColumn("Name") { object, _ in .string(object.metadata.name) }

  /// The time since the object's creation, as `kubectl` prints ages.
  package static let age = TableColumn("Age") { object, now in
    .string(
      object.metadata.creationTimestamp.map { HumanDuration.text(seconds: now.seconds - $0.seconds) } ?? "<unknown>")
  }
}

/// A span of time in the short form of `kubectl`: `5s`, `3m20s`, `5h10m`, `2d3h`, `400d`.
package enum HumanDuration {
  package static func text(seconds: Int64) -> String {
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    let minutes = seconds / 60
    let hours = seconds / 3600
    let days = seconds / 86_400
    func pair(_ big: Int64, _ bigUnit: String, _ small: Int64, _ smallUnit: String) -> String {
      small == 0 ? "\(big)\(bigUnit)" : "\(big)\(bigUnit)\(small)\(smallUnit)"
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
    if hours < 3 { return "\(minutes)m" }
    if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    if days < 8 { return pair(days, "d", hours % 24, "h") }
    if days < 730 { return "\(days)d" }
    if days < 365 * 8 { return pair(days / 365, "y", days % 365, "d") }
    return "\(days / 365)y"
  }
}
