// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// Services that exist, and why nobody is behind them.
@Suite("Explain: endpoints") struct ExplainEndpointTests {
  static func headless(_ selector: [String: String]?, _ more: JSONValue = [:]) -> KubeObject {
    var spec: JSONValue = ["clusterIP": "None", "clusterIPs": ["None"], "ports": [["name": "db", "port": 3306]]]
    if let selector { spec["selector"] = JSONValue(selector) }
    for (member, value) in more.object ?? [:] { spec[member] = value }
    return Cluster.service("db", spec)
  }

  /// What is said of `db.default.svc.cluster.local`.
  static func check(
    _ objects: KubeObject..., verdict: Explanation.Verdict = .nameError, causes: [FindingCode],
    notes: [FindingCode] = [], kinds: Set<APIResource> = NameExplainer.kinds, saying texts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let world = ExplainWorld([Cluster.namespace("default"), Cluster.namespace("other")] + objects, kinds: kinds)
    var expected = Expected("db.default.svc.cluster.local", verdict, causes, notes: notes)
    expected.texts = texts
    try expected.check(world, sourceLocation: sourceLocation)
  }

  // MARK: The selector

  @Test func noPodAtAll() throws {
    try Self.check(Self.headless(["app": "db"]), causes: [.selectorMatchesNothing], saying: "there is no pod in")
  }

  @Test("Of several pods, the one with most labels is the nearest, and its differing label is named")
  func nearestLabel() throws {
    try Self.check(
      Self.headless(["app": "db", "tier": "back", "track": "stable"]),
      Objects.pod("far", labels: ["app": "web", "tier": "front", "track": "stable"], ip: "10.244.0.2"),
      Objects.pod("near", labels: ["app": "db", "tier": "bakc", "track": "stable"], ip: "10.244.0.3"),
      causes: [.selectorMatchesNothing],
      saying: "the nearest, Pod default/near, has tier=bakc",
      "set spec.selector[tier] of Service default/db to \"bakc\"",
      "or set metadata.labels[tier] of Pod default/near to \"back\"")
  }

  @Test func labelMissing() throws {
    try Self.check(
      Self.headless(["app": "db", "tier": "back"]), Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2"),
      causes: [.selectorMatchesNothing], saying: "has no label tier", "remove tier from spec.selector")
  }

  @Test func unrelatedPods() throws {
    try Self.check(
      Self.headless(["app": "db"]), Objects.pod("x", labels: ["run": "x"], ip: "10.244.0.2"),
      causes: [.selectorMatchesNothing], saying: "no pod in namespace \"default\" has any of these keys")
  }

  @Test func scaledToZero() throws {
    try Self.check(
      Self.headless(["app": "db"]), Objects.workload(.statefulSets, "db", labels: ["app": "db"], ["replicas": 0]),
      causes: [.scaledToZero], saying: "StatefulSet default/db would make pods")
  }

  // MARK: Pods that are not ready

  @Test("What keeps a pod from being ready", arguments: [
    (
      .readinessProbe,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
        spec: ["containers": [["name": "c", "readinessProbe": ["httpGet": ["port": 8080, "path": "/ready"]]]]],
        status: Objects.runs()),
      "is not ready: its container \"c\" runs, and its readinessProbe does not pass: GET :8080/ready"
    ),
    (
      .startupProbe,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
        spec: ["containers": [["name": "c", "startupProbe": ["exec": ["command": ["mysqladmin", "ping"]]]]]],
        status: Objects.runs(started: false)),
      "is not ready: its container \"c\" runs, and its startupProbe has not passed yet: exec mysqladmin ping"
    ),
    (
      .podNotReady,
      Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false, status: Objects.runs()),
      "is not ready, as its container \"c\" is not, which runs"
    ),
    (
      .containerWaiting,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
        status: [
          "containerStatuses": [
            [
              "name": "c", "ready": false, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
              "lastState": ["terminated": ["exitCode": 3, "reason": "Error"]],
            ]
          ]
        ]), "is not ready: its container \"c\" waits with CrashLoopBackOff; the last time it ended with exit code 3"
    ),
    (
      .containerEnded,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
        status: [
          "containerStatuses": [["name": "c", "ready": false, "state": ["terminated": ["exitCode": 1]]]]
        ]), "is not ready: its container \"c\" has ended with exit code 1"
    ),
    (
      .initContainer,
      Objects.pod(
        "db-0", labels: ["app": "db"], isReady: false, spec: ["initContainers": [["name": "setup"]]],
        status: [
          "initContainerStatuses": [["name": "setup", "ready": false, "state": ["running": [:]]]],
          "containerStatuses": [["name": "c", "ready": false, "state": ["waiting": ["reason": "PodInitializing"]]]],
        ]), "is not ready: its init container \"setup\" still runs"
    ),
    (
      .readinessGate,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false,
        spec: ["readinessGates": [["conditionType": "example.com/in"]]],
        status: [
          "containerStatuses": [["name": "c", "ready": true, "state": ["running": [:]]]],
          "conditions": [["type": "Ready", "status": "False"], ["type": "ContainersReady", "status": "True"]],
        ]), "is not ready: its readiness gate example.com/in is not met: the condition is not there"
    ),
    (
      .podUnscheduled,
      Objects.pod(
        "db-0", labels: ["app": "db"], isReady: false,
        status: [
          "phase": "Pending",
          "conditions": [["type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"]],
        ]), "has no node to run on: 0/1 nodes are available"
    ),
    (.podNotReady, Objects.pod("db-0", labels: ["app": "db"], isReady: false), "has no address yet"),
    (
      .podTerminating, Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2", isEnding: true), "is being deleted"
    ),
    (
      .podEnded,
      Objects.pod(
        "db-0", labels: ["app": "db"], ip: "10.244.0.2", status: ["phase": "Failed", "message": "evicted"]),
      "has ended with the phase Failed: evicted"
    ),
    (
      .endpointsMissing, Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2"),
      "is ready, and stands in no EndpointSlice"
    ),
  ] as [(FindingCode, KubeObject, String)])
  func unready(code: FindingCode, pod: KubeObject, text: String) throws {
    try Self.check(Self.headless(["app": "db"]), pod, causes: [code], saying: "✗ Pod default/db-0 \(text)")
    guard code != .endpointsMissing else { return }
    // The same where the pod stands in a slice as not ready.
    try Self.check(
      Self.headless(["app": "db"]), pod,
      Objects.slice("db-a", of: "db", .init(address: "10.244.0.2", pod: "db-0", isReady: false)),
      causes: [code], saying: "✗ Pod default/db-0 \(text)")
  }

  @Test("Some are ready: who is not, is a note")
  func partly() throws {
    try Self.check(
      Self.headless(["app": "db"]), Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2"),
      Objects.pod("db-1", labels: ["app": "db"], ip: "10.244.0.3", isReady: false, status: Objects.runs()),
      Objects.slice(
        "db-a", of: "db", .init(address: "10.244.0.2", pod: "db-0"),
        .init(address: "10.244.0.3", pod: "db-1", isReady: false)),
      verdict: .answers, causes: [], notes: [.podNotReady], saying: "has one endpoint: Pod db-0", "· Pod default/db-1")
  }

  @Test func publishNotReadyAddresses() throws {
    try Self.check(
      Self.headless(["app": "db"], ["publishNotReadyAddresses": true]),
      Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2", isReady: false, status: Objects.runs()),
      Objects.slice("db-a", of: "db", .init(address: "10.244.0.2", pod: "db-0", isReady: false)),
      verdict: .answers, causes: [], notes: [.publishesNotReady])
  }

  @Test("A ClusterIP answers all the same: that connections are refused, and why, are notes")
  func clusterIP() throws {
    try Self.check(
      Cluster.service("db", ["clusterIPs": ["10.96.0.9"], "selector": ["app": "db"], "ports": [["port": 80]]]),
      Objects.pod("x", labels: ["app": "bd"], ip: "10.244.0.2"),
      verdict: .answers, causes: [], notes: [.noReadyEndpoints, .selectorMatchesNothing], saying: "has app=bd")
  }

  // MARK: Slices that others write

  @Test func withoutSelectorAndSlices() throws {
    try Self.check(Self.headless(nil), causes: [.noSelector], saying: "give Service default/db a selector, or write")
  }

  @Test func sliceWithoutLabel() throws {
    try Self.check(
      Self.headless(nil), Objects.slice("mine", of: nil, .init(address: "10.0.0.1")),
      causes: [.sliceWithoutService, .noSelector],
      saying: "label EndpointSlice default/mine kubernetes.io/service-name=db")
  }

  @Test func sliceOfAMisspeltService() throws {
    try Self.check(
      Self.headless(nil), Objects.slice("mine", of: "bd", .init(address: "10.0.0.1")),
      causes: [.sliceOfNoService, .noSelector], saying: "belongs to \"bd\", which is no Service")
  }

  @Test func endpointsThatAreNoPods() throws {
    try Self.check(
      Self.headless(nil), Objects.slice("mine", of: "db", .init(address: "10.0.0.1", isReady: false)),
      causes: [.endpointNotReady], saying: "conditions.ready of 10.0.0.1 to true")
    try Self.check(
      Self.headless(nil),
      Objects.slice("mine", of: "db", .init(address: "10.0.0.1", isReady: false, isTerminating: true)),
      causes: [.endpointTerminating])
  }

  @Test func onlyTheOtherFamily() throws {
    try Self.check(
      Self.headless(nil), Objects.slice("mine", of: "db", family: "IPv6", .init(address: "fd00::1")),
      verdict: .noData, causes: [.familyMissing], saying: "has endpoints with IPv6 addresses only")
  }

  @Test("Where pods are not read, nothing is said of them")
  func withoutPods() throws {
    try Self.check(
      Self.headless(["app": "db"]), causes: [.endpointsMissing], notes: [.objectsUnread],
      kinds: [.namespaces, .services, .endpointSlices],
      saying: "kubectl get pods -n default -l app=db")
  }
}
