// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A client's question and how its answer gets back.
struct ForwardWaiter: Sendable {
  let question: ForwardQuestion
  let payloadSize: Int
  let reply: @Sendable ([UInt8]) -> Void
  /// Called in place of `reply` where another question has to be asked for the answer.
  let goOn: @Sendable (ForwardQuestion) -> Void

  func give(_ served: ServedAnswer) {
    switch question.outcome(of: served, payloadSize: payloadSize) {
    case .reply(let octets): reply(octets)
    case .forward(let next): goOn(next)
    }
  }

  func give(_ answer: ForwardedAnswer) { give(ServedAnswer(answer: answer)) }
}

/// Questions that are on their way to an upstream, and who waits for each. The same question is asked once.
///
/// A flight begins with `join` or `begin`, and ends with `end`.
final class ForwardFlights: Sendable {
  enum Joining: Sendable {
    /// The question is on its way already.
    case joined
    /// It has to be asked.
    case begun
    /// One too many waits.
    case refused
  }

  private struct Flight {
    var waiters: [ForwardWaiter] = []
    /// The answer whose time is over, for the case that there is no newer one. The last who came brought it.
    var stale: ServedAnswer?
    /// Told when somebody waits who brought one.
    var staleWaits: AsyncStream<Void>.Continuation?

    mutating func add(_ waiter: ForwardWaiter, _ stale: ServedAnswer?) {
      waiters.append(waiter)
      guard let stale else { return }
      self.stale = stale
      staleWaits?.yield()
    }
  }

  private struct State {
    var flights: [ForwardKey: Flight] = [:]
    var count = 0
    var maximumCount = 0
    var joined = 0
    var refused = 0
  }

  private let state = Mutex(State())

  /// Clients' questions that wait, the most that did, those that joined, and those that were refused.
  var counts: (waiting: Int, maximum: Int, joined: Int, refused: Int) {
    state.withLock { ($0.count, $0.maximumCount, $0.joined, $0.refused) }
  }

  /// - Parameter stale: an answer whose time is over, good for all who wait if there is no newer one.
  func join(_ key: ForwardKey, _ waiter: ForwardWaiter, stale: ServedAnswer?, limit: Int) -> Joining {
    state.withLock { state in
      guard state.count < limit else {
        state.refused += 1
        return .refused
      }
      state.count += 1
      state.maximumCount = max(state.maximumCount, state.count)
      let isNew = state.flights[key] == nil
      state.flights[key, default: Flight()].add(waiter, stale)
      if !isNew { state.joined += 1 }
      return isNew ? .begun : .joined
    }
  }

  /// Begins a flight for which nobody waits yet.
  /// - Returns: what tells that somebody waits for whom there is only an old answer; `nil` if there was a flight.
  func begin(_ key: ForwardKey, limit: Int) -> AsyncStream<Void>? {
    state.withLock { state in
      guard state.flights.count < limit, state.flights[key] == nil else { return nil }
      let (staleWaits, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      state.flights[key] = Flight(staleWaits: continuation)
      return staleWaits
    }
  }

  /// Whether there is an old answer for those who wait.
  func hasStale(_ key: ForwardKey) -> Bool { state.withLock { $0.flights[key]?.stale != nil } }

  /// Those who wait, who are to have the old answer now; others may still join.
  func takeWaiters(_ key: ForwardKey) -> (waiters: [ForwardWaiter], stale: ServedAnswer?) {
    state.withLock { state in
      guard let flight = state.flights[key] else { return ([], nil) }
      state.flights[key]?.waiters = []
      state.count -= flight.waiters.count
      return (flight.waiters, flight.stale)
    }
  }

  /// Those who wait, and the old answer for them, if there is one.
  func end(_ key: ForwardKey) -> (waiters: [ForwardWaiter], stale: ServedAnswer?) {
    state.withLock { state in
      guard let flight = state.flights.removeValue(forKey: key) else { return ([], nil) }
      state.count -= flight.waiters.count
      return (flight.waiters, flight.stale)
    }
  }
}
