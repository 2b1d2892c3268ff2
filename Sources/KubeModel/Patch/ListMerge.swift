// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// How the elements of one declared list are merged by a strategic merge patch.
struct ListMerge {
  let element: FieldType
  let kind: ListKind

  init(element: FieldType, kind: ListKind) {
    self.element = element
    self.kind = kind
  }

  /// For a field of any type; what is no list is merged like an atomic one.
  init(_ type: FieldType?) {
    guard case .list(let element, let kind) = type else {
      self.init(element: .raw, kind: .atomic)
      return
    }
    self.init(element: element, kind: kind)
  }

  private var key: String? {
    if case .map(_, let patchKey, _) = kind { patchKey } else { nil }
  }

  private var elementType: ObjectType? {
    if case .object(let type) = element { type } else { nil }
  }

  /// The list after the changes.
  /// - Parameter order: the value of `$setElementOrder`.
  func merge(
    _ changes: [JSONValue], into target: [JSONValue], order: [JSONValue]?, at path: FieldPath
  ) throws(PatchError) -> [JSONValue] {
    switch kind {
    case .atomic: return changes.map(StrategicMergePatch.cleaned)
    case .set:
      var result = target
      for change in changes where !result.contains(change) { result.append(change) }
      return order.map { ordered(result, by: $0) } ?? result
    case .map(_, let key, _):
      let result = try mergeObjects(changes, into: target, by: key, at: path)
      return order.map { ordered(result, by: $0) } ?? result
    }
  }

  private func mergeObjects(
    _ changes: [JSONValue], into target: [JSONValue], by key: String, at path: FieldPath
  ) throws(PatchError) -> [JSONValue] {
    // An element that is nothing but `$patch: replace` replaces the list by the others.
    if changes.contains(["$patch": "replace"]) {
      return changes.filter { $0 != ["$patch": "replace"] }.map(StrategicMergePatch.cleaned)
    }
    var result = target
    for (index, change) in changes.enumerated() {
      let place = path.appending(index: index)
      guard case .object(let members) = change else {
        throw PatchError(.malformed, place.description, "expected an object, found \(change.typeName)")
      }
      guard let name = members[key] else {
        throw PatchError(.malformed, place.description, "does not contain the declared merge key \"\(key)\"")
      }
      let position = result.firstIndex { $0[key] == name }
      switch try StrategicMergePatch.directive(in: members, at: place) {
      case "delete": result.removeAll { $0[key] == name }
      case "replace": replace(position, in: &result, by: StrategicMergePatch.cleaned(change))
      default:
        let old = position.map { result[$0].object ?? [:] } ?? [:]
        replace(
          position, in: &result,
          by: .object(try StrategicMergePatch.merge(members, into: old, as: elementType, at: place)))
      }
    }
    return result
  }

  private func replace(_ position: Int?, in list: inout [JSONValue], by element: JSONValue) {
    if let position { list[position] = element } else { list.append(element) }
  }

  /// The elements in the wanted order. Those that the order does not name (added by someone else) stay behind the
  /// named element that they stood behind.
  func ordered(_ elements: [JSONValue], by order: [JSONValue]) -> [JSONValue] {
    func identity(_ element: JSONValue) -> JSONValue {
      key.flatMap { element[$0] } ?? element
    }
    let ranks = Dictionary(
      order.enumerated().map { (identity($0.element), $0.offset) }, uniquingKeysWith: { first, _ in first })
    let named = elements.filter { ranks[identity($0)] != nil }
      .sorted { (ranks[identity($0)] ?? 0) < (ranks[identity($1)] ?? 0) }
    var result: [JSONValue] = []
    var followers: [JSONValue: [JSONValue]] = [:]
    var leading: [JSONValue] = []
    var last: JSONValue?
    for element in elements {
      let name = identity(element)
      if ranks[name] != nil {
        last = name
      } else if let last {
        followers[last, default: []].append(element)
      } else {
        leading.append(element)
      }
    }
    result += leading
    for element in named {
      result.append(element)
      result += followers[identity(element)] ?? []
    }
    return result
  }
}
