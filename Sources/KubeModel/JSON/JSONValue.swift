// SPDX-License-Identifier: Apache-2.0
package import OrderedCollections

/// A JSON value (RFC 8259) whose objects keep the order of their members.
///
/// Numbers without a fraction or exponent that fit 64 bits are ``int(_:)``; all others are ``double(_:)``.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// The members of a JSON object in their order.
///
/// Up to 15 members are searched without a hash table, which is what nearly every Kubernetes object has at a level.
package typealias JSONObject = OrderedDictionary<String, JSONValue>

extension JSONValue {
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
  package var int: Int64? {
    if case .int(let value) = self { value } else { nil }
  }
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }
  package var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }
  package var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The JSON name of the value's type, as error messages say it.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The member of an object; nil for anything else. Setting it on anything else makes an object of it.
  package subscript(_ member: String) -> JSONValue? {
    get { object?[member] }
    set {
      var members: JSONObject = [:]
      if case .object(let old) = self {
        members = old
        self = .null  // so that `members` is the only reference and is changed in place
      }
      members[member] = newValue
      self = .object(members)
    }
  }

  /// The value at a path of member names; nil where a step is missing or not an object.
  package subscript(at path: String...) -> JSONValue? {
    var value = self
    for step in path {
      guard let next = value[step] else { return nil }
      value = next
    }
    return value
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .int(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(uniqueKeysWithValues: elements))
  }
  package init(nilLiteral: ()) { self = .null }

  /// A map of strings, members in order of their names, as labels are written.
  package init(_ map: [String: String]) {
    self = .object(JSONObject(uniqueKeysWithValues: map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
  }
}
