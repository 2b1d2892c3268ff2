// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let roles: [TableColumn] = [
    .name,
    TableColumn("Created At") { object, _ in
      CellText.text(object[at: "metadata", "creationTimestamp"], orElse: CellText.unknown)
    },
  ]

  package static let roleBindings: [TableColumn] = [
    .name,
    TableColumn("Role") { object, _ in
      .string("\(object[at: "roleRef", "kind"]?.string ?? "")/\(object[at: "roleRef", "name"]?.string ?? "")")
    },
    .age,
    TableColumn("Users", wide: true) { object, _ in subjects("User", of: object) },
    TableColumn("Groups", wide: true) { object, _ in subjects("Group", of: object) },
    TableColumn("ServiceAccounts", wide: true) { object, _ in subjects("ServiceAccount", of: object) },
  ]

  /// The names of one kind's subjects, those of accounts with their namespace.
  private static func subjects(_ kind: String, of binding: KubeObject) -> JSONValue {
    let names = (binding[at: "subjects"]?.array ?? []).compactMap { subject -> String? in
      guard subject["kind"]?.string == kind, let name = subject["name"]?.string else { return nil }
      return kind == "ServiceAccount" ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
    }
    return .string(names.joined(separator: ", "))
  }

  package static let podDisruptionBudgets: [TableColumn] = [
    .name,
    TableColumn("Min Available") { object, _ in limit(object[at: "spec", "minAvailable"]) },
    TableColumn("Max Unavailable") { object, _ in limit(object[at: "spec", "maxUnavailable"]) },
    TableColumn("Allowed Disruptions", .integer) { object, _ in
      CellText.count(object[at: "status", "disruptionsAllowed"])
    },
    .age,
  ]

  private static func limit(_ value: JSONValue?) -> JSONValue {
    .string(value?.string ?? value?.int.map(String.init) ?? "N/A")
  }

  package static let networkPolicies: [TableColumn] = [
    .name,
    TableColumn("Pod-Selector") { object, _ in CellText.selector(object[at: "spec", "podSelector"]) },
    .age,
  ]

  package static let priorityClasses: [TableColumn] = [
    .name,
    TableColumn("Value", .integer) { object, _ in CellText.count(object[at: "value"]) },
    TableColumn("Global-Default", .boolean) { object, _ in .bool(object[at: "globalDefault"]?.bool ?? false) },
    .age,
    TableColumn("PreemptionPolicy") { object, _ in CellText.text(object[at: "preemptionPolicy"], orElse: "") },
  ]
}
