// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Where one container of a pod stands.
struct ContainerState: Sendable {
  /// How a run ended.
  struct End: Sendable, Hashable {
    var attempt: Int
    /// The exit code, or 128 + the signal.
    var status: Int32
    var startedAt: Timestamp?
    var finishedAt: Timestamp

    var reason: String { status == 0 ? "Completed" : "Error" }
  }

  enum Phase: Sendable {
    /// Becomes `starting`, when it is its turn and not before `notBefore`; nil: only by a change from outside.
    case waiting(reason: String, message: String, notBefore: Duration?)
    /// Becomes `running`, or `waiting` where it could not be started.
    case starting
    /// Becomes `ended`.
    case running(startedAt: Timestamp, since: Duration)
    /// Becomes `waiting` where the restart policy says so.
    case ended(End)
  }

  var phase: Phase = .waiting(reason: "ContainerCreating", message: "", notBefore: .zero)
  /// The number of the current run, or of the next one while waiting.
  var attempt = 0
  /// How the run before the current one ended.
  var last: End?
  var probes: [ProbeMachine] = []
  var isReady = false
  /// The container was told to end, and is killed at this moment, or once more.
  var killAt: Duration?
  /// Delays of starts after a run that ended, and after a start that failed.
  var backoff = Backoff.restarts
  var retries = Backoff.retries

  var isRunning: Bool { if case .running = phase { true } else { false } }
  var isStarting: Bool { if case .starting = phase { true } else { false } }
  var end: End? { if case .ended(let end) = phase { end } else { nil } }
  /// Nothing of it runs, nor is about to.
  var isQuiet: Bool { !isRunning && !isStarting }

  /// Whether the startup probe, if there is one, has passed.
  var hasStarted: Bool {
    isRunning && !probes.contains { $0.kind == .startup && $0.verdict != .passed }
  }

  /// The moment of the next probe; other probes wait for the startup probe.
  var nextProbe: Duration? {
    guard isRunning, killAt == nil else { return nil }
    let hasStarted = hasStarted
    return probes.filter { ($0.kind == .startup) != hasStarted }.compactMap(\.due).min()
  }

  /// The container runs from now on.
  mutating func run(_ plan: PodPlan.Container, startedAt: Timestamp, now: Duration, wasReady: Bool = false) {
    phase = .running(startedAt: startedAt, since: now)
    retries.reset()
    probes = Probe.Kind.allCases.compactMap { kind in
      plan.probes[kind].map { ProbeMachine(kind, $0, now: now, hasPassed: wasReady && kind != .liveness) }
    }
    updateReadiness()
  }

  mutating func updateReadiness() {
    let readiness = probes.first { $0.kind == .readiness }
    isReady = hasStarted && (readiness.map { $0.verdict == .passed } ?? true)
  }

  /// The run ended.
  mutating func end(_ end: End) {
    phase = .ended(end)
    isReady = false
    killAt = nil
    probes = []
  }
}
