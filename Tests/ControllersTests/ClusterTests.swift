// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Testing

/// Garbage collection, namespaces and the objects of every cluster.
@Suite struct ClusterTests {
  private static func all(_ cluster: TestCluster) -> [any Reconciler] {
    StandardReconcilers.all(cluster.access, configuration: ClusterConfiguration(certificateAuthority: "PEM"))
  }

  /// Runs all controllers and the node in turns until nothing changes.
  private func finish(_ cluster: TestCluster, _ reconcilers: [any Reconciler]) async throws {
    for _ in 0..<40 {
      let before = cluster.store.version
      for reconciler in reconcilers {
        do { try await cluster.run(reconciler) } catch { /* retried in the next round, as the engine does */ }
      }
      try await cluster.runNode()
      if cluster.store.version == before { return }
    }
    Issue.record("the cluster does not settle")
  }

  // MARK: Garbage

  @Test func dependentsFollowTheirOwner() async throws {
    let cluster = try await TestCluster()
    let reconcilers = Self.all(cluster)
    try await cluster.create(.deployments, DeploymentTests.manifest())
    try await cluster.create(.services, EndpointSliceTests.service("web"))
    try await finish(cluster, reconcilers)
    #expect(cluster.names(.pods).count == 4)
    try await cluster.delete(.deployments, "web")
    try await cluster.delete(.services, "web")
    try await finish(cluster, reconcilers)
    #expect(cluster.names(.pods).isEmpty && cluster.names(.replicaSets).isEmpty)
    #expect(cluster.names(.endpointSlices) == ["kubernetes"] && cluster.names(.endpoints) == ["kubernetes"])
  }

  @Test func foregroundDeletionKeepsTheOwnerToTheEnd() async throws {
    let cluster = try await TestCluster()
    let reconcilers = Self.all(cluster)
    try await cluster.create(.deployments, DeploymentTests.manifest())
    try await finish(cluster, reconcilers)
    try await cluster.delete(.deployments, "web", propagation: .foreground)
    let collector = GarbageCollector(cluster.access)
    try await cluster.settle([collector])
    // Pods are told to end; while they do, their owners stay.
    #expect(cluster.store.objects(.pods, namespace: "default").allSatisfy { $0.metadata.isBeingDeleted })
    #expect(cluster.names(.deployments) == ["web"] && cluster.names(.replicaSets).count == 1)
    try await cluster.runNode()
    try await cluster.settle([collector])
    #expect(cluster.names(.deployments).isEmpty && cluster.names(.replicaSets).isEmpty)
  }

  @Test func orphansStay() async throws {
    let cluster = try await TestCluster()
    let reconcilers = Self.all(cluster)
    try await cluster.create(.statefulSets, StatefulSetTests.manifest())
    try await finish(cluster, reconcilers)
    try await cluster.delete(.statefulSets, "db", propagation: .orphan)
    try await finish(cluster, reconcilers)
    #expect(cluster.names(.statefulSets).isEmpty)
    #expect(cluster.names(.pods) == ["db-0", "db-1", "db-2"])
    #expect(cluster.object(.pods, "db-0")?.metadata.ownerReferences.isEmpty == true)
    // A new set of the same name takes them in.
    let uids = cluster.store.objects(.pods, namespace: "default").map(\.metadata.uid)
    try await cluster.create(.statefulSets, StatefulSetTests.manifest())
    try await finish(cluster, reconcilers)
    #expect(cluster.store.objects(.pods, namespace: "default").map(\.metadata.uid) == uids)
    #expect(cluster.object(.pods, "db-0")?.metadata.controller != nil)
  }

  @Test func anObjectLivesAsLongAsOneOfItsOwners() async throws {
    let cluster = try await TestCluster()
    let owners = try await [
      cluster.create(.configMaps, ["metadata": ["name": "a"]]),
      cluster.create(.configMaps, ["metadata": ["name": "b"]]),
    ]
    let references = owners.map { owner -> JSONValue in
      [
        "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner.metadata.name),
        "uid": .string(owner.metadata.uid),
      ]
    }
    let unknown: JSONValue = ["apiVersion": "example.org/v1", "kind": "Thing", "name": "x", "uid": "0"]
    try await cluster.create(
      .configMaps, ["metadata": ["name": "both", "ownerReferences": .array(references)]])
    try await cluster.create(
      .configMaps, ["metadata": ["name": "foreign", "ownerReferences": [unknown]]])
    let collector = GarbageCollector(cluster.access)
    try await cluster.delete(.configMaps, "a")
    try await cluster.settle([collector])
    #expect(cluster.object(.configMaps, "both")?.metadata.ownerReferences.map(\.name) == ["b"])
    try await cluster.delete(.configMaps, "b")
    try await cluster.settle([collector])
    #expect(cluster.names(.configMaps) == ["foreign"])
  }

  // MARK: Namespaces

  @Test func aNamespaceIsEmptiedAndGoes() async throws {
    let cluster = try await TestCluster()
    let reconcilers = Self.all(cluster)
    try await cluster.create(.namespaces, ["metadata": ["name": "shop"]])
    var manifest = StatefulSetTests.manifest()
    manifest["metadata"]?["namespace"] = "shop"
    try await cluster.create(.statefulSets, manifest)
    try await finish(cluster, reconcilers)
    #expect(cluster.names(.pods, namespace: "shop").count == 3)
    #expect(cluster.object(.configMaps, "kube-root-ca.crt", namespace: "shop")?[at: "data", "ca.crt"] == "PEM")
    #expect(cluster.object(.serviceAccounts, "default", namespace: "shop") != nil)
    try await cluster.delete(.namespaces, "shop")
    try await finish(cluster, reconcilers)
    #expect(cluster.object(.namespaces, "shop") == nil)
    #expect(APIResource.all.filter(\.isNamespaced).allSatisfy { cluster.names($0, namespace: "shop").isEmpty })
  }

  // MARK: Every cluster

  @Test func aNewClusterHasItsOwnObjects() async throws {
    let cluster = try await TestCluster(namespaces: [])
    let reconcilers = Self.all(cluster)
    try await cluster.settle(reconcilers)
    #expect(Set(cluster.names(.namespaces)) == ["default", "kube-system", "kube-public", "kube-node-lease"])
    let kubernetes = Service(try #require(cluster.object(.services, "kubernetes")))
    #expect(kubernetes.clusterIPs == ["10.96.0.1"] && kubernetes.ports.map(\.port) == [443])
    let slice = EndpointSlice(try #require(cluster.object(.endpointSlices, "kubernetes")))
    #expect(slice.serviceName == "kubernetes" && slice.endpoints.map(\.addresses) == [["10.244.0.1"]])
    #expect(slice.ports.map(\.name) == ["https"] && slice.ports.map(\.port) == [6443])
    let dns = Service(try #require(cluster.object(.services, "kube-dns", namespace: "kube-system")))
    #expect(dns.clusterIPs == ["10.96.0.10"])
    #expect(dns.ports.map { "\($0.name) \($0.port)/\($0.transport)" } == ["dns 53/UDP", "dns-tcp 53/TCP"])
    #expect(cluster.names(.endpointSlices, namespace: "kube-system") == ["kube-dns"])
    let node = try #require(cluster.object(.nodes, "callsign"))
    #expect(node[at: "status", "conditions"]?.array?.first?["status"] == "True")
    #expect(node[at: "status", "addresses"]?.array?.first?["address"] == "10.244.0.1")
    #expect(try await cluster.settle(reconcilers) == 0)
  }

  @Test func itsObjectsComeBack() async throws {
    let cluster = try await TestCluster(namespaces: [])
    let reconcilers = Self.all(cluster)
    try await cluster.settle(reconcilers)
    try await cluster.delete(.services, "kubernetes")
    try await cluster.delete(.endpointSlices, "kube-dns", namespace: "kube-system")
    try await cluster.change(.configMaps, "kube-root-ca.crt") { $0["data"] = ["ca.crt": "mine"] }
    try await cluster.settle(reconcilers)
    let service = try #require(cluster.object(.services, "kubernetes"))
    #expect(Service(service).clusterIPs == ["10.96.0.1"])
    #expect(cluster.object(.endpointSlices, "kubernetes")?.metadata.controller?.uid == service.metadata.uid)
    #expect(cluster.object(.endpointSlices, "kube-dns", namespace: "kube-system") != nil)
    #expect(cluster.object(.configMaps, "kube-root-ca.crt")?[at: "data", "ca.crt"] == "PEM")
  }
}
