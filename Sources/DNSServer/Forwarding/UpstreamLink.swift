// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import Synchronization

/// One upstream: how it is reached, and how it is.
///
/// Healthy ⇄ down: failures in a row make it down, any answer makes it healthy. Found to lead back here, it is a loop
/// and stays one.
final class UpstreamLink: Sendable {
  private struct State {
    var counters: UpstreamCounters
    var failuresInARow = 0
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
  /// - Parameter flags: those of the request.
  func ask(
    _ question: Question, _ flags: Header.Flags, _ settings: ForwardingSettings, timeoutMilliseconds: Int64
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
    _ request: Message, _ settings: ForwardingSettings, _ timeoutMilliseconds: Int64
  ) async throws(DNSClientError) -> Message {
    if !settings.usesTCP {
      let answer = try await sockets.ask(
        request, requiresCase: settings.randomizesCase, timeoutMilliseconds: timeoutMilliseconds)
      if !answer.header.flags.contains(.truncated) { return answer }
    }
    state.withLock { $0.counters.tcpRequests += 1 }
    return try await client.exchangeOverTCP(request, upstream, timeoutMilliseconds)
  }

  func asked() { state.withLock { $0.counters.requests += 1 } }

  /// An answer came, whatever it says: the upstream is healthy.
  func answered(_ code: ResponseCode, microseconds: Int64) {
    state.withLock { state in
      state.failuresInARow = 0
      state.counters.isDown = false
      state.counters.responses[code.rawValue, default: DurationCounts()].add(microseconds: microseconds)
    }
  }

  func answeredBadly() { state.withLock { $0.counters.badAnswers += 1 } }

  /// No answer came.
  /// - Parameter limit: failures in a row that make it down; 0 for never.
  /// - Returns: whether it is down from now on.
  func failed(limit: Int) -> Bool {
    state.withLock { state in
      state.counters.failures += 1
      state.failuresInARow += 1
      guard limit > 0, state.failuresInARow >= limit, !state.counters.isDown else { return false }
      state.counters.isDown = true
      return true
    }
  }

  func probeFailed() { state.withLock { $0.counters.probeFailures += 1 } }

  func recovered() {
    state.withLock { state in
      state.failuresInARow = 0
      state.counters.isDown = false
    }
  }

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
