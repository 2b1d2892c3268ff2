// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension ObjectType {
  /// Fills absent fields with their declared defaults, here and in all objects below.
  package func applyDefaults(to members: inout JSONObject) {
    for field in fields {
      if members[field.name] == nil, let value = field.defaultValue { members[field.name] = value }
      guard let value = members[field.name], field.type.holdsObjects else { continue }
      members[field.name] = field.type.withDefaults(value)
    }
    defaulting?(&members)
    sortMembers(&members)
  }

  /// Brings the members into declared order, after defaults were appended.
  private func sortMembers(_ members: inout JSONObject) {
    var sorted: JSONObject = [:]
    for field in fields {
      if let value = members[field.name] { sorted[field.name] = value }
    }
    members = sorted
  }
}

extension FieldType {
  /// Whether declared objects can stand in a value of this type.
  fileprivate var holdsObjects: Bool {
    switch self {
    case .object: true
    case .list(let element, _), .map(let element): element.holdsObjects
    default: false
    }
  }

  fileprivate func withDefaults(_ value: JSONValue) -> JSONValue {
    switch (self, value) {
    case (.object(let type), .object(var members)):
      type.applyDefaults(to: &members)
      return .object(members)
    case (.list(let element, _), .array(let elements)):
      return .array(elements.map(element.withDefaults))
    case (.map(let element), .object(let members)):
      return .object(members.mapValues(element.withDefaults))
    default: return value
    }
  }
}
