// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import Logging
import OrderedCollections
import ServiceLifecycle
import Synchronization

@testable import PodRuntime

/// Pods whose containers run until the test ends them, or they are told to end.
final class ScriptedBackend: PodBackend {
  private struct State {
    var receive: EndReceiver?
    var running: Set<ContainerID> = []
    var left: Set<String> = []
    var made: [String] = []
    var removed: [String] = []
  }

  let asksProbes = false
  let nodeAddress = "10.244.0.1"
  private let state = Mutex(State())

  /// The uids of pods that got a sandbox, and of those that were removed, in order.
  var made: [String] { state.withLock { $0.made } }
  var removed: [String] { state.withLock { $0.removed } }

  /// Ends a container by itself.
  func end(_ pod: Pod, status: Int32) {
    for id in state.withLock({ $0.running }) where id.pod == pod.metadata.uid { end(id, status: status) }
  }

  private func end(_ id: ContainerID, status: Int32) {
    let end = ContainerState.End(
      attempt: id.attempt, status: status, startedAt: nil, finishedAt: Timestamp(microseconds: 0))
    let receive = state.withLock { state in
      state.running.remove(id) == nil ? nil : state.receive
    }
    _ = receive?(id, end)
  }

  func watchEnds(_ receive: @escaping EndReceiver) async { state.withLock { $0.receive = receive } }
  func restore(_ pod: Pod) async -> RestoredPod? { nil }
  func leftovers() -> [String] { state.withLock { Array($0.left) } }

  func makeSandbox(for pod: Pod) async throws(RuntimeError) -> String {
    state.withLock { state in
      state.made.append(pod.metadata.uid)
      state.left.insert(pod.metadata.uid)
      return "10.244.0.\(1 + state.made.count)"
    }
  }

  func start(_ id: ContainerID, of pod: Pod, address: String) async throws(RuntimeError) {
    state.withLock { _ = $0.running.insert(id) }
  }

  func stop(_ id: ContainerID, of pod: Pod, grace: Duration) async { end(id, status: 143) }
  func kill(_ id: ContainerID) async { end(id, status: 137) }
  func ask(_ probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer { .success }

  func remove(uid: String) async throws(RuntimeError) {
    state.withLock { state in
      state.left.remove(uid)
      state.removed.append(uid)
    }
  }

  func close() async {}
}

/// A node of scripted pods over a store in memory.
struct ScriptedNode: PodWatching {
  let store: ObjectStore
  let backend = ScriptedBackend()

  init() async throws {
    store = try ObjectStore(configuration: StoreConfiguration())
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
  }

  /// Runs the node around `body`, and ends it as the program does.
  func run(_ body: () async throws -> Void) async throws {
    let logger = Logger(label: "pods")
    let manager = PodManager(
      source: store, writer: store, backend: backend, nodeName: "callsign", now: { .now() }, logger: logger)
    let group = ServiceGroup(services: [manager], logger: logger)
    async let running: Void = group.run()
    try await body()
    await group.triggerGracefulShutdown()
    try await running
  }

  /// - Parameter more: members of the object, after the name; with a comma at the end.
  func createPod(_ name: String, metadata: String = "", spec: String = "") async throws {
    let value = try JSONParser.parse(
      """
      {"metadata": {\(metadata) "name": "\(name)", "namespace": "default"},
       "spec": {\(spec) "containers": [{"name": "main", "image": "host"}]}}
      """)
    _ = try await store.create(value.object ?? [:], in: .pods)
  }
}
