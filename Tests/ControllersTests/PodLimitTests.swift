// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// Workloads of more pods than the machine takes.
@Suite struct PodLimitTests {
  static func workload(_ more: [String: JSONValue]) -> JSONValue {
    var spec: JSONValue = [
      "replicas": 1_000_000, "selector": ["matchLabels": ["app": "a"]],
      "template": [
        "metadata": ["labels": ["app": "a"]], "spec": ["containers": [["name": "c", "image": "host"]]],
      ],
    ]
    for (member, value) in more { spec[member] = value }
    return ["metadata": ["name": "a"], "spec": spec]
  }

  @Test("A million replicas are as many as there is room for, and one event", arguments: [
    APIResource.replicaSets, .statefulSets,
  ])
  func million(resource: APIResource) async throws {
    let cluster = try await TestCluster(maximumPods: 3)
    let isOfStatefulSet = resource == .statefulSets
    let more: [String: JSONValue] = isOfStatefulSet ? ["podManagementPolicy": "Parallel", "serviceName": "a"] : [:]
    let set = try await cluster.create(resource, Self.workload(more))
    let reconciler: any Reconciler =
      isOfStatefulSet ? StatefulSetReconciler(cluster.access) : ReplicaSetReconciler(cluster.access)
    for _ in 0..<2 {
      let error = await #expect(throws: StatusError.self) { _ = try await reconciler.reconcile(set.key) }
      #expect(error?.reason == .forbidden)
    }
    #expect(cluster.names(.pods).count == 3)
    let events = cluster.store.objects(.events, namespace: "default")
    #expect(events.map { $0["reason"] } == ["FailedCreate"])
    #expect(events.first?["count"] == 2)
    #expect(events.first?["involvedObject"]?["uid"]?.string == set.metadata.uid)
    #expect(events.first?["message"]?.string?.contains("the limit of 3 pods") == true)

    // Room that is made is used.
    try await cluster.delete(.pods, cluster.names(.pods)[0], grace: 0)
    await #expect(throws: StatusError.self) { _ = try await reconciler.reconcile(set.key) }
    #expect(cluster.names(.pods).count == 3)
  }
}
