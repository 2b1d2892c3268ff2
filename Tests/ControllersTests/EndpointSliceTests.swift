// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// EndpointSlices of Services with selectors, over a real store.
@Suite struct EndpointSliceTests {
  static let web = ["app": "web"]

  static func service(_ name: String, _ spec: [String: JSONValue] = [:], labels: [String: String] = [:]) -> JSONValue {
    var members: JSONValue = ["selector": ["app": "web"], "ports": [["port": 80]]]
    for (member, value) in spec { members[member] = value }
    return ["metadata": ["name": .string(name), "labels": JSONValue(labels)], "spec": members]
  }

  private func slices(_ cluster: TestCluster) -> [EndpointSlice] {
    cluster.store.objects(.endpointSlices, namespace: "default").map { EndpointSlice($0) }
  }

  @Test func aReadyPodIsAReadyEndpoint() async throws {
    let cluster = try await TestCluster()
    let service = try await cluster.create(.services, Self.service("web", labels: ["team": "a"]))
    let pod = try await cluster.create(.pods, podManifest("web-1", labels: Self.web))
    try await cluster.setReady(Pod(pod), true, ip: "10.244.0.7")
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])

    let slice = try #require(slices(cluster).first)
    #expect(slices(cluster).count == 1)
    #expect(slice.metadata.name.hasPrefix("web-"))
    #expect(
      slice.metadata.labels == [
        "team": "a", "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      ])
    #expect(slice.metadata.controller == OwnerReference(controller: service))
    #expect(slice.metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"] != nil)
    #expect(slice.object["ports"] == [["name": "", "protocol": "TCP", "port": 80]])
    #expect(
      slice.object["endpoints"]?.canonical == ([[
        "addresses": ["10.244.0.7"], "conditions": ["ready": true, "serving": true, "terminating": false],
        "nodeName": "callsign",
        "targetRef": [
          "kind": "Pod", "namespace": "default", "name": "web-1", "uid": .string(pod.metadata.uid),
        ],
      ]] as JSONValue).canonical)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var service: [String: JSONValue] = [:]
    var pod: [String: JSONValue] = [:]
    var phase = "Running"
    var isReady = true
    var isDeleted = false
    /// `ready serving terminating hostname`; nil where there is no endpoint.
    var expected: String?
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "not ready", isReady: false, expected: "false false false -"),
    Case(
      name: "not ready, published", service: ["publishNotReadyAddresses": true], isReady: false,
      expected: "true false false -"),
    Case(name: "ending but serving", isDeleted: true, expected: "false true true -"),
    Case(
      name: "ending, published", service: ["publishNotReadyAddresses": true], isDeleted: true,
      expected: "true true true -"),
    Case(name: "succeeded", phase: "Succeeded", expected: nil),
    Case(name: "failed", phase: "Failed", isReady: false, expected: nil),
    Case(name: "hostname and subdomain", pod: ["hostname": "a", "subdomain": "web"], expected: "true true false a"),
    Case(name: "hostname alone", pod: ["hostname": "a"], expected: "true true false -"),
    Case(name: "subdomain alone", pod: ["subdomain": "web"], expected: "true true false -"),
    Case(name: "other subdomain", pod: ["hostname": "a", "subdomain": "db"], expected: "true true false -"),
  ])
  func conditionsAndHostnames(_ test: Case) async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web", test.service))
    let pod = try await cluster.create(.pods, podManifest("p", labels: Self.web, spec: test.pod))
    try await cluster.setReady(Pod(pod), test.isReady)
    try await cluster.change(.pods, "p", status: true) { $0["status", default: [:]]["phase"] = .string(test.phase) }
    if test.isDeleted { try await cluster.delete(.pods, "p") }
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])
    let endpoints = slices(cluster).flatMap(\.endpoints).map {
      "\($0.isReady) \($0.isServing) \($0.isTerminating) \($0.hostname ?? "-")"
    }
    #expect(endpoints == [test.expected].compactMap(\.self))
    #expect(slices(cluster).count == 1)
  }

  @Test func aServiceWithoutPodsHasOneEmptySlice() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web", ["clusterIP": "None"]))
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])
    let slice = try #require(slices(cluster).first)
    #expect(slices(cluster).count == 1 && slice.endpoints.isEmpty && slice.addressType == "IPv4")
    #expect(slice.metadata.labels["service.kubernetes.io/headless"] == "")

    // The first pod goes into that slice, and the last one leaves it in place.
    let pod = try await cluster.create(.pods, podManifest("a", labels: Self.web))
    try await cluster.setReady(Pod(pod), true)
    #expect(try await cluster.settle([EndpointSliceReconciler(cluster.access)]) == 1)
    #expect(slices(cluster).map(\.metadata.name) == [slice.metadata.name])
    #expect(slices(cluster)[0].endpoints.count == 1)
    try await cluster.delete(.pods, "a", grace: 0)
    #expect(try await cluster.settle([EndpointSliceReconciler(cluster.access)]) == 1)
    #expect(slices(cluster).map(\.metadata.name) == [slice.metadata.name])
    #expect(slices(cluster)[0].endpoints.isEmpty)
  }

  @Test func namedTargetPortsAreLookedUpInEachPod() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(
      .services,
      Self.service(
        "web", ["ports": [["name": "http", "port": 80, "targetPort": "web"], ["name": "raw", "port": 81]]]))
    let ports: [(String, JSONValue?)] = [
      ("a", ["name": "web", "containerPort": 8080]), ("b", ["name": "web", "containerPort": 9090]),
      ("c", ["name": "web", "containerPort": 8080]), ("d", ["name": "web", "containerPort": 53, "protocol": "UDP"]),
      ("e", nil),
    ]
    for (name, port) in ports {
      let pod = try await cluster.create(.pods, podManifest(name, labels: Self.web, ports: port.map { [$0] } ?? []))
      try await cluster.setReady(Pod(pod), true)
    }
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])
    let found = slices(cluster).map { slice in
      slice.ports.map { "\($0.name)=\($0.port ?? 0)" }.joined(separator: " ") + ": "
        + slice.endpoints.compactMap { $0.pod?.name }.joined(separator: " ")
    }
    #expect(found.sorted() == ["http=8080 raw=81: a c", "http=9090 raw=81: b", "raw=81: d e"])
  }

  @Test func slicesHoldAHundredEndpointsAndChangeLittle() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web"))
    for index in 0..<250 {
      let pod = try await cluster.create(.pods, podManifest("p\(index)", labels: Self.web))
      try await cluster.setReady(Pod(pod), true)
    }
    let reconciler = EndpointSliceReconciler(cluster.access)
    #expect(try await cluster.settle([reconciler]) == 3)
    #expect(slices(cluster).map(\.endpoints.count).sorted() == [50, 100, 100])
    let before = Set(slices(cluster).map(\.metadata.name))

    let victim = Pod(try #require(cluster.object(.pods, "p17")))
    try await cluster.setReady(victim, false)
    #expect(try await cluster.settle([reconciler]) == 1)
    try await cluster.delete(.pods, "p17", grace: 0)
    #expect(try await cluster.settle([reconciler]) == 1)
    let pod = try await cluster.create(.pods, podManifest("new", labels: Self.web))
    try await cluster.setReady(Pod(pod), true)
    #expect(try await cluster.settle([reconciler]) == 1)
    #expect(Set(slices(cluster).map(\.metadata.name)) == before)
    #expect(slices(cluster).map(\.endpoints.count).sorted() == [50, 100, 100])
  }

  @Test func foreignSlicesAreLeftAlone() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web"))
    try await cluster.create(
      .endpointSlices,
      [
        "metadata": ["name": "mine", "labels": ["kubernetes.io/service-name": "web"]], "addressType": "IPv4",
        "endpoints": [["addresses": ["192.0.2.1"]]], "ports": [],
      ])
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])
    #expect(slices(cluster).count == 2)
    #expect(cluster.object(.endpointSlices, "mine")?["endpoints"]?.array?.count == 1)
  }

  @Test func editsOfOurSlicesAreTakenBack() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web"))
    let pod = try await cluster.create(.pods, podManifest("a", labels: Self.web))
    try await cluster.setReady(Pod(pod), true, ip: "10.244.0.9")
    let reconciler = EndpointSliceReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.change(.endpointSlices, slices(cluster)[0].metadata.name) { root in
      root["endpoints"] = [["addresses": ["192.0.2.1", "192.0.2.2"]], ["addresses": ["192.0.2.3"]]]
      root["metadata", default: [:]]["labels"] = [
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io", "more": "x",
      ]
    }
    try await cluster.settle([reconciler])
    #expect(slices(cluster).flatMap(\.endpoints).flatMap(\.addresses) == ["10.244.0.9"])
    #expect(slices(cluster)[0].metadata.labels["more"] == nil)
  }

  @Test func servicesWithoutSelectorGetNone() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, ["metadata": ["name": "free"], "spec": ["ports": [["port": 80]]]])
    try await cluster.create(
      .services, ["metadata": ["name": "out"], "spec": ["type": "ExternalName", "externalName": "example.org"]])
    try await cluster.settle([EndpointSliceReconciler(cluster.access), EndpointsReconciler(cluster.access)])
    #expect(slices(cluster).isEmpty)
    #expect(cluster.names(.endpoints).isEmpty)
  }

  @Test func aHeadlessServiceWithoutPortsHasAddresses() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.services, Self.service("web", ["clusterIP": "None", "ports": []]))
    let pod = try await cluster.create(.pods, podManifest("a", labels: Self.web))
    try await cluster.setReady(Pod(pod), true)
    try await cluster.settle([EndpointSliceReconciler(cluster.access)])
    #expect(slices(cluster).count == 1)
    #expect(slices(cluster)[0].endpoints.count == 1 && slices(cluster)[0].ports.isEmpty)
  }
}
