// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong with a field, in the words that Kubernetes users know.
///
/// Source: `StatusCause` and the field errors of the Kubernetes API conventions.
package struct FieldError: Sendable, Hashable, CustomStringConvertible {
  /// The machine-readable cause, as in `Status.details.causes[].reason`.
  package enum Reason: String, Sendable {
    case required = "FieldValueRequired"
    case invalid = "FieldValueInvalid"
    case notSupported = "FieldValueNotSupported"
    case duplicate = "FieldValueDuplicate"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"
    case typeInvalid = "FieldValueTypeInvalid"
    case notFound = "FieldValueNotFound"
    case unknown = "FieldValueUnknown"
  }

  package var reason: Reason
  package var path: FieldPath
  /// What was found, the reason and what is allowed, without the path.
  package var detail: String

  package init(_ reason: Reason, _ path: FieldPath, _ detail: String) {
    self.reason = reason
    self.path = path
    self.detail = detail
  }

  package static func required(_ path: FieldPath, _ detail: String = "") -> FieldError {
    FieldError(.required, path, "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
  }

  package static func invalid(_ path: FieldPath, _ value: JSONValue, _ detail: String) -> FieldError {
    FieldError(.invalid, path, "Invalid value: \(value.jsonText): \(detail)")
  }

  package static func notSupported(_ path: FieldPath, _ value: JSONValue, _ allowed: [String]) -> FieldError {
    let list = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
    return FieldError(.notSupported, path, "Unsupported value: \(value.jsonText): supported values: \(list)")
  }

  package static func duplicate(_ path: FieldPath, _ value: JSONValue) -> FieldError {
    FieldError(.duplicate, path, "Duplicate value: \(value.jsonText)")
  }

  package static func notFound(_ path: FieldPath, _ value: JSONValue) -> FieldError {
    FieldError(.notFound, path, "Not found: \(value.jsonText)")
  }

  package static func forbidden(_ path: FieldPath, _ detail: String) -> FieldError {
    FieldError(.forbidden, path, "Forbidden: \(detail)")
  }

  package static func tooMany(_ path: FieldPath, _ count: Int, _ limit: Int) -> FieldError {
    FieldError(.tooMany, path, "Too many: \(count): must have at most \(limit) items")
  }

  package static func tooLong(_ path: FieldPath, _ limit: Int) -> FieldError {
    FieldError(.tooLong, path, "Too long: may not be more than \(limit) bytes")
  }

  package var description: String { "\(path): \(detail)" }
}
