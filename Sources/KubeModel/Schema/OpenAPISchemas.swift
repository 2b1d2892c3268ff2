// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The schemas of an OpenAPI document, gathered from the tables of the kinds and of what they hold.
struct OpenAPISchemas {
  private var schemas: JSONObject = [:]

  /// The schemas in order of their names.
  var sorted: JSONObject {
    var schemas = schemas
    schemas.sort()
    return schemas
  }

  /// Adds a kind, its list, and all that they refer to.
  mutating func add(_ resource: APIResource) {
    let name = add(resource.type)
    schemas[name]?["x-kubernetes-group-version-kind"] = [Self.groupVersionKind(of: resource)]
    let listName = name + "List"
    schemas[listName] = [
      "description": .string("A list of objects of kind \(resource.kind)."),
      "type": "object",
      "required": ["items"],
      "properties": [
        "apiVersion": ["type": "string", "description": .string(Field.apiVersion.doc)],
        "items": ["type": "array", "description": "The objects.", "items": Self.reference(to: name)],
        "kind": ["type": "string", "description": .string(Field.kind.doc)],
        "metadata": Self.reference(to: add(.listMeta)),
      ],
      "x-kubernetes-group-version-kind": [Self.groupVersionKind(of: resource, suffix: "List")],
    ]
    add(.deleteOptions)
    add(OpenAPIWellKnown.patch)
    add(OpenAPIWellKnown.status)
    guard resource.hasScale else { return }
    let scale = add(.scale)
    schemas[scale]?["x-kubernetes-group-version-kind"] = [["group": "autoscaling", "kind": "Scale", "version": "v1"]]
  }

  static func groupVersionKind(of resource: APIResource, suffix: String = "") -> JSONValue {
    [
      "group": .string(resource.group), "kind": .string(resource.kind + suffix), "version": .string(resource.version),
    ]
  }

  static func reference(to name: String) -> JSONValue {
    ["allOf": [["$ref": .string("#/components/schemas/\(name)")]]]
  }

  private mutating func add(_ wellKnown: OpenAPIWellKnown) {
    schemas[wellKnown.name] = wellKnown.schema
  }

  /// - Returns: the name of the type's schema.
  @discardableResult
  private mutating func add(_ type: ObjectType) -> String {
    let name = type.openAPIName
    guard schemas[name] == nil else { return name }
    schemas[name] = [:]  // taken, so that a type that holds itself ends
    var properties: JSONObject = [:]
    for field in type.fields { properties[field.name] = property(of: field) }
    properties.sort()
    var schema: JSONValue = ["description": .string(type.doc), "type": "object", "properties": .object(properties)]
    let required = type.fields.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    if type.isAtomic { schema["x-kubernetes-map-type"] = "atomic" }
    schemas[name] = schema
    return name
  }

  private mutating func property(of field: Field) -> JSONValue {
    var schema = schema(of: field.type)
    schema["description"] = .string(field.doc)
    if let value = field.defaultValue { schema["default"] = value }
    if field.isAtomic { schema["x-kubernetes-map-type"] = "atomic" }
    for rule in field.rules {
      if case .oneOf(let allowed) = rule { schema["enum"] = .array(allowed.map(JSONValue.string)) }
    }
    if field.retainsKeys { schema["x-kubernetes-patch-strategy"] = "retainKeys" }
    guard case .list(_, let kind) = field.type else { return schema }
    switch kind {
    case .atomic: schema["x-kubernetes-list-type"] = "atomic"
    case .set:
      schema["x-kubernetes-list-type"] = "set"
      schema["x-kubernetes-patch-strategy"] = "merge"
    case .map(let keys, let patchKey, let retainKeys):
      schema["x-kubernetes-list-type"] = "map"
      schema["x-kubernetes-list-map-keys"] = .array(keys.map(JSONValue.string))
      schema["x-kubernetes-patch-merge-key"] = .string(patchKey)
      schema["x-kubernetes-patch-strategy"] = retainKeys ? "merge,retainKeys" : "merge"
    }
    return schema
  }

  private mutating func schema(of type: FieldType) -> JSONValue {
    switch type {
    case .string: return ["type": "string"]
    case .bool: return ["type": "boolean"]
    case .int32: return ["type": "integer", "format": "int32"]
    case .int64: return ["type": "integer", "format": "int64"]
    case .double: return ["type": "number", "format": "double"]
    case .bytes: return ["type": "string", "format": "byte"]
    case .raw: return ["type": "object"]
    case .quantity: return reference(to: .quantity)
    case .time: return reference(to: .time)
    case .microTime: return reference(to: .microTime)
    case .intOrString: return reference(to: .intOrString)
    case .object(let type): return Self.reference(to: add(type))
    case .list(let element, _): return ["type": "array", "items": schema(of: element)]
    case .map(let element): return ["type": "object", "additionalProperties": schema(of: element)]
    }
  }

  private mutating func reference(to wellKnown: OpenAPIWellKnown) -> JSONValue {
    add(wellKnown)
    return Self.reference(to: wellKnown.name)
  }
}

/// Schemas that no table declares.
struct OpenAPIWellKnown {
  let name: String
  let schema: JSONValue

  static let quantity = OpenAPIWellKnown(
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: [
      "description": "An amount with an optional suffix, such as 500m or 2Gi.",
      "oneOf": [["type": "string"], ["type": "number"]],
    ])
  static let time = OpenAPIWellKnown(
    name: "\(OpenAPIPackage.meta.rawValue).Time",
    schema: ["description": "A moment, in whole seconds (RFC 3339).", "type": "string", "format": "date-time"])
  static let microTime = OpenAPIWellKnown(
    name: "\(OpenAPIPackage.meta.rawValue).MicroTime",
    schema: ["description": "A moment, in microseconds (RFC 3339).", "type": "string", "format": "date-time"])
  static let intOrString = OpenAPIWellKnown(
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: [
      "description": "A number or a name.", "format": "int-or-string",
      "oneOf": [["type": "integer"], ["type": "string"]],
    ])
  static let patch = OpenAPIWellKnown(
    name: "\(OpenAPIPackage.meta.rawValue).Patch",
    schema: ["description": "A change of an object, in one of the forms of patches.", "type": "object"])
  static let status = OpenAPIWellKnown(
    name: "\(OpenAPIPackage.meta.rawValue).Status",
    schema: [
      "description": "What became of a request.", "type": "object",
      "x-kubernetes-group-version-kind": [["group": "", "kind": "Status", "version": "v1"]],
    ])
}
