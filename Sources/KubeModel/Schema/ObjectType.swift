// SPDX-License-Identifier: Apache-2.0

/// The declared shape of one object type of the Kubernetes API: a table of fields.
///
/// Everything that Callsign knows about a type is in its table: strict decoding of JSON and protobuf, pruning,
/// defaulting, validation, the merge rules of patches and the published OpenAPI document are all read from it.
package final class ObjectType: Sendable {
  /// The name in the published OpenAPI document, such as `io.k8s.api.core.v1.ServiceSpec`.
  package let openAPIName: String
  /// One line of documentation.
  package let doc: String
  package let fields: [Field]
  private let positions: [String: Int]
  private let positionsByNumber: [Int: Int]
  /// Defaults that depend on other fields, applied after those of the fields.
  package let defaulting: (@Sendable (inout JSONObject) -> Void)?
  /// Rules that concern several fields at once; reports what they find.
  package let validation: (@Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void)?

  /// - Parameters:
  ///   - group: the OpenAPI package: `core.v1`, `apps.v1`, `discovery.v1` stand for `io.k8s.api.…`; `meta.v1` for
  ///     `io.k8s.apimachinery.pkg.apis.meta.v1`.
  package init(
    _ group: OpenAPIPackage, _ name: String, _ doc: String, _ fields: [Field],
    defaulting: (@Sendable (inout JSONObject) -> Void)? = nil,
    validation: (@Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void)? = nil
  ) {
    openAPIName = "\(group.rawValue).\(name)"
    self.doc = doc
    self.fields = fields
    self.defaulting = defaulting
    self.validation = validation
    positions = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element.name, $0.offset) })
    positionsByNumber = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element.number, $0.offset) })
  }

  package func field(named name: String) -> Field? {
    positions[name].map { fields[$0] }
  }

  package func field(numbered number: Int) -> Field? {
    positionsByNumber[number].map { fields[$0] }
  }
}

/// The packages of the published OpenAPI document.
package enum OpenAPIPackage: String, Sendable {
  case core = "io.k8s.api.core.v1"
  case apps = "io.k8s.api.apps.v1"
  case autoscaling = "io.k8s.api.autoscaling.v1"
  case discovery = "io.k8s.api.discovery.v1"
  case events = "io.k8s.api.events.v1"
  case meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
}

/// One field of an ``ObjectType``.
package struct Field: Sendable {
  package let name: String
  /// The field's number in the protobuf message of the type.
  package let number: Int
  package let type: FieldType
  /// The value that an absent field takes when the object is stored. An empty object is filled in turn.
  package var defaultValue: JSONValue?
  package var isRequired = false
  package var rules: [ValueRule] = []
  /// For mistakes that people make below this field: given the member found and its value, what to write instead.
  package var hint: (@Sendable (_ member: String, _ value: JSONValue) -> String?)?
  /// One line of documentation.
  package let doc: String

  package init(_ name: String, _ number: Int, _ type: FieldType, _ doc: String) {
    self.name = name
    self.number = number
    self.type = type
    self.doc = doc
  }

  package func required() -> Field { with { $0.isRequired = true } }
  package func defaulted(_ value: JSONValue) -> Field { with { $0.defaultValue = value } }
  package func rule(_ rules: ValueRule...) -> Field { with { $0.rules += rules } }
  package func hint(_ hint: @escaping @Sendable (_ member: String, _ value: JSONValue) -> String?) -> Field {
    with { $0.hint = hint }
  }

  private func with(_ change: (inout Field) -> Void) -> Field {
    var copy = self
    change(&copy)
    return copy
  }
}

/// What a field holds.
package indirect enum FieldType: Sendable {
  case string
  case bool
  case int32
  case int64
  case double
  /// Octets, base64 in JSON.
  case bytes
  /// A quantity such as `500m` or `1Gi`: a string, or a number in JSON input.
  case quantity
  /// RFC 3339, whole seconds, UTC.
  case time
  /// RFC 3339 with six digits of a second.
  case microTime
  /// A 32-bit integer or a string: a port by number or by name, a count or a percentage.
  case intOrString
  /// Any JSON, kept as it is.
  case raw
  case object(ObjectType)
  case list(FieldType, ListKind)
  /// A map from strings.
  case map(FieldType)

  /// A list of strings that a patch replaces whole.
  package static let strings = FieldType.list(.string, .atomic)
  /// A map of strings to strings.
  package static let stringMap = FieldType.map(.string)

  /// A list that a patch replaces whole.
  package static func list(_ element: ObjectType) -> FieldType { .list(.object(element), .atomic) }
  /// A list whose elements are told apart by `keys`; a patch merges them by the first.
  package static func list(_ element: ObjectType, keys: String..., retainKeys: Bool = false) -> FieldType {
    .list(.object(element), .map(keys: keys, patchKey: keys[0], retainKeys: retainKeys))
  }

  /// How error messages name the type.
  package var name: String {
    switch self {
    case .string, .bytes, .quantity, .time, .microTime: "string"
    case .bool: "boolean"
    case .int32, .int64: "integer"
    case .double: "number"
    case .intOrString: "integer or string"
    case .raw: "any value"
    case .object, .map: "object"
    case .list: "array"
    }
  }
}

/// How a list is merged (Kubernetes: `x-kubernetes-list-type`, patch strategy).
package enum ListKind: Sendable, Equatable {
  /// Replaced whole.
  case atomic
  /// Scalars without order; a patch adds and removes single ones.
  case set
  /// Objects told apart by `keys`. A strategic merge patch goes by `patchKey` alone; with `retainKeys` an element of
  /// the patch names the fields that stay (unions such as volumes).
  case map(keys: [String], patchKey: String, retainKeys: Bool)
}
