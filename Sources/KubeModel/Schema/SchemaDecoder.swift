// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Reads a JSON tree by its declared type: keeps what is declared, and names all that is not.
///
/// Nulls are dropped, as an absent field; so are `0`, `false`, `""`, `[]` and `{}` where the API does not tell them
/// from an absent field. Values are brought to their one form (a quantity given as a number becomes
/// a string). Fields leave in the order of the declaration, which is the order in which Kubernetes writes them.
package struct SchemaDecoder {
  /// Unknown fields, and values of the wrong type, that are still reported. One request could hold any number.
  package static let maximumReports = 100
  /// Octets of an unknown name for which a similar one is still looked for.
  private static let maximumSuggestedName = 64

  /// Fields that the schema does not have, in the order found; unknown and duplicate fields are errors only under
  /// strict validation.
  package private(set) var unknown: [UnknownField] = []
  /// Values of the wrong type; always errors.
  package private(set) var mismatches: [FieldError] = []

  /// A member of an object that its type does not declare.
  package struct UnknownField: Sendable, Hashable {
    package var path: FieldPath
    /// What the writer may have meant, as a sentence; empty where nothing is near.
    package var suggestion: String
  }

  package init() {}

  /// Decodes the members of an object of the given type that stands at `path`.
  package mutating func decode(_ members: JSONObject, as type: ObjectType, at path: FieldPath = FieldPath())
    -> JSONObject
  {
    var result: JSONObject = [:]
    for field in type.fields {
      guard let value = members[field.name], !value.isNull else { continue }
      let decoded = decode(value, as: field.type, at: path.appending(field.name), hint: field.hint)
      if let decoded, !field.isAbsence(decoded) { result[field.name] = decoded }
    }
    for (name, value) in members where unknown.count < Self.maximumReports && type.field(named: name) == nil {
      unknown.append(
        UnknownField(path: path.appending(name), suggestion: suggestion(for: name, value, in: type, at: path)))
    }
    return result
  }

  private mutating func decode(
    _ value: JSONValue, as type: FieldType, at path: FieldPath,
    hint: (@Sendable (String, JSONValue) -> String?)? = nil
  ) -> JSONValue? {
    switch (type, value) {
    case (_, .null): return nil
    case (.string, .string), (.bool, .bool), (.int64, .int), (.intOrString, .string), (.raw, _): return value
    case (.double, .double), (.double, .int): return value
    case (.int32, .int(let number)), (.intOrString, .int(let number)):
      if Int32(exactly: number) != nil { return value }
      return mismatch(path, "\(number) does not fit a 32-bit integer")
    case (.quantity, .string(let text)):
      return Quantity(text) == nil ? mismatch(path, Quantity.problem(text)) : value
    case (.quantity, .int), (.quantity, .double): return .string(value.jsonText)
    case (.time, .string(let text)), (.microTime, .string(let text)):
      if Timestamp(text) != nil { return value }
      return mismatch(path, "\"\(text)\" is not an RFC 3339 time such as 2026-01-31T12:00:00Z")
    case (.bytes, .string(let text)):
      guard let bytes = Base64.decode(text) else { return mismatch(path, "not base64") }
      return .string(Base64.encode(bytes))
    case (.object(let type), .object(let members)):
      return .object(decode(members, as: type, at: path))
    case (.list(let element, _), .array(let elements)):
      return .array(
        elements.enumerated().compactMap { index, value in
          if value.isNull {
            return mismatch(path.appending(index: index), "null is not allowed in a list")
          }
          return decode(value, as: element, at: path.appending(index: index))
        })
    case (.map(let element), .object(let members)):
      var result: JSONObject = [:]
      for (key, value) in members {
        if let hint, let advice = hint(key, value) {
          _ = mismatch(path.appending(key), advice)
          continue
        }
        if let decoded = decode(value, as: element, at: path.appending(key: key)) { result[key] = decoded }
      }
      return .object(result)
    default:
      let found = value.jsonText
      let shown = found.utf8.count > 60 ? "\(value.typeName)" : "\(value.typeName) \(found)"
      let remedy = Self.remedy(for: value, as: type).map { ": \($0)" } ?? ""
      return mismatch(path, "expected \(type.name), found \(shown)\(remedy)")
    }
  }

  /// What to write instead of a value of the wrong type, where one can tell.
  private static func remedy(for value: JSONValue, as type: FieldType) -> String? {
    switch (type, value) {
    case (.string, .int), (.string, .double), (.string, .bool): "quote it: \"\(value.jsonText)\""
    case (.int32, .string(let text)), (.int64, .string(let text)):
      Int64(text) == nil ? nil : "write it without quotes: \(text)"
    case (.bool, .string("true")), (.bool, .string("false")): "write it without quotes: \(value.string ?? "")"
    case (.bool, .string("yes")), (.bool, .string("on")): "write true"
    case (.bool, .string("no")), (.bool, .string("off")): "write false"
    case (.list(.object, _), .object): "write a list, each element behind a dash"
    case (.list(.string, _), .string(let text)): "write a list: [\"\(text)\"]"
    case (.object, .array), (.map, .array): "write members without a dash"
    default: nil
    }
  }

  private mutating func mismatch(_ path: FieldPath, _ detail: String) -> JSONValue? {
    if mismatches.count < Self.maximumReports { mismatches.append(FieldError(.typeInvalid, path, detail)) }
    return nil
  }

  private func suggestion(for name: String, _ value: JSONValue, in type: ObjectType, at path: FieldPath) -> String {
    if name.utf8.count > Self.maximumSuggestedName { return "" }
    if let advice = type.advice?(name, value) { return advice }
    if let same = type.fields.first(where: { $0.name.lowercased() == name.lowercased() }) {
      return "field names are case-sensitive: write \"\(same.name)\""
    }
    if let near = SpellingDistance.nearest(to: name, among: type.fields.map(\.name)) {
      return "did you mean \"\(near)\"?"
    }
    // A field that belongs one level down, such as `clusterIP` beside `spec`.
    for field in type.fields {
      if case .object(let inner) = field.type, inner.field(named: name) != nil {
        return "it belongs under \"\(path.appending(field.name))\""
      }
    }
    return ""
  }
}

extension Field {
  /// Whether the API does not tell the value from an absent field.
  fileprivate func isAbsence(_ value: JSONValue) -> Bool {
    if keepsZero || isRequired { return false }
    switch (type, value) {
    case (.raw, _), (.intOrString, .int): return false
    case (_, .string("")), (_, .bool(false)), (_, .int(0)), (_, .double(0)): return true
    case (.list, .array(let elements)): return elements.isEmpty
    case (.map, .object(let members)): return members.isEmpty
    default: return false
    }
  }
}
