// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The paths of an OpenAPI document: what can be done with the objects of each kind.
enum OpenAPIPaths {
  static func add(_ resource: APIResource, to paths: inout JSONObject) {
    let collection = resource.path(namespace: resource.isNamespaced ? "{namespace}" : nil)
    let scope = resource.isNamespaced ? [parameter("namespace", in: "path")] : []
    let list = operation("list", resource, query: listParameters, response: resource.type.openAPIName + "List")
    let create = operation("post", resource, query: writeParameters, body: .object)
    paths[collection] = [
      "get": list,
      "post": create,
      "delete": operation("deletecollection", resource, query: deleteParameters, body: .deleteOptions),
      "parameters": .array(scope),
    ]
    if resource.isNamespaced { paths[resource.path()] = ["get": list, "parameters": []] }

    let object = collection + "/{name}"
    let name = scope + [parameter("name", in: "path")]
    paths[object] = [
      "get": operation("get", resource),
      "put": operation("put", resource, query: writeParameters, body: .object),
      "patch": operation("patch", resource, query: writeParameters, body: .patch),
      "delete": operation("delete", resource, query: deleteParameters, body: .deleteOptions),
      "parameters": .array(name),
    ]
    if resource.hasStatus { paths[object + "/status"] = subresource(of: resource, name) }
    if resource.hasScale { paths[object + "/scale"] = scale(of: resource, name) }
  }

  private static func subresource(of resource: APIResource, _ parameters: [JSONValue]) -> JSONValue {
    [
      "get": operation("get", resource),
      "put": operation("put", resource, query: writeParameters, body: .object),
      "patch": operation("patch", resource, query: writeParameters, body: .patch),
      "parameters": .array(parameters),
    ]
  }

  private static func scale(of resource: APIResource, _ parameters: [JSONValue]) -> JSONValue {
    var path = subresource(of: resource, parameters)
    for method in ["get", "put", "patch"] {
      path[method]?["x-kubernetes-group-version-kind"] = ["group": "autoscaling", "kind": "Scale", "version": "v1"]
      path[method]?["responses"] = responses(ObjectType.scale.openAPIName)
    }
    return path
  }

  private enum Body { case object, patch, deleteOptions }

  private static func operation(
    _ action: String, _ resource: APIResource, query: [JSONValue] = [], body: Body? = nil, response: String? = nil
  ) -> JSONValue {
    var operation: JSONValue = [
      "description": .string("\(action) \(resource.kind)"),
      "parameters": .array(query),
      "responses": responses(response ?? resource.type.openAPIName),
      "x-kubernetes-action": .string(action),
      "x-kubernetes-group-version-kind": OpenAPISchemas.groupVersionKind(of: resource),
    ]
    if let body { operation["requestBody"] = ["content": .object(content(of: body, resource))] }
    return operation
  }

  private static func content(of body: Body, _ resource: APIResource) -> JSONObject {
    func content(_ types: [String], _ name: String) -> JSONObject {
      let schema: JSONValue = ["schema": ["$ref": .string("#/components/schemas/\(name)")]]
      return JSONObject(uniqueKeysWithValues: types.map { ($0, schema) })
    }
    return switch body {
    case .object: content(["*/*"], resource.type.openAPIName)
    case .patch: content(PatchFormat.allCases.map(\.rawValue), OpenAPIWellKnown.patch.name)
    case .deleteOptions: content(["*/*"], ObjectType.deleteOptions.openAPIName)
    }
  }

  private static func responses(_ name: String) -> JSONValue {
    [
      "200": [
        "description": "OK",
        "content": ["application/json": ["schema": ["$ref": .string("#/components/schemas/\(name)")]]],
      ]
    ]
  }

  private static func parameter(_ name: String, in place: String = "query", _ type: String = "string") -> JSONValue {
    var parameter: JSONValue = ["name": .string(name), "in": .string(place), "schema": ["type": .string(type)]]
    if place == "path" { parameter["required"] = true }
    return parameter
  }

  private static let listParameters: [JSONValue] = [
    parameter("labelSelector"), parameter("fieldSelector"), parameter("limit", "integer"), parameter("continue"),
    parameter("resourceVersion"), parameter("resourceVersionMatch"), parameter("watch", "boolean"),
    parameter("allowWatchBookmarks", "boolean"), parameter("sendInitialEvents", "boolean"),
    parameter("timeoutSeconds", "integer"),
  ]
  private static let writeParameters: [JSONValue] = [
    parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation"),
  ]
  private static let deleteParameters: [JSONValue] = [
    parameter("dryRun"), parameter("gracePeriodSeconds", "integer"), parameter("propagationPolicy"),
  ]

  private static func parameter(_ name: String, _ type: String) -> JSONValue { parameter(name, in: "query", type) }
}
