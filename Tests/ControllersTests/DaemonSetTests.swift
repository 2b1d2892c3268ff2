// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import OrderedCollections
import Testing

@testable import Controllers

@Suite struct DaemonSetTests {
  private static func manifest(_ spec: [String: JSONValue] = [:], pod: [String: JSONValue] = [:]) -> JSONValue {
    var podSpec: JSONValue = ["containers": [["name": "main", "image": "host"]]]
    for (member, value) in pod { podSpec[member] = value }
    var manifest: JSONValue = [
      "metadata": ["name": "agent"],
      "spec": [
        "selector": ["matchLabels": ["app": "agent"]],
        "template": ["metadata": ["labels": ["app": "agent"]], "spec": podSpec],
      ],
    ]
    for (member, value) in spec { manifest["spec"]?[member] = value }
    return manifest
  }

  private func node(_ cluster: TestCluster, _ name: String, labels: [String: String] = [:]) async throws {
    try await cluster.create(.nodes, ["metadata": ["name": .string(name), "labels": JSONValue(labels)]])
  }

  /// The nodes of the set's living pods.
  private func places(_ cluster: TestCluster) -> [String] {
    cluster.store.objects(.pods, namespace: "default").map { Pod($0) }.filter(\.isActive).map(\.nodeName).sorted()
  }

  private func status(_ cluster: TestCluster) -> [String: Int64] {
    let status = cluster.object(.daemonSets, "agent")?["status"]?.object ?? [:]
    return Dictionary(uniqueKeysWithValues: status.compactMap { name, value in value.int.map { (name, $0) } })
  }

  private func change(_ cluster: TestCluster, image: String) async throws {
    try await cluster.change(.daemonSets, "agent") { root in
      root["spec"]?["template"]?["spec"]?["containers"] = [["name": "main", "image": .string(image)]]
    }
  }

  private func images(_ cluster: TestCluster) -> [String] {
    cluster.store.objects(.pods, namespace: "default").map { Pod($0) }.filter(\.isActive)
      .compactMap { $0.containers.first?["image"]?.string }.sorted()
  }

  @Test func everyNodeHasAPod() async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "one")
    let set = try await cluster.create(.daemonSets, Self.manifest())
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["one"])
    #expect(status(cluster)["numberReady"] == 0 && status(cluster)["numberUnavailable"] == 1)
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(status(cluster) == [
      "desiredNumberScheduled": 1, "currentNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 1,
      "updatedNumberScheduled": 1, "numberAvailable": 1, "observedGeneration": 1,
    ])
    let pod = Pod(try #require(cluster.store.objects(.pods, namespace: "default").first))
    #expect(pod.metadata.controller == OwnerReference(controller: set))
    let revision = try #require(cluster.object(.controllerRevisions, cluster.names(.controllerRevisions)[0]))
    let hash = revision.metadata.labels["controller.kubernetes.io/hash"]
    #expect(hash != nil && pod.metadata.labels["controller-revision-hash"] == hash)
    #expect(try await cluster.settle([reconciler]) == 0)

    try await node(cluster, "two")
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["one", "two"])
  }

  @Test(
    "only nodes that fit",
    arguments: [
      (["nodeSelector": ["disk": "fast"]], ["b"]), (["nodeName": "a"], ["a"]),
      (affinity(["key": "disk", "operator": "In", "values": ["fast", "slow"]]), ["b", "c"]),
      (affinity(["key": "disk", "operator": "NotIn", "values": ["fast"]]), ["a", "c"]),
      (affinity(["key": "disk", "operator": "DoesNotExist"]), ["a"]),
      (affinity(["key": "disk", "operator": "Exists"]), ["b", "c"]),
      (affinity(["key": "cores", "operator": "Gt", "values": ["3"]]), ["c"]),
      (affinity(["key": "cores", "operator": "Lt", "values": ["3"]]), ["b"]),
      (affinity(["key": "metadata.name", "operator": "In", "values": ["c"]], "matchFields"), ["c"]),
    ] as [([String: JSONValue], [String])])
  func fitting(pod: [String: JSONValue], expected: [String]) async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "a")
    try await node(cluster, "b", labels: ["disk": "fast", "cores": "2"])
    try await node(cluster, "c", labels: ["disk": "slow", "cores": "4"])
    try await cluster.create(.daemonSets, Self.manifest(pod: pod))
    try await cluster.settle([DaemonSetReconciler(cluster.access)])
    #expect(places(cluster) == expected)
    #expect(status(cluster)["desiredNumberScheduled"] == Int64(expected.count))
  }

  private static func affinity(_ requirement: JSONValue, _ member: String = "matchExpressions") -> [String: JSONValue] {
    let terms: JSONValue = [[member: [requirement]]]
    return [
      "affinity": ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": terms]]]
    ]
  }

  @Test func aNodeThatNoLongerFitsLosesItsPod() async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "one", labels: ["role": "edge"])
    try await cluster.create(.daemonSets, Self.manifest(pod: ["nodeSelector": ["role": "edge"]]))
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.change(.nodes, "one") { $0["metadata"]?["labels"] = ["role": "core"] }
    try await cluster.settle([reconciler])
    #expect(places(cluster) == [])
    #expect(status(cluster)["numberMisscheduled"] == 1 && status(cluster)["desiredNumberScheduled"] == 0)
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(status(cluster)["numberMisscheduled"] == 0)
  }

  @Test func aPodWithoutANodeIsNotMisscheduled() async throws {
    let set = DaemonSet(KubeObject(try #require(Self.manifest().object), of: .daemonSets))
    let pod = Pod(KubeObject(["metadata": ["name": "adrift"]], of: .pods))
    let plan = DaemonSetPlan(set: set, nodes: [], pods: [pod], hash: "h", now: try await TestCluster().now)
    #expect(plan.actions == [] && plan.status == DaemonSetPlan.Status())
  }

  @Test func aDeletedPodIsReplacedOnceItIsGone() async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "one")
    try await cluster.create(.daemonSets, Self.manifest())
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    let first = cluster.names(.pods)
    try await cluster.delete(.pods, first[0])
    try await cluster.settle([reconciler])
    #expect(cluster.names(.pods) == first, "it ends, and keeps its place")
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(cluster.names(.pods).count == 1 && cluster.names(.pods) != first)
    // One that has ended by itself goes, too.
    let second = cluster.names(.pods)
    try await cluster.change(.pods, second[0], status: true) { $0["status"]?["phase"] = "Failed" }
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(cluster.names(.pods).count == 1 && cluster.names(.pods) != second)
  }

  @Test func oneNodeAfterTheOtherGetsTheNewTemplate() async throws {
    let cluster = try await TestCluster()
    for name in ["a", "b", "c"] { try await node(cluster, name) }
    try await cluster.create(.daemonSets, Self.manifest())
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    try await change(cluster, image: "new")
    for replaced in 1...3 {
      try await cluster.settle([reconciler])
      #expect(places(cluster).count == 2, "one at a time")
      try await cluster.runNode()
      try await cluster.settle([reconciler])
      #expect(images(cluster).count { $0 == "new" } == replaced)
      #expect(places(cluster) == ["a", "b", "c"])
      try await cluster.runNode()
    }
    try await cluster.settle([reconciler])
    #expect(images(cluster) == ["new", "new", "new"])
    #expect(status(cluster)["updatedNumberScheduled"] == 3 && status(cluster)["numberAvailable"] == 3)
    // A rollback takes up the old revision again.
    try await change(cluster, image: "host")
    try await cluster.settle([reconciler])
    #expect(cluster.names(.controllerRevisions).count == 2)
  }

  @Test func aPodThatIsNotAvailableIsReplacedAtOnce() async throws {
    let cluster = try await TestCluster()
    for name in ["a", "b", "c"] { try await node(cluster, name) }
    try await cluster.create(.daemonSets, Self.manifest())
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await change(cluster, image: "new")
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(images(cluster) == ["new", "new", "new"])
  }

  @Test func onDeleteLeavesPodsAlone() async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "one")
    try await cluster.create(.daemonSets, Self.manifest(["updateStrategy": ["type": "OnDelete"]]))
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await change(cluster, image: "new")
    try await cluster.settle([reconciler])
    #expect(images(cluster) == ["host"])
    #expect(status(cluster)["updatedNumberScheduled"] == nil)
    try await cluster.delete(.pods, cluster.names(.pods)[0], grace: 0)
    try await cluster.settle([reconciler])
    #expect(images(cluster) == ["new"])
  }

  @Test func withASurgeTheNewPodComesFirst() async throws {
    let cluster = try await TestCluster()
    for name in ["a", "b"] { try await node(cluster, name) }
    try await cluster.create(
      .daemonSets,
      Self.manifest(["minReadySeconds": 10, "updateStrategy": ["rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]]]))
    let reconciler = DaemonSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    cluster.advance(seconds: 10)
    try await change(cluster, image: "new")
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["a", "a", "b"], "one node has two")
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["a", "a", "b"], "ready is not available yet")
    cluster.advance(seconds: 10)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["a", "b", "b"], "then the other")
    try await cluster.runNode()
    cluster.advance(seconds: 10)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    try await cluster.settle([reconciler])
    #expect(places(cluster) == ["a", "b"] && images(cluster) == ["new", "new"])
  }

  @Test func aDeletedSetTakesItsPodsAlong() async throws {
    let cluster = try await TestCluster()
    try await node(cluster, "one")
    try await cluster.create(.daemonSets, Self.manifest())
    let reconcilers: [any Reconciler] = [DaemonSetReconciler(cluster.access), GarbageCollector(cluster.access)]
    try await cluster.settle(reconcilers)
    try await cluster.delete(.daemonSets, "agent")
    try await cluster.settle(reconcilers)
    try await cluster.runNode()
    #expect(cluster.names(.pods) == [] && cluster.names(.controllerRevisions) == [])
  }
}
