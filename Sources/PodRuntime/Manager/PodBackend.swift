// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What carries out the decisions of ``PodMachine``: with containers, or without.
protocol PodBackend: Sendable {
  /// Tells that a container has ended; false where nobody wanted to know yet.
  typealias EndReceiver = @Sendable (ContainerID, ContainerState.End) -> Bool

  /// Whether containers really run, and so can answer probes.
  var asksProbes: Bool { get }
  /// The node's address in the pod network.
  var nodeAddress: String { get }

  /// Tells of containers that end, until the task is cancelled.
  /// - Throws: where the node is lost. By then every container has been told of as ended, and ``remove(uid:)``
  ///   succeeds.
  func watchEnds(_ receive: @escaping EndReceiver) async throws(RuntimeError)

  /// What an earlier run of the program has left running of the pod; nil where nothing usable is there.
  func restore(_ pod: Pod) async -> RestoredPod?
  /// The uids of pods that left something behind, running or not.
  func leftovers() -> [String]

  /// Gives the pod its namespaces, network and volumes.
  /// - Returns: its address.
  func makeSandbox(for pod: Pod) async throws(RuntimeError) -> String
  /// Starts a container; it runs on return.
  func start(_ id: ContainerID, of pod: Pod, address: String) async throws(RuntimeError)
  /// Runs the pre-stop hook for at most `grace`, then asks the container to end.
  func stop(_ id: ContainerID, of pod: Pod, grace: Duration) async
  func kill(_ id: ContainerID) async
  func ask(_ probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer
  /// Takes away all that there is of a pod: processes, network, files.
  func remove(uid: String) async throws(RuntimeError)

  /// Nothing more is asked of the backend: what it holds beside pods goes.
  func close() async
}

/// A pod that outlived the program.
struct RestoredPod: Sendable {
  var address: String
  /// By name.
  var containers: [String: RestoredContainer]
}

/// What a probe has found.
struct ProbeAnswer: Sendable, Hashable {
  var isSuccess: Bool
  /// Why not, for people.
  var message: String

  static let success = ProbeAnswer(isSuccess: true, message: "")
  static func failure(_ message: String) -> ProbeAnswer { ProbeAnswer(isSuccess: false, message: message) }
}
