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
  private let positionsByNumber: [ProtobufNumber: Int]
  /// The fields that stand in the type's message, in order of their numbers.
  let protobufEntries: [ProtobufEntry]
  /// Numbers of the embedded messages whose fields are members of this object in JSON.
  package let embeddedMessages: Set<Int>
  /// Whether a writer owns the object whole (Kubernetes: `x-kubernetes-map-type: atomic`).
  package let isAtomic: Bool
  /// For members that the type does not have: what people mean who write them, as a sentence.
  package let advice: (@Sendable (_ member: String, _ value: JSONValue) -> String?)?
  /// Defaults that depend on other fields, applied after those of the fields.
  package let defaulting: (@Sendable (inout JSONObject) -> Void)?
  /// Rules that concern several fields at once; reports what they find.
  package let validation: (@Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void)?

  /// - Parameters:
  ///   - group: the OpenAPI package: `core.v1`, `apps.v1`, `discovery.v1` stand for `io.k8s.api.…`; `meta.v1` for
  ///     `io.k8s.apimachinery.pkg.apis.meta.v1`.
  package init(
    _ group: OpenAPIPackage, _ name: String, _ doc: String, _ fields: [Field], atomic: Bool = false,
    advice: (@Sendable (_ member: String, _ value: JSONValue) -> String?)? = nil,
    defaulting: (@Sendable (inout JSONObject) -> Void)? = nil,
    validation: (@Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void)? = nil
  ) {
    openAPIName = "\(group.rawValue).\(name)"
    self.doc = doc
    self.fields = fields
    self.defaulting = defaulting
    self.validation = validation
    self.advice = advice
    isAtomic = atomic
    positions = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element.name, $0.offset) })
    let numbered = fields.enumerated().filter { $0.element.number > 0 }
    positionsByNumber = Dictionary(uniqueKeysWithValues: numbered.map { ($0.element.protobufNumber, $0.offset) })
    embeddedMessages = Set(fields.compactMap(\.embeddingMessage))
    protobufEntries = ProtobufEntry.entries(of: fields)
  }

  package func field(named name: String) -> Field? {
    positions[name].map { fields[$0] }
  }

  /// - Parameter embedding: the number of the embedded message that the field is read from, if it is in one.
  package func field(numbered number: Int, embeddedIn embedding: Int? = nil) -> Field? {
    positionsByNumber[ProtobufNumber(number: number, embedding: embedding)].map { fields[$0] }
  }
}

/// Where a field stands in the protobuf message of its object.
package struct ProtobufNumber: Sendable, Hashable {
  package var number: Int
  /// The number of the embedded message that holds the field, if one does.
  package var embedding: Int?
}

/// The packages of the published OpenAPI document.
package enum OpenAPIPackage: String, Sendable {
  case core = "io.k8s.api.core.v1"
  case apps = "io.k8s.api.apps.v1"
  case autoscaling = "io.k8s.api.autoscaling.v1"
  case discovery = "io.k8s.api.discovery.v1"
  case events = "io.k8s.api.events.v1"
  case networking = "io.k8s.api.networking.v1"
  case policy = "io.k8s.api.policy.v1"
  case rbac = "io.k8s.api.rbac.v1"
  case scheduling = "io.k8s.api.scheduling.v1"
  case meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
}

/// One field of an ``ObjectType``.
package struct Field: Sendable {
  package let name: String
  /// The number in the protobuf message of the type; 0 where the field is not read from it (`apiVersion` and
  /// `kind` stand in the envelope).
  package let number: Int
  package let type: FieldType
  /// The value that an absent field takes when the object is stored. An empty object is filled in turn.
  package var defaultValue: JSONValue?
  package var isRequired = false
  /// Whether a zero value (`0`, `false`, `""`) is something else than an absent field. Where it is not, it is dropped.
  package var keepsZero = false
  /// Whether a writer owns the whole value (Kubernetes: `x-kubernetes-map-type: atomic`).
  package var isAtomic = false
  /// Whether a strategic merge patch of the object names the members that stay (Kubernetes: `retainKeys`).
  package var retainsKeys = false
  /// The number of the embedded message that holds the field in protobuf; its members are the object's own in JSON.
  package var embeddingMessage: Int?
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

  package var protobufNumber: ProtobufNumber { ProtobufNumber(number: number, embedding: embeddingMessage) }

  package func required() -> Field { with { $0.isRequired = true } }
  /// Marks a field whose zero value is not the same as its absence.
  package func explicit() -> Field { with { $0.keepsZero = true } }
  package func defaulted(_ value: JSONValue) -> Field { with { $0.defaultValue = value } }
  package func atomic() -> Field { with { $0.isAtomic = true } }
  package func retainingKeys() -> Field { with { $0.retainsKeys = true } }
  package func embedded(in message: Int) -> Field { with { $0.embeddingMessage = message } }
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
  /// A list of strings without order.
  package static let stringSet = FieldType.list(.string, .set)
  /// A map of strings to strings.
  package static let stringMap = FieldType.map(.string)
  /// A map of resource names to quantities.
  package static let quantities = FieldType.map(.quantity)

  /// A list of objects. With `keys` they are told apart by these, and a patch merges them by the first; without, a
  /// patch replaces the list whole.
  package static func objects(_ element: ObjectType, keys: String..., retainKeys: Bool = false) -> FieldType {
    if keys.isEmpty { return .list(.object(element), .atomic) }
    return .list(.object(element), .map(keys: keys, patchKey: keys[0], retainKeys: retainKeys))
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
