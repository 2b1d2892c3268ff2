// SPDX-License-Identifier: Apache-2.0

/// How long a key waits after its reconciler failed: doubling from a base up to a limit, then varied at random so that
/// keys which failed together do not come back together.
package struct RetryPolicy: Sendable {
  /// The wait after the first failure.
  package var base: Duration
  /// The longest wait, before it is varied.
  package var limit: Duration
  /// The greatest part of the wait that is taken off at random, from 0 to 1.
  package var jitter: Double

  package init(base: Duration = .milliseconds(5), limit: Duration = .seconds(60), jitter: Double = 0.25) {
    precondition(base > .zero && limit >= base && (0...1).contains(jitter))
    self.base = base
    self.limit = limit
    self.jitter = jitter
  }

  /// The wait after the given number of failures in a row, from 1.
  func delay(failures: Int) -> Duration {
    var delay = base
    for _ in 1..<max(failures, 1) where delay < limit { delay *= 2 }
    return min(delay, limit) * (1 - Double.random(in: 0...jitter))
  }
}
