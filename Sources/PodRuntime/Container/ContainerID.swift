// SPDX-License-Identifier: Apache-2.0

/// One run of a container of a pod: a restart is another one.
package struct ContainerID: Sendable, Hashable, CustomStringConvertible {
  /// The pod's uid.
  package let pod: String
  /// The container's name in the pod.
  package let name: String
  /// 0 for the first run.
  package let attempt: Int

  package init(pod: String, name: String, attempt: Int) {
    self.pod = pod
    self.name = name
    self.attempt = attempt
  }

  /// Neither uids nor names of containers hold an underscore.
  package init?(_ text: String) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, let attempt = Int(parts[2]), attempt >= 0 else { return nil }
    self.init(pod: String(parts[0]), name: String(parts[1]), attempt: attempt)
  }

  /// What the OCI runtime calls the container.
  package var text: String { "\(pod)_\(name)_\(attempt)" }
  package var description: String { text }
}
