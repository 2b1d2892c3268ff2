// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import Synchronization

/// One upstream: how it is reached, and how it is.
///
/// Healthy ⇄ down. A question without an answer may be the fault of the name, whose own servers are silent; so it has
/// the upstream probed, no more. Probes in a row without an answer make it down; any answer, to whatever question,
/// makes it healthy, and so does the end of health checks. Found to lead back here, it is a loop, until the settings of
/// forwarding change.
final class UpstreamLink: Sendable {
  /// What an event has made of the upstream.
  enum Change: Sendable { case none, down, healthy }

  /// What is known of the upstream.
  private struct State {
    var counters: UpstreamCounters
    /// Someone probes it.
    var isProbed = false
    /// Questions failed since the last probe.
    var isSuspect = false
    var probeFailuresInARow = 0

    /// Any answer came, or whether one comes does not count.
    mutating func answered() -> Change {
      probeFailuresInARow = 0
      defer { counters.isDown = false }
      return counters.isDown ? .healthy : .none
    }
  }

  let upstream: Upstream
  private let sockets: UpstreamSockets
  private let client: DNSClient
  private let state: Mutex<State>

  init(_ upstream: Upstream, group: any EventLoopGroup) {
    self.upstream = upstream
    sockets = UpstreamSockets(upstream, group: group)
    client = DNSClient(group: group)
    state = Mutex(State(counters: UpstreamCounters(upstream)))
  }

  var isDown: Bool { state.withLock(\.counters.isDown) }
  var isLoop: Bool { state.withLock(\.counters.isLoop) }

  var counters: UpstreamCounters {
    var counters = state.withLock(\.counters)
    (counters.openedSockets, counters.reusedSockets) = sockets.counts
    return counters
  }

  /// Asks one question, over UDP and where that is not enough over TCP; without EDNS where EDNS is not understood.
  /// - Parameters:
  ///   - flags: those of the request.
  ///   - timeoutMilliseconds: for each of these, when it begins.
  func ask(
    _ question: Question, _ flags: Header.Flags, _ settings: ForwardingSettings,
    timeoutMilliseconds: @autoclosure () -> Int64
  ) async throws(DNSClientError) -> Message {
    var question = question
    if settings.randomizesCase { question.name = question.name.withRandomCase() }
    var request = Message(id: .random(in: .min ... .max), question: question)
    request.header.flags = flags
    var answer = try await exchange(request, settings, timeoutMilliseconds)
    let code = answer.header.flags.responseCode
    if code == .formatError || code == .notImplemented {
      request.edns = nil
      answer = try await exchange(request, settings, timeoutMilliseconds)
    }
    return answer
  }

  private func exchange(
    _ request: Message, _ settings: ForwardingSettings, _ timeoutMilliseconds: () -> Int64
  ) async throws(DNSClientError) -> Message {
    func timeLeft() throws(DNSClientError) -> Int64 {
      let time = timeoutMilliseconds()
      guard time > 0 else { throw .noAnswer(upstream) }
      return time
    }
    if !settings.usesTCP {
      let answer = try await sockets.ask(
        request, requiresCase: settings.randomizesCase, timeoutMilliseconds: try timeLeft())
      if !answer.header.flags.contains(.truncated) { return answer }
    }
    let time = try timeLeft()
    state.withLock { $0.counters.tcpRequests += 1 }
    return try await client.exchange(request, upstream, time, isStream: true)
  }

  func asked() { state.withLock { $0.counters.requests += 1 } }

  /// An answer came, whatever it says: the upstream is healthy.
  func answered(_ code: ResponseCode, microseconds: Int64) -> Change {
    state.withLock { state in
      state.counters.responses[code.rawValue, default: DurationCounts()].add(microseconds: microseconds)
      return state.answered()
    }
  }

  func answeredBadly() { state.withLock { $0.counters.badAnswers += 1 } }

  /// No answer came.
  /// - Parameter isProbed: whether health checks are on.
  /// - Returns: whether the caller is to see to it that the upstream is probed: nobody does so yet.
  func failed(isProbed: Bool) -> Bool {
    state.withLock { state in
      state.counters.failures += 1
      guard isProbed else { return false }
      state.isSuspect = true
      defer { state.isProbed = true }
      return !state.isProbed
    }
  }

  /// A probe begins.
  func probing() {
    state.withLock { state in
      state.counters.probes += 1
      state.isSuspect = false
    }
  }

  /// A probe has ended.
  /// - Parameter limit: probes in a row without an answer that make the upstream down.
  func probed(isAnswered: Bool, limit: Int) -> Change {
    state.withLock { state in
      if isAnswered { return state.answered() }
      state.counters.probeFailures += 1
      state.probeFailuresInARow += 1
      guard state.probeFailuresInARow >= limit, !state.counters.isDown else { return .none }
      state.counters.isDown = true
      return .down
    }
  }

  /// Whether there is still something to find out. Once there is not, whoever probes ends.
  func needsProbe() -> Bool {
    state.withLock { state in
      state.isProbed = state.isSuspect || state.counters.isDown || state.probeFailuresInARow > 0
      return state.isProbed
    }
  }

  /// Nobody probes it any more, so nobody would find out that it is back.
  func endProbing() {
    state.withLock { state in
      state.isProbed = false
      state.isSuspect = false
      _ = state.answered()
    }
  }

  /// There are no health checks any more: whatever they have found does not count.
  func forgetProbes() { state.withLock { _ = $0.answered() } }

  /// - Returns: whether that is news.
  func setLoop(_ isLoop: Bool) -> Bool {
    state.withLock { state in
      defer { state.counters.isLoop = isLoop }
      return state.counters.isLoop != isLoop
    }
  }

  /// Not in use any more.
  func close() { sockets.close() }
}

extension Name {
  /// The same name, each letter in upper or lower case by chance.
  fileprivate func withRandomCase() -> Name {
    var bits: UInt64 = 0
    var left = 0
    return Name(uncheckedWire: wire.map { octet in
      guard octet.asciiLowercased &- 0x61 < 26 else { return octet }
      if left == 0 { (bits, left) = (.random(in: .min ... .max), 64) }
      defer {
        bits >>= 1
        left -= 1
      }
      return octet.asciiLowercased ^ (bits & 1 == 0 ? 0 : 0x20)
    })
  }
}
