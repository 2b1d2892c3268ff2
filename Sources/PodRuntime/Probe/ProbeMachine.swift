// SPDX-License-Identifier: Apache-2.0

/// Decides when a probe is asked, and what its answers mean. It knows no clock: moments come in as the time since some
/// fixed one.
///
/// Until a readiness or startup probe has passed for the first time it is asked at short intervals, from 50 ms doubling
/// up to its period, so that a container counts as ready soon after it is. Such early failures count once a period.
struct ProbeMachine: Sendable {
  private static let firstInterval: Duration = .milliseconds(50)

  enum Verdict: Sendable, Hashable {
    /// Nothing is known yet.
    case open
    case passed
    case failed
  }

  let kind: Probe.Kind
  let probe: Probe
  private(set) var verdict: Verdict
  /// When the probe is to be asked next; nil while it is being asked.
  private(set) var due: Duration?
  private var interval: Duration
  private var successes = 0
  private var failures = 0
  private var hasPassed: Bool
  /// From when on the next failure counts.
  private var failureCounts: Duration

  /// - Parameters:
  ///   - now: when the container started, or was taken over.
  ///   - hasPassed: whether the container counted as passed when it was taken over.
  init(_ kind: Probe.Kind, _ probe: Probe, now: Duration, hasPassed: Bool = false) {
    self.kind = kind
    self.probe = probe
    self.hasPassed = hasPassed
    verdict = hasPassed ? .passed : .open
    due = now + probe.initialDelay
    failureCounts = now + probe.initialDelay
    interval = kind == .liveness ? probe.period : min(Self.firstInterval, probe.period)
  }

  /// Takes the question where it is time; the caller asks it and calls ``answer(_:now:)``.
  mutating func take(now: Duration) -> Bool {
    guard let due, due <= now else { return false }
    self.due = nil
    return true
  }

  /// - Returns: whether the verdict is another one now, or has been reached once more by a failure.
  mutating func answer(_ isSuccess: Bool, now: Duration) -> Bool {
    let before = verdict
    if isSuccess {
      failures = 0
      successes += 1
      if successes >= probe.successThreshold {
        verdict = .passed
        hasPassed = true
      }
    } else {
      successes = 0
      if hasPassed || now >= failureCounts {
        failures += 1
        failureCounts = now + probe.period
      }
      if failures >= probe.failureThreshold { verdict = .failed }
    }
    if hasPassed || kind == .liveness {
      due = now + probe.period
    } else {
      due = now + interval
      interval = min(interval * 2, probe.period)
    }
    return verdict != before || (verdict == .failed && !isSuccess)
  }
}
