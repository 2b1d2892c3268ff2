// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@testable import APIServer

@Suite struct RoutingTests {
  @Test(arguments: [
    ("/version", .version), ("/api", .coreVersions), ("/apis", .groups), ("/apis/apps", .group("apps")),
    ("/api/v1", .resources(group: "", version: "v1")), ("/apis/apps/v1/", .resources(group: "apps", version: "v1")),
    ("/readyz", .health(endpoint: "readyz", check: nil)), ("/readyz/dns", .health(endpoint: "readyz", check: "dns")),
    ("/openapi/v3", .openAPI(document: nil)), ("/openapi/v3/apis/apps/v1", .openAPI(document: "apis/apps/v1")),
    ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", .review("SelfSubjectAccessReview")),
  ] as [(String, RequestPath)])
  func documents(path: String, expected: RequestPath) {
    #expect(RequestPath(path) == expected)
  }

  @Test(arguments: [
    ("/api/v1/pods", .pods, nil, nil, nil),
    ("/api/v1/namespaces", .namespaces, nil, nil, nil),
    ("/api/v1/namespaces/a", .namespaces, nil, "a", nil),
    ("/api/v1/namespaces/a/status", .namespaces, nil, "a", "status"),
    ("/api/v1/namespaces/a/pods", .pods, "a", nil, nil),
    ("/api/v1/namespaces/a/pods/p", .pods, "a", "p", nil),
    ("/api/v1/namespaces/a/pods/p/log", .pods, "a", "p", "log"),
    ("/api/v1/namespaces/a/services/s%2Dx", .services, "a", "s-x", nil),
    ("/apis/apps/v1/namespaces/a/deployments/d/scale", .deployments, "a", "d", "scale"),
    ("/apis/discovery.k8s.io/v1/endpointslices", .endpointSlices, nil, nil, nil),
    ("/api/v1/nodes/n", .nodes, nil, "n", nil),
  ] as [(String, APIResource, String?, String?, String?)])
  func objects(path: String, resource: APIResource, namespace: String?, name: String?, part: String?) throws {
    guard case .objects(let found) = RequestPath(path) else {
      Issue.record("\(path) is not a path of objects")
      return
    }
    #expect(found.resource == resource)
    #expect(found.namespace == namespace)
    #expect(found.name == name)
    #expect(found.subresource == part)
  }

  @Test(arguments: [
    "/", "/metrics", "/api/v1/nothing", "/apis/apps/v1/pods", "/api/v1/pods/p", "/api/v1/namespaces/a/nodes/n/x/y",
    "/apis/apps/v2/deployments", "/api/v1/pods/%zz", "/api/v1/namespaces/a/pods/p/log/more", "/version/x",
  ])
  func nothingThere(path: String) {
    #expect(RequestPath(path) == nil)
  }

  @Test func queries() throws {
    let query = Query("labelSelector=app%3Dweb%2Ctier+in+(a,b)&watch&limit=5&empty=&limit=6")
    #expect(query["labelSelector"] == "app=web,tier in (a,b)")
    #expect(query.flag("watch"))
    #expect(try query.number("limit") == 5)
    #expect(query["empty"] == nil && query.has("empty"))
    #expect(try query.labelSelector().requirements == [.equals("app", "web"), .oneOf("tier", ["a", "b"])])
    #expect(throws: StatusError.self) { try Query("limit=-1").number("limit") }
    #expect(throws: StatusError.self) { try Query("dryRun=Some").isDryRun() }
    #expect(throws: StatusError.self) { try Query("fieldSelector=spec.x=1").fieldSelector(for: .pods) }
  }

  @Test(arguments: [
    (nil, .objects, .json), ("", .objects, .json), ("*/*", .objects, .json), ("application/json", .objects, .json),
    ("application/vnd.kubernetes.protobuf,application/json", .objects, .protobuf),
    ("application/json,application/vnd.kubernetes.protobuf", .objects, .json),
    ("application/vnd.kubernetes.protobuf;stream=watch", .objects, .protobuf),
    ("application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", .metadata, .protobuf),
    ("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1, application/json", .objects, .json),
    ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", .table, .json),
    ("application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json", .objects, .json),
    ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", .metadata, .json),
    ("application/json;q=0.1, application/json;as=Table;g=meta.k8s.io;v=v1;q=0.9", .table, .json),
  ] as [(String?, ResponseForm.Content, ResponseForm.Encoding)])
  func forms(accept: String?, content: ResponseForm.Content, encoding: ResponseForm.Encoding) throws {
    #expect(try ResponseForm(accept: accept) == ResponseForm(content, encoding))
  }

  @Test func noFormFits() {
    let table = "application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1"
    for accept in ["text/html, application/json;q=0", table] {
      let error = #expect(throws: StatusError.self) { try ResponseForm(accept: accept) }
      #expect(error?.code == 406)
    }
  }

  @Test func continueTokens() throws {
    let object = KubeObject(["metadata": ["name": "b", "namespace": "n"]], of: .configMaps)
    let token = ContinueToken(version: 7, after: object)
    #expect(ContinueToken(token.text) == token)
    #expect(ContinueToken("nonsense") == nil)
    #expect(!token.isBefore(object))
    #expect(token.isBefore(KubeObject(["metadata": ["name": "a", "namespace": "o"]], of: .configMaps)))
  }
}
