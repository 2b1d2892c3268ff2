// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What an earlier run left of a container.
struct RestoredContainer: Sendable {
  enum State: Sendable {
    case running(startedAt: Timestamp)
    case ended(ContainerState.End)
    /// It was being made when the earlier run ended; what there was of it has been removed.
    case lost
  }

  var attempt: Int
  var state: State
  /// Whether the pod's status called it ready.
  var wasReady: Bool
}
