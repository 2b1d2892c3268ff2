// SPDX-License-Identifier: Apache-2.0

/// Where the runtime keeps things below the data directory.
package struct RuntimePaths: Sendable, Hashable {
  package let dataDirectory: String

  package init(dataDirectory: String) {
    self.dataDirectory = dataDirectory
  }

  package var run: String { dataDirectory + "/run" }
  package var pods: String { dataDirectory + "/pods" }
  /// The node agent's socket.
  var socket: String { run + "/node.sock" }
  /// Locked as long as a node agent lives.
  var lock: String { run + "/node.lock" }
  /// What the node agent and its helpers say.
  var agentLog: String { run + "/node.log" }
  /// Which OCI runtime the containers run with: ``RuntimeNote``.
  var runtimeNote: String { run + "/runtime" }
  /// Exit statuses of containers: files named after the container, written by conmon.
  var exits: String { run + "/exits" }
  /// The last address that was given to a pod.
  var lastAddress: String { run + "/last-address" }
  /// A file system in memory that only the node agent's namespaces see; it goes with the agent.
  var volatile: String { run + "/node" }
  /// Namespaces of pods, kept open by mounts: a directory per pod.
  func sandbox(_ uid: String) -> String { volatile + "/sandboxes/" + uid }
  /// Where a part of a volume is mounted for a container; goes with the namespaces.
  func volumePart(_ uid: String, container: String, _ number: Int) -> String {
    sandbox(uid) + "/part-\(container)-\(number)"
  }
  /// Volumes of a pod that are in memory.
  func memoryVolumes(_ uid: String) -> String { volatile + "/volumes/" + uid }
  /// The OCI runtime's own state.
  var runtimeState: String { volatile + "/oci" }
  /// conmon's attach sockets.
  var attach: String { volatile + "/attach" }
  /// The directory behind a PersistentVolumeClaim. It outlives the pods that mount it.
  func claim(_ name: String, namespace: String) -> String { dataDirectory + "/volumes/\(namespace)/\(name)" }
  /// All that belongs to a pod on disk.
  package func pod(_ uid: String) -> String { pods + "/" + uid }
  /// Files that the runtime writes into a pod's `/etc`.
  func podFile(_ uid: String, _ name: String) -> String { pod(uid) + "/etc/" + name }
  /// What has to be known of a pod to take it over from an earlier run.
  func record(_ uid: String) -> String { pod(uid) + "/state.json" }
  /// The files of one run of a container.
  func container(_ id: ContainerID) -> String { pod(id.pod) + "/containers/\(id.name)/\(id.attempt)" }
  /// What the container wrote: a line each, with its time and stream (conmon's `k8s-file`).
  package func log(_ id: ContainerID) -> String { container(id) + "/log" }
  func exit(_ id: ContainerID) -> String { exits + "/" + id.text }
}
