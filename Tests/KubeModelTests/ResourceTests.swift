// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@Suite("Kinds")
struct ResourceTests {
  @Test(
    "are found by what people call them",
    arguments: [
      ("pods", .pods), ("pod", .pods), ("po", .pods), ("PODS", .pods), ("svc", .services), ("sts", .statefulSets),
      ("deployments.apps", .deployments), ("endpointslices.discovery.k8s.io", .endpointSlices), ("ns", .namespaces),
      ("cm", .configMaps), ("pvc", .persistentVolumeClaims), ("ds", .daemonSets),
      ("pdb", .podDisruptionBudgets), ("netpol", .networkPolicies), ("jobs", nil),
    ] as [(String, APIResource?)])
  func called(name: String, resource: APIResource?) {
    #expect(APIResource.called(name) == resource)
  }

  @Test("are found by path and by type fields", arguments: APIResource.all)
  func found(resource: APIResource) {
    #expect(APIResource.named(group: resource.group, version: resource.version, plural: resource.plural) == resource)
    #expect(APIResource.of(apiVersion: resource.apiVersion, kind: resource.kind) == resource)
  }

  @Test("have names that no two share")
  func distinct() {
    let names = APIResource.all.flatMap { Set([$0.plural, $0.singular] + $0.shortNames) }
    #expect(Set(names).count == names.count)
  }

  @Test(
    "are not found where they are not served",
    arguments: [("v1", "Deployment"), ("apps/v1beta1", "Deployment"), ("", ""), ("a/b/c", "Pod")])
  func missing(apiVersion: String, kind: String) {
    #expect(APIResource.of(apiVersion: apiVersion, kind: kind) == nil)
  }

  @Test("are served where Kubernetes serves them")
  func paths() {
    #expect(APIResource.pods.path() == "/api/v1/pods")
    #expect(APIResource.pods.path(namespace: "n") == "/api/v1/namespaces/n/pods")
    #expect(APIResource.nodes.path(namespace: "n") == "/api/v1/nodes")
    #expect(APIResource.endpointSlices.path(namespace: "n") == "/apis/discovery.k8s.io/v1/namespaces/n/endpointslices")
  }

  @Test(
    "suggest the nearest spelling",
    arguments: [
      ("selecter", "selector"), ("selctor", "selector"), ("Selector", "selector"), ("sleector", "selector"),
      ("zzz", nil),
    ] as [(String, String?)])
  func spelling(word: String, nearest: String?) {
    #expect(SpellingDistance.nearest(to: word, among: ["ports", "selector", "type"]) == nearest)
  }
}
