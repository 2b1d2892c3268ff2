// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// Deployments and ReplicaSets over a real store and a node that the test plays.
@Suite struct DeploymentTests {
  static func manifest(_ spec: [String: JSONValue] = [:], env: String = "1") -> JSONValue {
    var members: JSONValue = [
      "replicas": 4, "selector": ["matchLabels": ["app": "web"]], "template": template(env),
    ]
    for (member, value) in spec { members[member] = value }
    return ["metadata": ["name": "web"], "spec": members]
  }

  static func template(_ env: String) -> JSONValue {
    [
      "metadata": ["labels": ["app": "web"]],
      "spec": [
        "containers": [["name": "main", "image": "host", "env": [["name": "E", "value": .string(env)]]]]
      ],
    ]
  }

  private static func reconcilers(_ cluster: TestCluster) -> [any Reconciler] {
    [DeploymentReconciler(cluster.access), ReplicaSetReconciler(cluster.access)]
  }

  private func pods(_ cluster: TestCluster) -> [Pod] {
    cluster.store.objects(.pods, namespace: "default").map { Pod($0) }
  }

  private func environment(_ pod: Pod) -> String {
    pod.containers[0]["env"]?.array?[0]["value"]?.string ?? ""
  }

  /// Runs the controllers and the node in turns until nothing changes; looks at every state between.
  private func finish(_ cluster: TestCluster, _ check: () -> Void = {}) async throws {
    for _ in 0..<60 {
      let before = cluster.store.version
      for reconciler in Self.reconcilers(cluster) {
        try await cluster.run(reconciler)
        check()
      }
      try await cluster.runNode()
      check()
      if cluster.store.version == before { return }
    }
    Issue.record("the Deployment does not settle")
  }

  private func condition(_ cluster: TestCluster, _ type: String) -> String {
    let conditions = cluster.object(.deployments, "web")?[at: "status", "conditions"]?.array ?? []
    let found = conditions.first { $0["type"]?.string == type }
    return "\(found?["status"]?.string ?? "-") \(found?["reason"]?.string ?? "-")"
  }

  @Test func aNewDeploymentGetsItsPods() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest())
    try await cluster.settle(Self.reconcilers(cluster))
    #expect(condition(cluster, "Available") == "False MinimumReplicasUnavailable")
    #expect(condition(cluster, "Progressing").hasPrefix("True "))
    try await finish(cluster)
    let set = ReplicaSet(try #require(cluster.store.objects(.replicaSets, namespace: "default").first))
    let hash = try #require(set.metadata.labels["pod-template-hash"])
    #expect(set.metadata.name == "web-\(hash)" && set.replicas == 4)
    #expect(set.selector.matches(["app": "web", "pod-template-hash": hash]))
    #expect(!set.selector.matches(["app": "web"]))
    for pod in pods(cluster) {
      #expect(pod.metadata.name.hasPrefix(set.metadata.name + "-"))
      #expect(pod.metadata.name.utf8.count == set.metadata.name.utf8.count + 6)
      #expect(pod.metadata.labels["pod-template-hash"] == hash)
    }
    let stored = try #require(cluster.object(.deployments, "web"))
    #expect(
      ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]
        .map { stored[at: "status", $0]?.int } == [4, 4, 4, 4])
    #expect(stored.metadata.annotations["deployment.kubernetes.io/revision"] == "1")
    #expect(stored[at: "status", "observedGeneration"]?.int == stored.metadata.generation)
    #expect(condition(cluster, "Available") == "True MinimumReplicasAvailable")
    #expect(condition(cluster, "Progressing") == "True NewReplicaSetAvailable")
    #expect(try await cluster.settle(Self.reconcilers(cluster)) == 0)
  }

  @Test(arguments: [(1, 0), (0, 1), (2, 1), (0, 0)])
  func updatesStayWithinTheirBounds(surge: Int64, unavailable: Int64) async throws {
    let cluster = try await TestCluster()
    try await cluster.create(
      .deployments,
      Self.manifest([
        "strategy": [
          "type": "RollingUpdate",
          "rollingUpdate": ["maxSurge": .int(surge), "maxUnavailable": .int(max(unavailable, surge == 0 ? 1 : 0))],
        ]
      ]))
    try await finish(cluster)
    try await cluster.change(.deployments, "web") { $0["spec", default: [:]]["template"] = Self.template("2") }
    let least = 4 - Int(max(unavailable, surge == 0 ? 1 : 0))
    try await finish(cluster) {
      let pods = pods(cluster)
      #expect(pods.count(where: { !$0.metadata.isBeingDeleted }) <= 4 + Int(surge))
      #expect(pods.count(where: { $0.isReady && !$0.metadata.isBeingDeleted }) >= least)
    }
    #expect(pods(cluster).map(environment) == ["2", "2", "2", "2"])
    #expect(
      cluster.object(.deployments, "web")?.metadata.annotations["deployment.kubernetes.io/revision"] == "2")
  }

  @Test func recreateWaitsUntilTheOldOnesAreGone() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest(["strategy": ["type": "Recreate"]]))
    try await finish(cluster)
    try await cluster.change(.deployments, "web") { $0["spec", default: [:]]["template"] = Self.template("2") }
    try await finish(cluster) { #expect(Set(pods(cluster).map(environment)).count <= 1) }
    #expect(pods(cluster).map(environment) == ["2", "2", "2", "2"])
  }

  @Test func aRollbackUsesTheOldReplicaSetAgain() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest())
    for version in ["1", "2", "1"] {
      try await cluster.change(.deployments, "web") { $0["spec", default: [:]]["template"] = Self.template(version) }
      try await finish(cluster)
    }
    #expect(cluster.names(.replicaSets).count == 2)
    let current = cluster.store.objects(.replicaSets, namespace: "default").map { ReplicaSet($0) }
      .first { $0.replicas == 4 }
    #expect(current?.revision == 3)
    #expect(current?.metadata.annotations["deployment.kubernetes.io/revision-history"] == "1")
  }

  @Test func theHighestRevisionNumberIsNoEnd() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest())
    try await finish(cluster)
    try await cluster.change(.replicaSets, cluster.names(.replicaSets)[0]) { root in
      root["metadata"]?["annotations"] = ["deployment.kubernetes.io/revision": .string(String(Int64.max))]
    }
    for version in ["2", "1"] {
      try await cluster.change(.deployments, "web") { $0["spec", default: [:]]["template"] = Self.template(version) }
      try await finish(cluster)
      #expect(pods(cluster).map(environment) == Array(repeating: version, count: 4))
    }
  }

  @Test func historyIsKeptToItsLimit() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest(["revisionHistoryLimit": 1]))
    for version in 1...4 {
      try await cluster.change(.deployments, "web") { root in
        root["spec", default: [:]]["template"] = Self.template("\(version)")
      }
      try await finish(cluster)
    }
    #expect(cluster.names(.replicaSets).count == 2)
  }

  @Test func aPausedDeploymentScalesButDoesNotUpdate() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest())
    try await finish(cluster)
    try await cluster.change(.deployments, "web") { root in
      root["spec", default: [:]]["paused"] = true
      root["spec", default: [:]]["template"] = Self.template("2")
      root["spec", default: [:]]["replicas"] = 6
    }
    try await finish(cluster)
    #expect(pods(cluster).map(environment) == Array(repeating: "1", count: 6))
    #expect(condition(cluster, "Progressing") == "Unknown DeploymentPaused")
    try await cluster.change(.deployments, "web") { $0["spec", default: [:]]["paused"] = false }
    try await finish(cluster)
    #expect(pods(cluster).map(environment) == Array(repeating: "2", count: 6))
  }

  @Test func scalingInAnUpdateIsShared() {
    func set(_ name: String, _ replicas: Int64, created: String) -> ReplicaSet {
      ReplicaSet(
        KubeObject(
          [
            "metadata": [
              "name": .string(name), "creationTimestamp": .string(created),
              "annotations": [
                "deployment.kubernetes.io/desired-replicas": "10", "deployment.kubernetes.io/max-replicas": "13",
              ],
            ], "spec": ["replicas": .int(replicas)], "status": ["availableReplicas": .int(replicas)],
          ], of: .replicaSets))
    }
    // The documentation's example: 10 pods, surge 3, at 8 old and 5 new, scaled to 15.
    let deployment = Deployment(
      KubeObject(
        ["spec": ["replicas": 15, "strategy": ["rollingUpdate": ["maxSurge": 3, "maxUnavailable": 2]]]],
        of: .deployments))
    let plan = DeploymentPlan(
      deployment, new: set("new", 5, created: "2026-01-02T00:00:00Z"),
      old: [set("old", 8, created: "2026-01-01T00:00:00Z")], hasOldPods: true)
    #expect(plan.sizes == ["old": 11, "new": 7])
  }

  @Test func anUpdateThatStandsStillIsReported() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.deployments, Self.manifest(["progressDeadlineSeconds": 30, "minReadySeconds": 0]))
    try await cluster.settle(Self.reconcilers(cluster))
    let reconciler = DeploymentReconciler(cluster.access)
    let key = ObjectKey(resource: .deployments, namespace: "default", name: "web")
    cluster.advance(seconds: 10)
    #expect(try await reconciler.reconcile(key) == .again(after: .seconds(20)))
    cluster.advance(seconds: 21)
    _ = try await reconciler.reconcile(key)
    #expect(condition(cluster, "Progressing") == "False ProgressDeadlineExceeded")
    try await finish(cluster)
    #expect(condition(cluster, "Progressing") == "True NewReplicaSetAvailable")
    cluster.advance(seconds: 100)
    #expect(try await cluster.settle([reconciler]) == 0)
  }

  @Test func surplusPodsGoByWorth() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(
      .replicaSets,
      [
        "metadata": ["name": "rs"],
        "spec": ["replicas": 0, "selector": ["matchLabels": ["app": "web"]], "template": Self.template("1")],
      ])
    for name in ["old", "young", "cheap", "unready"] {
      let pod = try await cluster.create(.pods, podManifest(name, labels: ["app": "web"]))
      cluster.advance(seconds: 10)
      try await cluster.setReady(Pod(pod), name != "unready")
    }
    try await cluster.change(.pods, "cheap") { root in
      root["metadata", default: [:]]["annotations"] = ["controller.kubernetes.io/pod-deletion-cost": "-1"]
    }
    try await cluster.change(.replicaSets, "rs") { $0["spec", default: [:]]["replicas"] = 4 }
    let reconciler = ReplicaSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    #expect(cluster.names(.pods).count == 4)
    var order: [String] = []
    for size in [3, 2, 1, 0] as [Int64] {
      try await cluster.change(.replicaSets, "rs") { $0["spec", default: [:]]["replicas"] = .int(size) }
      try await cluster.settle([reconciler])
      order += pods(cluster).filter(\.metadata.isBeingDeleted).map(\.metadata.name)
      try await cluster.runNode()
    }
    #expect(order == ["unready", "cheap", "young", "old"])
  }
}
