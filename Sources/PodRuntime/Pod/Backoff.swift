// SPDX-License-Identifier: Apache-2.0

/// How long to wait before something that failed is tried again.
struct Backoff: Sendable, Hashable {
  let initial: Duration
  let maximum: Duration
  /// After so long without a failure the next one is the first again.
  let forgetsAfter: Duration
  private var next: Duration?

  init(initial: Duration, maximum: Duration, forgetsAfter: Duration = .seconds(600)) {
    self.initial = initial
    self.maximum = maximum
    self.forgetsAfter = forgetsAfter
  }

  /// Kubernetes' delays for containers that ended: at once, then 10 s, 20 s … 5 min; forgotten after 10 min of running.
  static let restarts = Backoff(initial: .seconds(10), maximum: .seconds(300))
  /// For steps whose cause may be gone at any moment.
  static let retries = Backoff(initial: .seconds(1), maximum: .seconds(60))

  /// The delay before the next start of a container that ended after having run for some time; the first is none.
  mutating func delay(afterRunning time: Duration) -> Duration {
    if time >= forgetsAfter { next = nil }
    let delay = next ?? .zero
    next = next.map { min($0 * 2, maximum) } ?? initial
    return delay
  }

  /// The delay after a step that failed.
  mutating func delay() -> Duration {
    let delay = next ?? initial
    next = min(delay * 2, maximum)
    return delay
  }

  /// The step went well.
  mutating func reset() { next = nil }
}
