// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// When one peer is told of a new serial: at once, but never more often than once an interval; again until it answers,
/// after growing times, and at last not any more. Decides only; `ZoneNotifier` acts.
struct NotifySchedule<Instant: InstantProtocol> where Instant.Duration == Duration {
  enum Step: Hashable {
    /// Send a message now; it is counted as sent. Becomes `wait`, or after `answered` `nothing`.
    case send(SerialNumber)
    /// Ask again then, or when the serial changes.
    case wait(until: Instant)
    /// Ask again when the serial changes: the peer knows it, or does not answer.
    case nothing
  }

  private let interval: Duration
  private let maximumTries: Int
  /// What the peer should know.
  private var wanted: SerialNumber?
  /// What it has confirmed, or we have given up to tell it.
  private var settled: SerialNumber?
  /// Messages about `wanted` so far.
  private var tries = 0
  private var lastSent: Instant?

  init(_ settings: NotifySettings) {
    interval = .seconds(settings.intervalSeconds)
    maximumTries = settings.maximumTries
  }

  /// The zone's serial is now this one.
  mutating func change(to serial: SerialNumber) {
    guard serial != wanted else { return }
    wanted = serial
    tries = 0
  }

  mutating func answered(_ serial: SerialNumber) { settled = serial }

  mutating func step(at now: Instant) -> Step {
    guard let wanted, wanted != settled else { return .nothing }
    if let lastSent {
      let next = lastSent.advanced(by: interval * (1 << max(tries - 1, 0)))
      guard now >= next else { return .wait(until: next) }
    }
    guard tries < maximumTries else {
      settled = wanted
      return .nothing
    }
    tries += 1
    lastSent = now
    return .send(wanted)
  }
}
