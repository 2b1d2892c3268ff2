// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Synchronization

/// Pods that have addresses and count as running, without any process: `--runtime none`.
final class AddressBackend: PodBackend {
  private struct State {
    var pool = AddressPool()
    var addresses: [String: String] = [:]
    var receive: EndReceiver?
  }

  private static let terminated: Int32 = 128 + 15

  let asksProbes = false
  let nodeAddress: String
  private let now: @Sendable () -> Timestamp
  private let state = Mutex(State())

  init(nodeAddress: String, now: @escaping @Sendable () -> Timestamp) {
    self.nodeAddress = nodeAddress
    self.now = now
  }

  func watchEnds(_ receive: @escaping EndReceiver) async { state.withLock { $0.receive = receive } }
  func restore(_ pod: Pod) async -> RestoredPod? { nil }
  func leftovers() -> [String] { [] }

  func makeSandbox(for pod: Pod) async throws(RuntimeError) -> String {
    if pod.usesHostNetwork { return nodeAddress }
    let address = state.withLock { state in
      let address = state.pool.take()
      state.addresses[pod.metadata.uid] = address
      return address
    }
    guard let address else { throw RuntimeError(.configuration, "no address is free in the pods' range") }
    return address
  }

  /// An init container has nothing to do here and ends at once.
  func start(_ id: ContainerID, of pod: Pod, address: String) async throws(RuntimeError) {
    let isInitial = pod.initContainers.contains {
      $0["name"]?.string == id.name && $0["restartPolicy"]?.string != "Always"
    }
    if isInitial { end(id, status: 0) }
  }

  func stop(_ id: ContainerID, of pod: Pod, grace: Duration) async { end(id, status: Self.terminated) }
  func kill(_ id: ContainerID) async { end(id, status: Self.terminated) }
  func ask(_ probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer { .success }

  func remove(uid: String) async throws(RuntimeError) {
    state.withLock { state in
      if let address = state.addresses.removeValue(forKey: uid) { state.pool.free(address) }
    }
  }

  func close() async {}

  private func end(_ id: ContainerID, status: Int32) {
    let end = ContainerState.End(attempt: id.attempt, status: status, startedAt: nil, finishedAt: now())
    _ = state.withLock { $0.receive }?(id, end)
  }
}
