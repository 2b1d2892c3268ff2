// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore

/// What has pods in a store, and waits for them.
protocol PodWatching {
  var store: ObjectStore { get }
}

extension PodWatching {
  func pod(_ name: String) -> Pod? { store.object(.pods, namespace: "default", name: name).map { Pod($0) } }

  /// Waits until the pod is as wanted; nil stands for no pod.
  @discardableResult
  func wait(for name: String, until isWanted: (Pod?) -> Bool) async throws -> Pod? {
    for await _ in store.changes(of: [.pods]) {
      let pod = pod(name)
      if isWanted(pod) { return pod }
    }
    throw CancellationError()
  }
}
