// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// What an object becomes when its manifest is applied again: the manifest's fields are set, those that the manifest
/// had when it was last applied and has no longer are removed, and all others stay, because others own them.
///
/// Lists are merged as the schema declares them. Elements of a keyed list are told apart by all of its keys, so that
/// one port number may serve two protocols.
struct ThreeWayMerge {
  /// - Parameters:
  ///   - last: the manifest that was applied before; empty where there was none.
  ///   - wanted: the manifest now.
  ///   - current: the object as it is.
  static func merge(
    last: JSONObject, wanted: JSONObject, current: JSONObject, as type: ObjectType?
  ) -> JSONObject {
    var result = current
    for name in last.keys where wanted[name] == nil { result[name] = nil }
    for (name, value) in wanted {
      let field = type?.field(named: name)
      result[name] = merge(
        last[name], value, current[name], as: field?.type, retainsKeys: field?.retainsKeys ?? false)
    }
    return result
  }

  private static func merge(
    _ last: JSONValue?, _ wanted: JSONValue, _ current: JSONValue?, as type: FieldType?, retainsKeys: Bool
  ) -> JSONValue {
    guard let current else { return wanted }
    switch (type, wanted, current) {
    case (.object(let type), .object(let wanted), .object(let current)):
      return .object(objects(last, wanted, current, type, retainsKeys))
    case (.map(let element), .object(let wanted), .object(var result)):
      for name in last?.object?.keys ?? [] where wanted[name] == nil { result[name] = nil }
      for (name, value) in wanted {
        result[name] = merge(last?[name], value, result[name], as: element, retainsKeys: false)
      }
      return .object(result)
    case (.list(let element, .map(let keys, _, let retainsKeys)), .array(let wanted), .array(let current)):
      guard case .object(let type) = element else { return .array(wanted) }
      return .array(lists(last?.array ?? [], wanted, current, KeyedElement(type, keys), retainsKeys))
    case (.list(_, .set), .array(let wanted), .array(let current)):
      let owned = Set(last?.array ?? []).union(wanted)
      return .array(wanted + current.filter { !owned.contains($0) })
    default: return wanted
    }
  }

  private static func objects(
    _ last: JSONValue?, _ wanted: JSONObject, _ current: JSONObject, _ type: ObjectType, _ retainsKeys: Bool
  ) -> JSONObject {
    let kept = retainsKeys ? current.filter { wanted[$0.key] != nil } : current
    return merge(last: last?.object ?? [:], wanted: wanted, current: kept, as: type)
  }

  private static func lists(
    _ last: [JSONValue], _ wanted: [JSONValue], _ current: [JSONValue], _ element: KeyedElement, _ retainsKeys: Bool
  ) -> [JSONValue] {
    let lastByKey = element.byIdentity(last)
    let currentByKey = element.byIdentity(current)
    var result = wanted.map { value -> JSONValue in
      let identity = element.identity(value)
      guard case .object(let members) = value, case .object(let old) = currentByKey[identity] else { return value }
      return .object(objects(lastByKey[identity], members, old, element.type, retainsKeys))
    }
    let owned = Set(lastByKey.keys).union(wanted.map(element.identity))
    result += current.filter { !owned.contains(element.identity($0)) }
    return result
  }
}

/// How the elements of a keyed list are told apart.
private struct KeyedElement {
  let type: ObjectType
  private let keys: [(name: String, defaultValue: JSONValue?)]

  init(_ type: ObjectType, _ keys: [String]) {
    self.type = type
    self.keys = keys.map { ($0, type.field(named: $0)?.defaultValue) }
  }

  /// The values of the keys; one that is absent has its default.
  func identity(_ value: JSONValue) -> [JSONValue] {
    keys.map { value[$0.name] ?? $0.defaultValue ?? .null }
  }

  func byIdentity(_ values: [JSONValue]) -> [[JSONValue]: JSONValue] {
    Dictionary(values.map { (identity($0), $0) }, uniquingKeysWith: { first, _ in first })
  }
}
