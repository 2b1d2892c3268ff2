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
  /// Exit statuses of containers: files named after the container, written by conmon.
  var exits: String { run + "/exits" }
  /// The last address that was given to a pod.
  var lastAddress: String { run + "/last-address" }
  /// A file system in memory that only the node agent's namespaces see; it goes with the agent.
  var volatile: String { run + "/node" }
  /// Namespaces of pods, kept open by mounts: a directory per pod.
  func sandbox(_ uid: String) -> String { volatile + "/sandboxes/" + uid }
  /// The OCI runtime's own state.
  var runtimeState: String { volatile + "/oci" }
  /// conmon's attach sockets.
  var attach: String { volatile + "/attach" }
  func pod(_ uid: String) -> String { pods + "/" + uid }
}
