// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A strategic merge patch: a merge patch that knows from the schema how lists are merged.
///
/// Directives in the patch: `$patch` (`delete`, `replace`, `merge`) in an object or an element; `$retainKeys`;
/// `$deleteFromPrimitiveList/FIELD`; `$setElementOrder/FIELD`.
///
/// Source: "Update API Objects in Place Using kubectl patch" of the Kubernetes documentation, and the design
/// proposal for strategic merge patch.
package struct StrategicMergePatch {
  /// The object after the patch.
  package static func apply(
    _ patch: JSONObject, to target: JSONObject, as type: ObjectType
  ) throws(PatchError) -> JSONObject {
    try merge(patch, into: target, as: type, at: FieldPath())
  }

  enum Directive {
    static let patch = "$patch"
    static let retainKeys = "$retainKeys"
    static let deleteFromPrimitiveList = "$deleteFromPrimitiveList/"
    static let setElementOrder = "$setElementOrder/"

    static func isDirective(_ member: String) -> Bool { member.hasPrefix("$") }
  }

  /// - Parameter type: nil below members that the schema does not know; lists there are replaced.
  static func merge(
    _ patch: JSONObject, into target: JSONObject, as type: ObjectType?, at path: FieldPath
  ) throws(PatchError) -> JSONObject {
    switch try directive(in: patch, at: path) {
    case "replace": return cleaned(patch)
    case "delete": return [:]
    default: break
    }
    var result = try retaining(patch, in: target, at: path)
    try deletePrimitives(patch, from: &result, as: type, at: path)
    for (name, change) in patch where !Directive.isDirective(name) {
      let place = path.appending(name)
      if change.isNull {
        result.removeValue(forKey: name)
        continue
      }
      let field = type?.field(named: name)
      result[name] = try merge(
        change, into: result[name], as: field?.type, at: place, order: try order(of: name, in: patch, at: path))
    }
    // An order may be given for a list that is not changed otherwise.
    for member in patch.keys where member.hasPrefix(Directive.setElementOrder) {
      let name = String(member.dropFirst(Directive.setElementOrder.utf8.count))
      guard patch[name] == nil, case .array(let elements) = result[name],
        let order = try order(of: name, in: patch, at: path)
      else { continue }
      result[name] = .array(ListMerge(type?.field(named: name)?.type).ordered(elements, by: order))
    }
    return result
  }

  /// The value of `$patch`, checked.
  static func directive(in patch: JSONObject, at path: FieldPath) throws(PatchError) -> String? {
    guard let directive = patch[Directive.patch] else { return nil }
    guard let name = directive.string, ["delete", "replace", "merge"].contains(name) else {
      throw PatchError(.malformed, path.description, "unknown $patch directive \(directive.jsonText)")
    }
    return name
  }

  private static func merge(
    _ change: JSONValue, into target: JSONValue?, as type: FieldType?, at path: FieldPath, order: [JSONValue]?
  ) throws(PatchError) -> JSONValue? {
    switch (type, change) {
    case (.raw, _): return MergePatch.apply(change, to: target ?? .null)
    case (.list(let element, let kind), .array(let changes)):
      let list = ListMerge(element: element, kind: kind)
      return .array(try list.merge(changes, into: target?.array ?? [], order: order, at: path))
    case (_, .object(let changes)):
      var inner: ObjectType?
      if case .object(let type) = type { inner = type }
      if try directive(in: changes, at: path) == "delete" { return nil }
      return .object(try merge(changes, into: target?.object ?? [:], as: inner, at: path))
    case (_, .array(let changes)): return .array(changes.map(cleaned))
    default: return change
    }
  }

  /// Drops the members of the target that `$retainKeys` does not list.
  private static func retaining(
    _ patch: JSONObject, in target: JSONObject, at path: FieldPath
  ) throws(PatchError) -> JSONObject {
    guard let keys = patch[Directive.retainKeys] else { return target }
    guard let list = keys.array else {
      throw PatchError(.malformed, path.description, "$retainKeys must be a list of member names")
    }
    let kept = Set(list.compactMap(\.string))
    for name in patch.keys where !Directive.isDirective(name) && patch[name]?.isNull == false && !kept.contains(name) {
      throw PatchError(.malformed, path.appending(name).description, "a member of the patch is missing in $retainKeys")
    }
    return target.filter { kept.contains($0.key) }
  }

  private static func deletePrimitives(
    _ patch: JSONObject, from target: inout JSONObject, as type: ObjectType?, at path: FieldPath
  ) throws(PatchError) {
    for (member, value) in patch where member.hasPrefix(Directive.deleteFromPrimitiveList) {
      let name = String(member.dropFirst(Directive.deleteFromPrimitiveList.utf8.count))
      guard let removed = value.array else {
        throw PatchError(.malformed, path.appending(name).description, "\(member) must be a list")
      }
      guard let elements = target[name]?.array else { continue }
      target[name] = .array(elements.filter { !removed.contains($0) })
    }
  }

  private static func order(of name: String, in patch: JSONObject, at path: FieldPath) throws(PatchError)
    -> [JSONValue]?
  {
    guard let value = patch[Directive.setElementOrder + name] else { return nil }
    guard let order = value.array else {
      throw PatchError(.malformed, path.appending(name).description, "$setElementOrder must be a list")
    }
    return order
  }

  /// A value of the patch as it is stored where nothing stood before: without directives and nulls.
  static func cleaned(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let members): .object(cleaned(members))
    case .array(let elements): .array(elements.map(cleaned))
    default: value
    }
  }

  private static func cleaned(_ members: JSONObject) -> JSONObject {
    var result: JSONObject = [:]
    for (name, value) in members where !Directive.isDirective(name) && !value.isNull { result[name] = cleaned(value) }
    return result
  }
}
