// SPDX-License-Identifier: Apache-2.0

/// Why a request was refused: what the API answers as a `v1 Status`, and what the parts of the program throw.
///
/// Source: `metav1.Status` of the Kubernetes API conventions.
package struct StatusError: Error, Sendable, CustomStringConvertible {
  /// The machine-readable reason; each has the HTTP code of ``code``.
  package enum Reason: String, Sendable {
    case badRequest = "BadRequest"
    case unauthorized = "Unauthorized"
    case forbidden = "Forbidden"
    case notFound = "NotFound"
    case methodNotAllowed = "MethodNotAllowed"
    case notAcceptable = "NotAcceptable"
    case alreadyExists = "AlreadyExists"
    case conflict = "Conflict"
    case expired = "Expired"
    case requestEntityTooLarge = "RequestEntityTooLarge"
    case unsupportedMediaType = "UnsupportedMediaType"
    case invalid = "Invalid"
    case tooManyRequests = "TooManyRequests"
    case internalError = "InternalError"
    case serviceUnavailable = "ServiceUnavailable"
    case insufficientStorage = "InsufficientStorage"
  }

  package var reason: Reason
  package var message: String
  /// The object that the request was about.
  package var name: String
  /// The group and the kind (for `Invalid`) or plural of that object.
  package var group: String
  package var kind: String
  package var causes: [FieldError]

  package init(
    _ reason: Reason, _ message: String, name: String = "", group: String = "", kind: String = "",
    causes: [FieldError] = []
  ) {
    self.reason = reason
    self.message = message
    self.name = name
    self.group = group
    self.kind = kind
    self.causes = causes
  }

  /// The HTTP status code.
  package var code: Int {
    switch reason {
    case .badRequest: 400
    case .unauthorized: 401
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .notAcceptable: 406
    case .alreadyExists, .conflict: 409
    case .expired: 410
    case .requestEntityTooLarge: 413
    case .unsupportedMediaType: 415
    case .invalid: 422
    case .tooManyRequests: 429
    case .internalError: 500
    case .serviceUnavailable: 503
    case .insufficientStorage: 507
    }
  }

  package var description: String { message }

  /// No object of that name.
  package static func notFound(_ resource: APIResource, _ name: String) -> StatusError {
    StatusError(
      .notFound, "\(resource.qualifiedPlural) \"\(name)\" not found", name: name, group: resource.group,
      kind: resource.plural)
  }

  package static func alreadyExists(_ resource: APIResource, _ name: String) -> StatusError {
    StatusError(
      .alreadyExists, "\(resource.qualifiedPlural) \"\(name)\" already exists", name: name, group: resource.group,
      kind: resource.plural)
  }

  package static func conflict(_ resource: APIResource, _ name: String, _ why: String) -> StatusError {
    StatusError(
      .conflict, "Operation cannot be fulfilled on \(resource.qualifiedPlural) \"\(name)\": \(why)", name: name,
      group: resource.group, kind: resource.plural)
  }

  /// The object was read, but its fields break rules.
  package static func invalid(_ resource: APIResource, _ name: String, _ errors: [FieldError]) -> StatusError {
    let what = resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
    let list = errors.map(\.description)
    let text = list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]"
    return StatusError(
      .invalid, "\(what) \"\(name)\" is invalid: \(text)", name: name, group: resource.group, kind: resource.kind,
      causes: errors)
  }

  /// The body of the answer.
  package var json: JSONValue {
    var details: JSONValue = [:]
    if !name.isEmpty { details["name"] = .string(name) }
    if !group.isEmpty { details["group"] = .string(group) }
    if !kind.isEmpty { details["kind"] = .string(kind) }
    if !causes.isEmpty {
      details["causes"] = .array(
        causes.map {
          [
            "reason": .string($0.reason.rawValue), "message": .string($0.detail),
            "field": .string($0.path.description),
          ]
        })
    }
    var status: JSONValue = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
      "reason": .string(reason.rawValue),
    ]
    if details != [:] { status["details"] = details }
    status["code"] = .int(Int64(code))
    return status
  }
}
