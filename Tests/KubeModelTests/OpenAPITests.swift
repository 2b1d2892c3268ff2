// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("OpenAPI")
struct OpenAPITests {
  private func document(_ name: String) throws -> JSONValue {
    try JSONParser.parse(try #require(OpenAPIDocument.document(name)))
  }

  @Test("the index names a document for each group and version, with its hash")
  func index() throws {
    let paths = try #require(try JSONParser.parse(OpenAPIDocument.index)["paths"]?.object)
    let groups = [
      "apps", "discovery.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "scheduling.k8s.io",
    ]
    #expect(Set(paths.keys) == Set(["api/v1"] + groups.map { "apis/\($0)/v1" }))
    let hash = try #require(OpenAPIDocument.hash(ofDocument: "apis/apps/v1"))
    #expect(paths["apis/apps/v1"]?["serverRelativeURL"]?.string == "/openapi/v3/apis/apps/v1?hash=\(hash)")
    #expect(OpenAPIDocument.document("apis/apps/v2") == nil)
  }

  @Test(
    "kubectl finds that the server validates fields, and how to patch",
    arguments: [
      ("api/v1", "/api/v1/namespaces/{namespace}/services/{name}", "", "Service"),
      ("api/v1", "/api/v1/namespaces/{name}", "", "Namespace"),
      ("apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "apps", "Deployment"),
    ])
  func patchOperation(name: String, path: String, group: String, kind: String) throws {
    let patch = try #require(try document(name)["paths"]?[path]?["patch"])
    #expect(
      patch["x-kubernetes-group-version-kind"] == ["group": .string(group), "kind": .string(kind), "version": "v1"])
    let parameters = (patch["parameters"]?.array ?? []).compactMap { $0["name"]?.string }
    #expect(Set(parameters).isSuperset(of: ["fieldValidation", "dryRun"]))
    let content = try #require(patch["requestBody"]?["content"]?.object)
    #expect(content["application/strategic-merge-patch+json"] != nil)
  }

  @Test("fields carry type, requirement, default, values and merge rules")
  func fields() throws {
    let schemas = try #require(try document("api/v1")["components"]?["schemas"])
    let pod = schemas["io.k8s.api.core.v1.PodSpec"]
    #expect(pod?["required"] == ["containers"])
    let containers = pod?["properties"]?["containers"]
    #expect(containers?["x-kubernetes-list-type"] == "map")
    #expect(containers?["x-kubernetes-list-map-keys"] == ["name"])
    #expect(containers?["x-kubernetes-patch-merge-key"] == "name")
    #expect(containers?["x-kubernetes-patch-strategy"] == "merge")
    #expect(containers?["items"]?["allOf"] == [["$ref": "#/components/schemas/io.k8s.api.core.v1.Container"]])
    #expect(pod?["properties"]?["volumes"]?["x-kubernetes-patch-strategy"] == "merge,retainKeys")
    #expect(pod?["properties"]?["tolerations"]?["x-kubernetes-list-type"] == "atomic")
    #expect(pod?["properties"]?["terminationGracePeriodSeconds"]?["default"] == 30)
    #expect(pod?["properties"]?["restartPolicy"]?["enum"] == ["Always", "OnFailure", "Never"])
    #expect(pod?["properties"]?["nodeSelector"]?["x-kubernetes-map-type"] == "atomic")
    let ports = schemas["io.k8s.api.core.v1.ServiceSpec"]?["properties"]?["ports"]
    #expect(ports?["x-kubernetes-list-map-keys"] == ["port", "protocol"])
    #expect(ports?["x-kubernetes-patch-merge-key"] == "port")
  }

  @Test(
    "every reference leads to a schema, and every kind has one",
    arguments: APIResource.groupVersions.map {
      $0.group.isEmpty ? "api/\($0.version)" : "apis/\($0.group)/\($0.version)"
    })
  func references(name: String) throws {
    let document = try document(name)
    let schemas = try #require(document["components"]?["schemas"]?.object)
    var missing: Set<String> = []
    func walk(_ value: JSONValue) {
      switch value {
      case .object(let members):
        if let reference = members["$ref"]?.string {
          let target = String(reference.dropFirst("#/components/schemas/".count))
          if schemas[target] == nil { missing.insert(target) }
        }
        members.values.forEach(walk)
      case .array(let elements): elements.forEach(walk)
      default: break
      }
    }
    walk(document)
    #expect(missing.isEmpty)
    for resource in APIResource.all where name == (resource.group.isEmpty ? "api/" : "apis/") + resource.apiVersion {
      let kind: JSONValue = [
        ["group": .string(resource.group), "kind": .string(resource.kind), "version": .string(resource.version)]
      ]
      #expect(schemas[resource.type.openAPIName]?["x-kubernetes-group-version-kind"] == kind)
    }
  }

  @Test("every field is documented by a sentence")
  func documented() throws {
    var visited: Set<String> = []
    func visit(_ type: FieldType) {
      switch type {
      case .list(let element, _), .map(let element): visit(element)
      case .object(let type):
        guard visited.insert(type.openAPIName).inserted else { return }
        #expect(type.doc.hasSuffix("."), "\(type.openAPIName)")
        for field in type.fields {
          #expect(field.doc.hasSuffix("."), "\(type.openAPIName).\(field.name)")
          visit(field.type)
        }
      default: break
      }
    }
    for resource in APIResource.all { visit(.object(resource.type)) }
    #expect(visited.count > 150)
  }
}
