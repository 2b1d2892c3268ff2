// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A client's question and how its answer gets back.
struct ForwardWaiter: Sendable {
  let question: ForwardQuestion
  let payloadSize: Int
  let reply: @Sendable ([UInt8]) -> Void
  /// Called in place of `reply` when upstreams have failed; `nil`: their failure is the answer.
  var lastResort: (@Sendable () -> Void)?

  func give(_ served: ServedAnswer) {
    if served.answer.kind == .failure, let lastResort { return lastResort() }
    reply(question.reply(served, payloadSize: payloadSize))
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

  private struct State {
    var waiters: [ForwardKey: [ForwardWaiter]] = [:]
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

  func join(_ key: ForwardKey, _ waiter: ForwardWaiter, limit: Int) -> Joining {
    state.withLock { state in
      guard state.count < limit else {
        state.refused += 1
        return .refused
      }
      state.count += 1
      state.maximumCount = max(state.maximumCount, state.count)
      let isNew = state.waiters[key] == nil
      state.waiters[key, default: []].append(waiter)
      if !isNew { state.joined += 1 }
      return isNew ? .begun : .joined
    }
  }

  /// Begins a flight for which nobody waits yet.
  /// - Returns: whether there was none.
  func begin(_ key: ForwardKey, limit: Int) -> Bool {
    state.withLock { state in
      guard state.waiters.count < limit, state.waiters[key] == nil else { return false }
      state.waiters[key] = []
      return true
    }
  }

  /// Those who wait, who are to have an answer now; others may still join.
  func takeWaiters(_ key: ForwardKey) -> [ForwardWaiter] {
    state.withLock { state in
      guard let waiters = state.waiters[key] else { return [] }
      state.waiters[key] = []
      state.count -= waiters.count
      return waiters
    }
  }

  func end(_ key: ForwardKey) -> [ForwardWaiter] {
    state.withLock { state in
      guard let waiters = state.waiters.removeValue(forKey: key) else { return [] }
      state.count -= waiters.count
      return waiters
    }
  }
}
