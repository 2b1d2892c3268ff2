// SPDX-License-Identifier: Apache-2.0
import KubeModel

extension Pod {
  /// Neither ended nor ending.
  var isActive: Bool { !hasEnded && !metadata.isBeingDeleted }

  var isRunningAndReady: Bool { phase == "Running" && isReady }

  /// When the pod last became ready, or last ceased to be.
  var readyTransitionTime: Timestamp? {
    condition("Ready")?["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
  }

  /// How long a ready pod still has to stay so to count as available; zero once it does, nil while it is not ready.
  func timeToAvailable(minReadySeconds: Int64, now: Timestamp) -> Duration? {
    guard isReady else { return nil }
    if minReadySeconds == 0 { return .zero }
    guard let since = readyTransitionTime else { return .seconds(minReadySeconds) }
    return max(.zero, .microseconds(since.microseconds + minReadySeconds * 1_000_000 - now.microseconds))
  }

  /// Starts of containers after the first, of the container that has most.
  var restarts: Int64 {
    (status["containerStatuses"]?.array ?? []).compactMap { $0["restartCount"]?.int }.max() ?? 0
  }
}
