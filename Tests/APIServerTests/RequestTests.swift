// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import KubeStore
import NIOHTTP1
import OrderedCollections
import Testing

@testable import APIServer

/// Single requests, as other clients than kubectl send them.
@Suite struct RequestTests {
  private static let configMaps = "/api/v1/namespaces/default/configmaps"

  @Test func healthTellsWhatIsMissing() async throws {
    let checks = [ReadinessCheck("dns") { "no socket" }, ReadinessCheck("names") { nil }]
    try await TestServer.run(readiness: checks) { server in
      #expect(try await server.client.get("/livez").text == "ok")
      let ready = try await server.client.get("/readyz")
      #expect(ready.status == 500)
      #expect(ready.text == "[+]ping ok\n[-]dns failed: no socket\n[+]names ok\nreadyz check failed\n")
      #expect(try await server.client.get("/readyz?exclude=dns").text == "ok")
      #expect(try await server.client.get("/readyz/names").text == "ok")
      #expect(try await server.client.get("/readyz/other").status == 404)
    }
  }

  private static func explain(_ parameter: (String) -> String?) throws(StatusError) -> JSONValue {
    guard let name = parameter("name") else { throw StatusError(.badRequest, "name is missing") }
    return ["name": .string(name), "type": .string(parameter("type") ?? "none")]
  }

  @Test func explanationsAreGivenToWhoeverMayRead() async throws {
    try await TestServer.run(explain: Self.explain) { (server) async throws -> Void in
      let path = "/callsign/v1/explain"
      #expect(try await server.client.get("\(path)?name=a%2Fb+c&type=").text == #"{"name":"a/b c","type":"none"}"#)
      #expect(try await server.client.get(path).json["message"] == "name is missing")
      #expect(try await server.client.request(.POST, path).status == 405)
      #expect(try await server.client.get("\(path)/more").status == 404)
    }
    try await TestServer.run { (server) async throws -> Void in
      #expect(try await server.client.get("/callsign/v1/explain?name=a").status == 404)
    }
  }

  @Test(arguments: [
    (.GET, "/nothing", 404, "NotFound"), (.GET, "/api/v1/namespaces/default/pods/x", 404, "NotFound"),
    (.PUT, "/api/v1/pods", 405, "MethodNotAllowed"), (.POST, "/api/v1/pods", 405, "MethodNotAllowed"),
    (.POST, "/version", 405, "MethodNotAllowed"), (.GET, "/api/v1/pods?limit=x", 400, "BadRequest"),
    (.GET, "/api/v1/pods?labelSelector=!!", 400, "BadRequest"), (.GET, "/api/v1/pods?continue=x", 400, "BadRequest"),
    (.GET, "/api/v1/pods?resourceVersion=99999", 410, "Expired"),
    (.GET, "/api/v1/pods?resourceVersion=99999&resourceVersionMatch=Exact", 410, "Expired"),
    (.GET, "/api/v1/pods?resourceVersion=0&resourceVersionMatch=Exact", 400, "BadRequest"),
    (.GET, "/api/v1/pods?resourceVersion=1&resourceVersionMatch=Other", 400, "BadRequest"),
    (.GET, "/api/v1/pods?watch=1&resourceVersion=99999", 410, "Expired"),
    (.GET, "/api/v1/pods?watch=1&sendInitialEvents=true", 422, "Invalid"),
    (.GET, "/api/v1/namespaces/default/services/x/scale", 404, "NotFound"),
  ] as [(HTTPMethod, String, Int, String)])
  func refusals(method: HTTPMethod, path: String, status: Int, reason: String) async throws {
    try await TestServer.run { server in
      let answer = try await server.client.request(method, path)
      #expect(answer.status == status)
      #expect(answer.json["kind"] == "Status" && answer.json["reason"] == .string(reason), "\(answer.text)")
      #expect(answer.json["code"] == .int(Int64(status)))
    }
  }

  @Test(arguments: [
    ("application/json", #"{"metadata": {"name": "a"}"#, 400, "byte 26"),
    ("application/json", #"["a"]"#, 400, "expected an object"),
    ("application/json", #"{"kind": "Secret", "metadata": {"name": "a"}}"#, 400, "does not match"),
    ("application/json", #"{"metadata": {"name": "a", "namespace": "other"}}"#, 400, "does not match the namespace"),
    ("application/json", #"{"metadata": {"name": "a"}, "data": {"x": 1}}"#, 400, "data[x]: expected string"),
    ("application/json", #"{"metadata": {"name": "A"}}"#, 422, "metadata.name"),
    ("application/json", #"{"metadata": {"name": "a"}, "dat": {}}"#, 201, "\"name\":\"a\""),
    ("application/yaml", "metadata:\n  name: a\ndata: {x: \"1\"}\n", 201, "\"x\":\"1\""),
    ("application/yaml", "metadata: [\n", 400, "line 1"),
    ("application/cbor", "x", 415, "media types"),
    ("application/vnd.kubernetes.protobuf", "x", 400, "protobuf"),
  ])
  func bodies(type: String, body: String, status: Int, words: String) async throws {
    try await TestServer.run { server in
      let answer = try await server.client.request(
        .POST, Self.configMaps, headers: [("Content-Type", type)], body: body)
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.text.contains(words), "\(answer.text)")
    }
  }

  @Test func unknownFieldsWarnOrFail() async throws {
    try await TestServer.run { server in
      let object: JSONValue = ["metadata": ["name": "a"], "dta": [:]]
      let strict = try await server.client.post(Self.configMaps + "?fieldValidation=Strict", object)
      #expect(strict.status == 400 && strict.text.contains("unknown field \\\"dta\\\""), "\(strict.text)")
      let warned = try await server.client.post(Self.configMaps + "?dryRun=All", object)
      #expect(warned.headers["Warning"].first == #"299 - "unknown field \"dta\" (did you mean \"data\"?)""#)
      let silent = try await server.client.post(Self.configMaps + "?fieldValidation=Ignore", object)
      #expect(silent.status == 201 && silent.headers["Warning"].isEmpty)
      let double = try await server.client.request(
        .POST, Self.configMaps + "?fieldValidation=Strict", body: #"{"metadata":{"name":"b"},"data":{},"data":{}}"#)
      #expect(double.text.contains("duplicate field \\\"data\\\""), "\(double.text)")
    }
  }

  @Test func largeBodiesAreRefused() async throws {
    var limits = APIServerLimits()
    limits.body = 1000
    try await TestServer.run(limits: limits) { server in
      let object: JSONValue = ["metadata": ["name": "a"], "data": ["x": .string(String(repeating: "x", count: 2000))]]
      let answer = try await server.client.post(Self.configMaps, object)
      #expect(answer.status == 413)
    }
  }

  @Test func writesWithOldVersionsConflict() async throws {
    try await TestServer.run { server in
      let created = try await server.client.post(Self.configMaps, ["metadata": ["name": "a"]])
      var object = created.json
      object["data"] = ["x": "1"]
      let path = Self.configMaps + "/a"
      let headers = [("Content-Type", "application/json")]
      #expect(try await server.client.request(.PUT, path, headers: headers, body: object.jsonText).status == 200)
      let late = try await server.client.request(.PUT, path, headers: headers, body: object.jsonText)
      #expect(late.status == 409 && late.json["reason"] == "Conflict", "\(late.text)")
      let version = created.json["metadata"]?["resourceVersion"] ?? ""
      let patch: JSONValue = ["metadata": ["resourceVersion": version], "data": ["y": "1"]]
      let patched = try await server.client.request(
        .PATCH, path, headers: [("Content-Type", "application/merge-patch+json")], body: patch.jsonText)
      #expect(patched.status == 409, "\(patched.text)")
      let apply = try await server.client.request(
        .PATCH, path, headers: [("Content-Type", "application/apply-patch+yaml")], body: "{}")
      #expect(apply.status == 415)
    }
  }

  @Test func generatedNamesAndEviction() async throws {
    try await TestServer.run { server in
      let pod: JSONValue = [
        "metadata": ["generateName": "p-"], "spec": ["containers": [["name": "c", "image": "host"]]],
      ]
      let created = try await server.client.post("/api/v1/namespaces/default/pods", pod)
      let name = try #require(created.json["metadata"]?["name"]?.string)
      #expect(name.hasPrefix("p-") && name.count > 2)
      let eviction: JSONValue = ["deleteOptions": ["gracePeriodSeconds": 0]]
      let evicted = try await server.client.post("/api/v1/namespaces/default/pods/\(name)/eviction", eviction)
      #expect(evicted.status == 201, "\(evicted.text)")
      #expect(server.store.objects(.pods, namespace: nil).isEmpty)
    }
  }

  @Test func tablesAndMetadata() async throws {
    try await TestServer.run { server in
      _ = try await server.client.post(Self.configMaps, ["metadata": ["name": "a"], "data": ["x": "1"]])
      let accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
      let table = try await server.client.get(Self.configMaps, accept: accept).json
      #expect(table["kind"] == "Table" && table["apiVersion"] == "meta.k8s.io/v1")
      #expect(table["columnDefinitions"]?.array?.first?["format"] == "name")
      let row = table["rows"]?.array?.first
      #expect(row?["cells"]?.array?.first == "a" && row?["object"]?["kind"] == "PartialObjectMetadata")
      let bare = try await server.client.get(Self.configMaps + "?includeObject=None", accept: accept).json
      #expect(bare["rows"]?.array?.first?["object"] == nil)
      let metadata = try await server.client.get(
        Self.configMaps, accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
      #expect(metadata.json["kind"] == "PartialObjectMetadataList" && !metadata.text.contains("\"data\""))
      #expect(try await server.client.get(Self.configMaps, accept: "text/html").status == 406)
    }
  }

  @Test func collectionsAreDeletedBySelector() async throws {
    try await TestServer.run { server in
      for name in ["a", "b"] {
        let object: JSONValue = ["metadata": ["name": .string(name), "labels": ["l": .string(name)]]]
        _ = try await server.client.post(Self.configMaps, object)
      }
      let answer = try await server.client.request(.DELETE, Self.configMaps + "?labelSelector=l%3Da")
      #expect(answer.json["items"]?.array?.count == 1)
      #expect(server.store.objects(.configMaps, namespace: nil).map(\.metadata.name) == ["b"])
    }
  }

  @Test func discoveryInBothForms() async throws {
    try await TestServer.run { server in
      let aggregated = try await server.client.get("/apis", accept: AggregatedDiscovery.mediaType + ",application/json")
      #expect(aggregated.headers["Content-Type"].first == AggregatedDiscovery.mediaType)
      #expect(aggregated.json["items"]?.array?.contains { $0["metadata"]?["name"] == "apps" } == true)
      #expect(try await server.client.get("/apis").json["kind"] == "APIGroupList")
      #expect(try await server.client.get("/api").json["versions"] == ["v1"])
      #expect(try await server.client.get("/apis/apps").json["preferredVersion"]?["version"] == "v1")
      #expect(try await server.client.get("/apis/apps/v1").json["kind"] == "APIResourceList")
      #expect(try await server.client.get("/apis/none/v1").status == 404)
      #expect(try await server.client.get("/openapi/v3").json["paths"]?["api/v1"] != nil)
    }
  }
}
