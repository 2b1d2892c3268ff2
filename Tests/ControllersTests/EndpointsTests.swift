// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// The legacy Endpoints of Services, and the slices that mirror Endpoints of users.
@Suite struct EndpointsTests {
  @Test func readyAndOtherAddressesAreKeptApart() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, EndpointSliceTests.service("web", ["clusterIP": "None"], labels: ["a": "b"]))
    for (name, ip, isReady) in [("x", "10.244.0.10", true), ("y", "10.244.0.9", true), ("z", "10.244.0.8", false)] {
      let pod = try await cluster.create(
        .pods,
        podManifest(name, labels: EndpointSliceTests.web, spec: ["hostname": .string(name), "subdomain": "web"]))
      try await cluster.setReady(Pod(pod), isReady, ip: ip)
    }
    let reconciler = EndpointsReconciler(cluster.access)
    try await cluster.settle([reconciler])
    let endpoints = try #require(cluster.object(.endpoints, "web"))
    let subset = try #require(endpoints["subsets"]?.array?.first)
    #expect(subset["addresses"]?.array?.map { $0["ip"] } == ["10.244.0.9", "10.244.0.10"])
    #expect(subset["addresses"]?.array?.map { $0["hostname"] } == ["y", "x"])
    #expect(subset["notReadyAddresses"]?.array?.map { $0["ip"] } == ["10.244.0.8"])
    #expect(subset["ports"]?.array?.map { $0["port"] } == [80])
    #expect(endpoints.metadata.labels["a"] == "b")
    #expect(endpoints.metadata.labels["service.kubernetes.io/headless"] == "")

    // A pod that ends is no longer an address at all; when the Service goes, so do its Endpoints.
    try await cluster.delete(.pods, "y")
    #expect(try await cluster.settle([reconciler]) == 1)
    #expect(cluster.object(.endpoints, "web")?["subsets"]?.array?.first?["addresses"]?.array?.count == 1)
    try await cluster.delete(.services, "web")
    try await cluster.settle([reconciler])
    #expect(cluster.object(.endpoints, "web") == nil)
  }

  @Test func moreThanAThousandAddressesAreCut() throws {
    let service = Service(
      KubeObject(["spec": ["selector": ["a": "b"], "ports": [["port": 80]]]], of: .services))
    let pods = (0..<1200).map { index in
      Pod(
        KubeObject(
          [
            "metadata": ["name": .string("p\(index)"), "labels": ["a": "b"]],
            "status": [
              "podIP": .string("10.244.\(index / 250).\(index % 250)"),
              "conditions": [["type": "Ready", "status": index < 900 ? "True" : "False"]],
            ],
          ], of: .pods))
    }
    let subsets = EndpointSubsets(of: service, pods: pods)
    #expect(subsets.isTruncated)
    #expect(subsets.subsets.map(\.ready.count) == [900] && subsets.subsets.map(\.notReady.count) == [100])
  }

  private func mirrors(_ cluster: TestCluster) -> [EndpointSlice] {
    cluster.store.objects(.endpointSlices, namespace: "default").map { EndpointSlice($0) }
  }

  @Test func endpointsOfUsersAreMirrored() async throws {
    let cluster = try await TestCluster()
    let reconciler = EndpointSliceMirroringReconciler(cluster.access)
    try await cluster.create(.services, ["metadata": ["name": "out"], "spec": ["ports": [["port": 80]]]])
    let endpoints = try await cluster.create(
      .endpoints,
      [
        "metadata": ["name": "out", "labels": ["team": "x"]],
        "subsets": [
          [
            "addresses": [["ip": "192.0.2.1", "hostname": "one"], ["ip": "2001:db8::1"]],
            "notReadyAddresses": [["ip": "192.0.2.2"]], "ports": [["port": 8080]],
          ]
        ],
      ])
    try await cluster.settle([reconciler])
    let found = mirrors(cluster).map { slice in
      "\(slice.addressType) " + slice.endpoints.map { "\($0.addresses[0])=\($0.isReady)" }.joined(separator: " ")
    }
    #expect(found.sorted() == ["IPv4 192.0.2.1=true 192.0.2.2=false", "IPv6 2001:db8::1=true"])
    let slice = try #require(mirrors(cluster).first { $0.addressType == "IPv4" })
    #expect(slice.endpoints[0].hostname == "one" && slice.ports.map(\.port) == [8080])
    #expect(slice.metadata.controller == OwnerReference(controller: endpoints))
    #expect(
      slice.metadata.labels == [
        "team": "x", "kubernetes.io/service-name": "out",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
      ])
    #expect(try await cluster.settle([reconciler]) == 0)

    // With a selector the Service has slices of its own.
    try await cluster.change(.services, "out") { $0["spec", default: [:]]["selector"] = ["app": "out"] }
    try await cluster.settle([reconciler])
    #expect(mirrors(cluster).isEmpty)
  }

  @Test(arguments: [
    ["labels": ["endpointslice.kubernetes.io/skip-mirror": "true"]] as JSONValue,
    ["annotations": ["control-plane.alpha.kubernetes.io/leader": "{}"]],
  ])
  func someEndpointsAreNotMirrored(_ metadata: JSONValue) async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, ["metadata": ["name": "out"], "spec": ["ports": [["port": 80]]]])
    var metadata = metadata
    metadata["name"] = "out"
    try await cluster.create(
      .endpoints, ["metadata": metadata, "subsets": [["addresses": [["ip": "192.0.2.1"]], "ports": [["port": 80]]]]])
    try await cluster.settle([EndpointSliceMirroringReconciler(cluster.access)])
    #expect(mirrors(cluster).isEmpty)
  }
}
