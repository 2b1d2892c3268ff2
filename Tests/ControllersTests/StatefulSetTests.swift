// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// StatefulSets over a real store and a node that the test plays.
@Suite struct StatefulSetTests {
  static func manifest(_ spec: [String: JSONValue] = [:], env: String = "1") -> JSONValue {
    var members: JSONValue = [
      "replicas": 3, "serviceName": "db", "selector": ["matchLabels": ["app": "db"]],
      "template": template(env),
    ]
    for (member, value) in spec { members[member] = value }
    return ["metadata": ["name": "db"], "spec": members]
  }

  static func template(_ env: String) -> JSONValue {
    [
      "metadata": ["labels": ["app": "db"]],
      "spec": [
        "containers": [["name": "main", "image": "host", "env": [["name": "E", "value": .string(env)]]]]
      ],
    ]
  }

  private func pods(_ cluster: TestCluster) -> [String] { cluster.names(.pods) }

  /// Runs the controller and the node in turns until nothing changes.
  private func finish(_ cluster: TestCluster, _ reconciler: StatefulSetReconciler) async throws {
    for _ in 0..<40 {
      let before = cluster.store.version
      try await cluster.settle([reconciler])
      try await cluster.runNode()
      if cluster.store.version == before { return }
    }
    Issue.record("the set does not settle")
  }

  private func status(_ cluster: TestCluster, _ names: String...) -> [Int64] {
    names.map { cluster.object(.statefulSets, "db")?[at: "status", $0]?.int ?? 0 }
  }

  @Test func aHugeNumberOfReplicasIsPlannedInParts() {
    func plan(_ policy: String, pods: Int) -> StatefulSetPlan {
      var manifest = Self.manifest(["replicas": 2_147_483_647, "podManagementPolicy": .string(policy)])
      manifest["spec"]?["updateStrategy"] = ["rollingUpdate": ["maxUnavailable": "100%"]]
      let set = StatefulSet(KubeObject(manifest.object ?? [:], of: .statefulSets))
      let pod = Pod(KubeObject(["metadata": ["name": "db"]], of: .pods))
      return StatefulSetPlan(
        set: set, pods: Dictionary(uniqueKeysWithValues: (0..<pods).map { ($0, pod) }), currentRevision: "a",
        updateRevision: "a", now: Timestamp(microseconds: 0))
    }
    let parallel = plan("Parallel", pods: 3)
    #expect(parallel.actions == (3..<3 + StatefulSetPlan.burst).map { .create(ordinal: $0, revision: "a") })
    #expect(plan("OrderedReady", pods: 0).actions == [.create(ordinal: 0, revision: "a")])
  }

  @Test func podsComeInOrderEachAfterItsPredecessorIsReady() async throws {
    let cluster = try await TestCluster()
    let set = try await cluster.create(.statefulSets, Self.manifest())
    let reconciler = StatefulSetReconciler(cluster.access)
    for count in 1...3 {
      try await cluster.settle([reconciler])
      #expect(pods(cluster) == (0..<count).map { "db-\($0)" })
      // Running is not enough.
      try await cluster.setReady(Pod(try #require(cluster.object(.pods, "db-\(count - 1)"))), false)
      try await cluster.settle([reconciler])
      #expect(pods(cluster).count == count)
      try await cluster.runNode()
    }
    try await cluster.settle([reconciler])
    #expect(status(cluster, "replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
      == [3, 3, 3, 3, 3])
    let stored = try #require(cluster.object(.statefulSets, "db"))
    #expect(stored[at: "status", "observedGeneration"]?.int == stored.metadata.generation)
    #expect(stored[at: "status", "currentRevision"] == stored[at: "status", "updateRevision"])

    let pod = Pod(try #require(cluster.object(.pods, "db-1")))
    #expect(pod.hostname == "db-1" && pod.subdomain == "db")
    #expect(pod.metadata.labels["statefulset.kubernetes.io/pod-name"] == "db-1")
    #expect(pod.metadata.labels["apps.kubernetes.io/pod-index"] == "1")
    #expect(
      pod.metadata.labels["controller-revision-hash"] == stored[at: "status", "updateRevision"]?.string)
    #expect(pod.metadata.controller == OwnerReference(controller: set))
    #expect(cluster.names(.controllerRevisions).count == 1)
    #expect(try await cluster.settle([reconciler]) == 0)
  }

  @Test func parallelPodsComeAtOnce() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(
      .statefulSets, Self.manifest(["podManagementPolicy": "Parallel", "ordinals": ["start": 5]]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    #expect(pods(cluster) == ["db-5", "db-6", "db-7"])
    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["replicas"] = 1 }
    try await cluster.settle([reconciler])
    #expect(cluster.store.objects(.pods, namespace: "default").count { $0.metadata.isBeingDeleted } == 2)
  }

  @Test func scalingDownTakesTheHighestFirstOneAtATime() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest())
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["replicas"] = 0 }
    for left in [2, 1, 0] {
      try await cluster.settle([reconciler])
      let ending = cluster.store.objects(.pods, namespace: "default").filter(\.metadata.isBeingDeleted)
      #expect(ending.map(\.metadata.name) == ["db-\(left)"])
      try await cluster.runNode()
      #expect(pods(cluster).count == left)
    }
  }

  @Test func deletedAndFailedPodsComeBackUnderTheirNames() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest())
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    let uid = try #require(cluster.object(.pods, "db-0")?.metadata.uid)
    try await cluster.delete(.pods, "db-0", grace: 0)
    try await cluster.settle([reconciler])
    #expect(cluster.object(.pods, "db-0").map { $0.metadata.uid != uid } == true)
    try await finish(cluster, reconciler)

    let failed = try #require(cluster.object(.pods, "db-1")?.metadata.uid)
    try await cluster.change(.pods, "db-1", status: true) { $0["status", default: [:]]["phase"] = "Failed" }
    try await finish(cluster, reconciler)
    #expect(cluster.object(.pods, "db-1").map { $0.metadata.uid != failed } == true)
    #expect(status(cluster, "readyReplicas") == [3])
  }

  @Test func updatesGoFromTheHighestToThePartition() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(
      .statefulSets, Self.manifest(["updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 1]]]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    let before = cluster.object(.statefulSets, "db")?[at: "status", "currentRevision"]?.string
    func revision(_ pod: String) -> String? { cluster.object(.pods, pod)?.metadata.labels["controller-revision-hash"] }

    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["template"] = Self.template("2") }
    try await cluster.settle([reconciler])
    let ending = cluster.store.objects(.pods, namespace: "default").filter(\.metadata.isBeingDeleted)
    #expect(ending.map(\.metadata.name) == ["db-2"])
    try await finish(cluster, reconciler)
    let update = cluster.object(.statefulSets, "db")?[at: "status", "updateRevision"]?.string
    #expect(update != before)
    #expect(["db-0", "db-1", "db-2"].map(revision) == [before, update, update])
    #expect(status(cluster, "currentReplicas", "updatedReplicas") == [1, 2])

    // Below the partition a lost pod comes back as it was.
    try await cluster.delete(.pods, "db-0", grace: 0)
    try await finish(cluster, reconciler)
    #expect(revision("db-0") == before)
    #expect(
      cluster.object(.pods, "db-0")?[at: "spec", "containers"]?.array?[0]["env"]?.array?[0]["value"] == "1")

    try await cluster.change(.statefulSets, "db") { root in
      root["spec", default: [:]]["updateStrategy"] = ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]
    }
    try await finish(cluster, reconciler)
    #expect(revision("db-0") == update)
    #expect(cluster.object(.statefulSets, "db")?[at: "status", "currentRevision"]?.string == update)

    // Back to the first template: its revision is used again.
    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["template"] = Self.template("1") }
    try await finish(cluster, reconciler)
    #expect(revision("db-2") == before)
    #expect(cluster.names(.controllerRevisions).count == 2)
  }

  @Test func onDeleteLeavesPodsAlone() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest(["updateStrategy": ["type": "OnDelete"]]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["template"] = Self.template("2") }
    try await finish(cluster, reconciler)
    #expect(status(cluster, "updatedReplicas") == [0])
    try await cluster.delete(.pods, "db-1", grace: 0)
    try await finish(cluster, reconciler)
    #expect(status(cluster, "updatedReplicas", "readyReplicas") == [1, 3])
  }

  @Test func oldRevisionsAreKeptToTheLimit() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest(["replicas": 1, "revisionHistoryLimit": 2]))
    let reconciler = StatefulSetReconciler(cluster.access)
    for version in 1...5 {
      try await cluster.change(.statefulSets, "db") { root in
        root["spec", default: [:]]["template"] = Self.template("v\(version)")
      }
      try await finish(cluster, reconciler)
    }
    #expect(cluster.names(.controllerRevisions).count == 3)
  }

  @Test func theHighestRevisionNumberIsNoEnd() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest(["replicas": 1]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    try await cluster.change(.controllerRevisions, cluster.names(.controllerRevisions)[0]) {
      $0["revision"] = .int(.max)
    }
    for version in ["2", "1", "3"] {
      try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["template"] = Self.template(version) }
      try await finish(cluster, reconciler)
      let env = cluster.object(.pods, "db-0").map { Pod($0).containers[0]["env"]?.array?[0]["value"]?.string }
      #expect(env == version)
    }
    #expect(cluster.names(.controllerRevisions).count == 3)
  }

  @Test func eachPodHasItsClaims() async throws {
    let cluster = try await TestCluster()
    let claim: JSONValue = [
      "metadata": ["name": "data"],
      "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
    ]
    try await cluster.create(
      .statefulSets,
      Self.manifest([
        "volumeClaimTemplates": [claim], "persistentVolumeClaimRetentionPolicy": ["whenScaled": "Delete"],
      ]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await finish(cluster, reconciler)
    try await cluster.settle([PersistentVolumeClaimReconciler(cluster.access)])
    #expect(cluster.names(.persistentVolumeClaims) == ["data-db-0", "data-db-1", "data-db-2"])
    let stored = try #require(cluster.object(.persistentVolumeClaims, "data-db-1"))
    #expect(stored[at: "status", "phase"] == "Bound" && stored[at: "status", "capacity", "storage"] == "1Gi")
    #expect(stored[at: "spec", "volumeName"]?.string == "local-\(stored.metadata.uid)")
    #expect(
      cluster.object(.pods, "db-1")?[at: "spec", "volumes"]?.array?.first?[at: "persistentVolumeClaim", "claimName"]
        == "data-db-1")
    #expect(try await cluster.settle([PersistentVolumeClaimReconciler(cluster.access), reconciler]) == 0)

    // What is scaled away takes its claim along; what only restarts keeps it.
    try await cluster.delete(.pods, "db-0", grace: 0)
    try await finish(cluster, reconciler)
    try await cluster.change(.statefulSets, "db") { $0["spec", default: [:]]["replicas"] = 2 }
    try await finish(cluster, reconciler)
    try await cluster.settle([GarbageCollector(cluster.access)])
    #expect(cluster.names(.persistentVolumeClaims) == ["data-db-0", "data-db-1"])
  }

  @Test func readySecondsHoldTheNextPodBack() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.statefulSets, Self.manifest(["minReadySeconds": 10]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    try await cluster.runNode()
    cluster.advance(seconds: 4)
    let key = ObjectKey(resource: .statefulSets, namespace: "default", name: "db")
    #expect(try await reconciler.reconcile(key) == .again(after: .seconds(6)))
    #expect(pods(cluster).count == 1 && status(cluster, "readyReplicas", "availableReplicas") == [1, 0])
    cluster.advance(seconds: 6)
    #expect(try await reconciler.reconcile(key) == .settled)
    #expect(pods(cluster).count == 2)
  }

  @Test func matchingOrphansAreAdoptedAndStrangersReleased() async throws {
    let cluster = try await TestCluster()
    try await cluster.create(.pods, podManifest("db-0", labels: ["app": "db"]))
    try await cluster.create(.pods, podManifest("other", labels: ["app": "db"]))
    let set = try await cluster.create(.statefulSets, Self.manifest(["replicas": 1]))
    let reconciler = StatefulSetReconciler(cluster.access)
    try await cluster.settle([reconciler])
    #expect(cluster.object(.pods, "db-0")?.metadata.controller?.uid == set.metadata.uid)
    #expect(cluster.object(.pods, "other")?.metadata.controller == nil)
    try await cluster.change(.pods, "db-0") { $0["metadata", default: [:]]["labels"] = ["app": "x"] }
    _ = try await StatefulSetReconciler(cluster.access).reconcileAllowingConflict(set.key)
    #expect(cluster.object(.pods, "db-0")?.metadata.controller == nil)
  }
}

extension StatefulSetReconciler {
  /// A released pod keeps the name that the set needs: creating the next one then fails, as on Kubernetes.
  fileprivate func reconcileAllowingConflict(_ key: ObjectKey) async throws(StatusError) -> Outcome? {
    do {
      return try await reconcile(key)
    } catch {
      guard error.reason == .alreadyExists else { throw error }
      return nil
    }
  }
}
