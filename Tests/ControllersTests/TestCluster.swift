// SPDX-License-Identifier: Apache-2.0
import Controllers
import KubeModel
import KubeStore
import OrderedCollections
import Synchronization
import Testing

/// A real store in memory, with time that the test moves and a node that the test plays.
final class TestCluster: Sendable {
  let store: ObjectStore
  private let time = TestTime()
  private let nextHost = Mutex(2)

  /// - Parameter namespaces: namespaces to work in.
  init(
    namespaces: [String] = ["default"], maximumPods: Int = StoreConfiguration.standardPods
  ) async throws {
    var configuration = StoreConfiguration(now: { [time] in time.now })
    configuration.maximumPods = maximumPods
    store = try ObjectStore(configuration: configuration)
    for namespace in namespaces { try await create(.namespaces, ["metadata": ["name": .string(namespace)]]) }
  }

  var access: ClusterAccess { ClusterAccess(source: store, writer: store, now: { self.now }) }
  var now: Timestamp { time.now }

  func advance(seconds: Int64) {
    time.advance(seconds: seconds)
  }

  // MARK: Objects

  @discardableResult
  func create(_ resource: APIResource, _ root: JSONValue) async throws -> KubeObject {
    var root = root.object ?? [:]
    if resource.isNamespaced, root["metadata"]?["namespace"] == nil {
      root["metadata", default: [:]]["namespace"] = "default"
    }
    return try await store.create(root, in: resource)
  }

  @discardableResult
  func change(
    _ resource: APIResource, _ name: String, namespace: String = "default", status: Bool = false,
    _ change: @escaping @Sendable (inout JSONObject) -> Void
  ) async throws -> KubeObject {
    try await store.modify(
      resource, namespace: resource.isNamespaced ? namespace : "", name: name, status: status
    ) { root throws(StatusError) in change(&root) }
  }

  func delete(
    _ resource: APIResource, _ name: String, namespace: String = "default",
    propagation: DeleteOptions.Propagation = .background, grace: Int64? = nil
  ) async throws {
    try await store.delete(
      resource, namespace: resource.isNamespaced ? namespace : "", name: name,
      options: DeleteOptions(gracePeriodSeconds: grace, propagation: propagation))
  }

  func names(_ resource: APIResource, namespace: String = "default") -> [String] {
    store.objects(resource, namespace: resource.isNamespaced ? namespace : nil).map(\.metadata.name)
  }

  func object(_ resource: APIResource, _ name: String, namespace: String = "default") -> KubeObject? {
    store.object(resource, namespace: resource.isNamespaced ? namespace : "", name: name)
  }

  // MARK: Controllers

  /// Runs reconcilers over all they watch until none of them writes any more.
  /// - Returns: the number of writes.
  @discardableResult
  func settle(_ reconcilers: [any Reconciler], rounds limit: Int = 60) async throws -> Int {
    let start = store.version
    for _ in 0..<limit {
      let before = store.version
      for reconciler in reconcilers { try await run(reconciler) }
      if store.version == before { return Int(before - start) }
    }
    Issue.record("not settled after \(limit) rounds")
    return Int(store.version - start)
  }

  /// Runs one reconciler once over all it watches.
  func run(_ reconciler: any Reconciler) async throws {
    var keys = OrderedSet(reconciler.initialKeys)
    for resource in reconciler.watches {
      for object in store.objects(resource, namespace: nil) {
        keys.append(contentsOf: reconciler.keys(for: object, isDeleted: false))
      }
    }
    for key in keys { _ = try await reconciler.reconcile(key) }
  }

  // MARK: The node

  /// Does what a node does: removes pods that end, gives the others addresses, and makes them ready.
  func runNode(ready: Bool = true) async throws {
    for object in store.objects(.pods, namespace: nil) {
      let pod = Pod(object)
      if pod.metadata.isBeingDeleted {
        try await delete(.pods, pod.metadata.name, namespace: pod.metadata.namespace, grace: 0)
      } else if !pod.hasEnded, pod.podIP == nil || pod.isReady != ready {
        try await setReady(pod, ready)
      }
    }
  }

  func setReady(_ pod: Pod, _ isReady: Bool, ip: String? = nil) async throws {
    let host = nextHost.withLock { host in
      defer { host += 1 }
      return "10.244.\(host / 256).\(host % 256)"
    }
    let address = ip ?? pod.podIP ?? host
    let time = now.text
    try await change(.pods, pod.metadata.name, namespace: pod.metadata.namespace, status: true) { root in
      root["status"] = [
        "phase": "Running", "podIP": .string(address), "podIPs": [["ip": .string(address)]],
        "conditions": [
          ["type": "Ready", "status": isReady ? "True" : "False", "lastTransitionTime": .string(time)]
        ],
      ]
    }
  }
}

/// The wall clock of a test; the store reads it too.
private final class TestTime: Sendable {
  private let time = Mutex(Timestamp(microseconds: 1_767_225_600_000_000))

  var now: Timestamp { time.withLock { $0 } }

  func advance(seconds: Int64) {
    time.withLock { $0 = Timestamp(microseconds: $0.microseconds + seconds * 1_000_000) }
  }
}

/// A pod that a Service or workload of the tests selects.
func podManifest(
  _ name: String, labels: [String: String] = [:], ports: [JSONValue] = [], spec: [String: JSONValue] = [:]
) -> JSONValue {
  var podSpec: JSONValue = ["containers": [["name": "main", "image": "host", "ports": .array(ports)]]]
  for (member, value) in spec { podSpec[member] = value }
  return ["metadata": ["name": .string(name), "labels": JSONValue(labels)], "spec": podSpec]
}
