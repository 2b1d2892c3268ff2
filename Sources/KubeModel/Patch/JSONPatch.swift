// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A JSON patch (RFC 6902): a list of operations, of which all are carried out or none.
package struct JSONPatch: Sendable, Hashable {
  /// Operations in one patch. The Kubernetes API server has the same limit.
  package static let maximumOperations = 10_000
  /// Values that `copy` and `move` of one patch may carry in all, in tree nodes; else a short patch could double an
  /// object again and again.
  package static let maximumCarriedNodes = 1 << 18

  package enum Operation: Sendable, Hashable {
    case add(JSONPointer, JSONValue)
    case remove(JSONPointer)
    case replace(JSONPointer, JSONValue)
    case move(from: JSONPointer, to: JSONPointer)
    case copy(from: JSONPointer, to: JSONPointer)
    case test(JSONPointer, JSONValue)
  }

  package let operations: [Operation]

  /// Reads the list of operations.
  package init(_ json: JSONValue) throws(PatchError) {
    guard case .array(let elements) = json else {
      throw PatchError(.malformed, "", "expected a list of operations, found \(json.typeName)")
    }
    guard elements.count <= Self.maximumOperations else {
      throw PatchError(.malformed, "", "more than \(Self.maximumOperations) operations")
    }
    var operations: [Operation] = []
    for (index, element) in elements.enumerated() { operations.append(try Self.operation(element, index: index)) }
    self.operations = operations
  }

  private static func operation(_ json: JSONValue, index: Int) throws(PatchError) -> Operation {
    let place = "[\(index)]"
    func pointer(_ member: String) throws(PatchError) -> JSONPointer {
      guard let text = json[member]?.string, let pointer = JSONPointer(text) else {
        throw PatchError(.malformed, place, "\"\(member)\" must be a JSON pointer such as /spec/replicas")
      }
      return pointer
    }
    func value() throws(PatchError) -> JSONValue {
      guard let value = json["value"] else { throw PatchError(.malformed, place, "\"value\" is missing") }
      return value
    }
    switch json["op"]?.string {
    case "add": return .add(try pointer("path"), try value())
    case "remove": return .remove(try pointer("path"))
    case "replace": return .replace(try pointer("path"), try value())
    case "move": return .move(from: try pointer("from"), to: try pointer("path"))
    case "copy": return .copy(from: try pointer("from"), to: try pointer("path"))
    case "test": return .test(try pointer("path"), try value())
    case let name: throw PatchError(.malformed, place, "unknown operation \"\(name ?? "")\"")
    }
  }

  /// The value after all operations.
  package func apply(to target: JSONValue) throws(PatchError) -> JSONValue {
    var value = target
    var carried = 0
    for operation in operations { try Self.carryOut(operation, on: &value, &carried) }
    return value
  }

  private static func carryOut(
    _ operation: Operation, on value: inout JSONValue, _ carried: inout Int
  ) throws(PatchError) {
    switch operation {
    case .add(let pointer, let new):
      try checkDepth(of: new, at: pointer)
      try edit(&value, pointer, pointer.tokens[...], .add(new))
    case .remove(let pointer): try edit(&value, pointer, pointer.tokens[...], .remove)
    case .replace(let pointer, let new):
      try checkDepth(of: new, at: pointer)
      try edit(&value, pointer, pointer.tokens[...], .replace(new))
    case .move(let from, let to):
      if from.isPrefix(of: to) { throw PatchError(.notApplicable, to.description, "a value cannot move into itself") }
      let moved = try carry(from, to: to, in: value, &carried)
      try edit(&value, from, from.tokens[...], .remove)
      try edit(&value, to, to.tokens[...], .add(moved))
    case .copy(let from, let to):
      let copied = try carry(from, to: to, in: value, &carried)
      try edit(&value, to, to.tokens[...], .add(copied))
    case .test(let pointer, let expected):
      guard value.value(at: pointer).map({ isEqual($0, expected) }) ?? expected.isNull else {
        throw PatchError(.testFailed, pointer.description, "the value is not the expected one")
      }
    }
  }

  /// The value at `from`, if it may be put at `to`.
  private static func carry(
    _ from: JSONPointer, to: JSONPointer, in value: JSONValue, _ carried: inout Int
  ) throws(PatchError) -> JSONValue {
    guard let found = value.value(at: from) else {
      throw PatchError(.notApplicable, from.description, "there is nothing at this path")
    }
    carried += try checkDepth(of: found, at: to)
    guard carried <= maximumCarriedNodes else {
      throw PatchError(
        .notApplicable, to.description, "the patch copies or moves more than \(maximumCarriedNodes) values")
    }
    return found
  }

  /// No value may come to nest deeper than the parser would read it.
  /// - Returns: the number of values in the tree.
  @discardableResult
  private static func checkDepth(of value: JSONValue, at pointer: JSONPointer) throws(PatchError) -> Int {
    let (nodes, depth) = value.extent
    guard pointer.tokens.count + depth <= JSONParser.maximumDepth else {
      throw PatchError(.notApplicable, pointer.description, "nested deeper than \(JSONParser.maximumDepth) levels")
    }
    return nodes
  }

  private enum Edit {
    case add(JSONValue)
    case remove
    case replace(JSONValue)
  }

  private static func edit(
    _ value: inout JSONValue, _ pointer: JSONPointer, _ tokens: ArraySlice<String>, _ edit: Edit
  ) throws(PatchError) {
    guard let token = tokens.first else {
      switch edit {
      case .add(let new), .replace(let new): value = new
      case .remove: value = .null
      }
      return
    }
    let missing = PatchError(.notApplicable, pointer.description, "there is nothing at this path")
    switch value {
    case .object(var members):
      value = .null  // so that `members` is the only reference and is changed in place
      try self.edit(&members, token, pointer, tokens, edit, missing)
      value = .object(members)
    case .array(var elements):
      value = .null
      try self.edit(&elements, token, pointer, tokens, edit, missing)
      value = .array(elements)
    default: throw missing
    }
  }

  private static func edit(
    _ members: inout JSONObject, _ token: String, _ pointer: JSONPointer, _ tokens: ArraySlice<String>, _ edit: Edit,
    _ missing: PatchError
  ) throws(PatchError) {
    guard tokens.count == 1 else {
      guard var inner = members[token] else { throw missing }
      try self.edit(&inner, pointer, tokens.dropFirst(), edit)
      members[token] = inner
      return
    }
    switch edit {
    case .add(let new): members[token] = new
    case .replace(let new):
      guard members[token] != nil else { throw missing }
      members[token] = new
    case .remove:
      guard members.removeValue(forKey: token) != nil else { throw missing }
    }
  }

  private static func edit(
    _ elements: inout [JSONValue], _ token: String, _ pointer: JSONPointer, _ tokens: ArraySlice<String>, _ edit: Edit,
    _ missing: PatchError
  ) throws(PatchError) {
    var isAddition = false
    if tokens.count == 1, case .add = edit { isAddition = true }
    guard let index = JSONPointer.index(token, in: elements.count, allowsEnd: isAddition) else { throw missing }
    guard tokens.count == 1 else {
      try self.edit(&elements[index], pointer, tokens.dropFirst(), edit)
      return
    }
    switch edit {
    case .add(let new): elements.insert(new, at: index)
    case .replace(let new): elements[index] = new
    case .remove: elements.remove(at: index)
    }
  }

  /// Equality of RFC 6902 §4.6: numbers by value, objects without regard to order.
  private static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.int(let left), .double(let right)), (.double(let right), .int(let left)): Double(left) == right
    case (.array(let left), .array(let right)): left.count == right.count && zip(left, right).allSatisfy(isEqual)
    case (.object(let left), .object(let right)):
      left.count == right.count && left.allSatisfy { name, value in right[name].map { isEqual(value, $0) } ?? false }
    default: left == right
    }
  }
}

extension JSONValue {
  /// How many values the tree has, and how deep they nest.
  fileprivate var extent: (nodes: Int, depth: Int) {
    let inner: [JSONValue] =
      switch self {
      case .array(let elements): elements
      case .object(let members): Array(members.values)
      default: []
      }
    return inner.reduce(into: (1, 0)) { extent, value in
      let below = value.extent
      extent = (extent.0 + below.nodes, max(extent.1, below.depth + 1))
    }
  }
}
