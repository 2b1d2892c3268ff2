// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTP2
import Synchronization

/// A connection to an API server that is ready for requests.
final class Connection: Sendable {
  enum Kind: Sendable {
    /// Many requests at once.
    case http2(NIOHTTP2Handler.StreamMultiplexer)
    /// One request after another.
    case http1
  }

  private struct State {
    /// Requests that are under way, or for which a place is taken.
    var exchanges = 0
    /// How many there may be.
    var limit: Int
    var isRetired = false
    var idleTimer: Scheduled<Void>?
    /// The first error of the connection itself: why requests on it came to nothing.
    var error: (any Error)?
  }

  let channel: any Channel
  let kind: Kind
  private let idleTimeout: TimeAmount
  private let state: Mutex<State>

  init(_ channel: any Channel, _ kind: Kind, idleTimeout: TimeAmount) {
    self.channel = channel
    self.kind = kind
    self.idleTimeout = idleTimeout
    let limit = if case .http2 = kind { TransportSettings.maximumExchanges } else { 1 }
    state = Mutex(State(limit: limit))
  }

  /// Whether a new request may go over it.
  var isUsable: Bool { channel.isActive && state.withLock { !$0.isRetired } }

  /// Why the connection ended, where it is known.
  var error: (any Error)? { state.withLock(\.error) }

  func noteError(_ error: any Error) {
    state.withLock { $0.error = $0.error ?? error }
  }

  // MARK: Requests

  /// Takes a place for one request, which has to be sent then; false where there is none.
  func reserve() -> Bool {
    guard channel.isActive else { return false }
    let (isReserved, timer) = state.withLock { state -> (Bool, Scheduled<Void>?) in
      guard !state.isRetired, state.exchanges < state.limit else { return (false, nil) }
      state.exchanges += 1
      return (true, state.idleTimer.take())
    }
    timer?.cancel()
    return isReserved
  }

  /// The server has said how many requests it takes at once (SETTINGS_MAX_CONCURRENT_STREAMS, RFC 9113 §6.5.2). None at
  /// all would be no connection: one is tried then, and waits until the server takes it.
  func limitExchanges(to count: Int) {
    state.withLock { $0.limit = min(max(count, 1), TransportSettings.maximumExchanges) }
  }

  /// Sends a request for which a place was taken; the answer's head ends the wait.
  /// - Parameter onEnd: called when nothing more of the exchange goes over the connection; true where the connection
  ///   can carry the next one.
  func send(
    _ request: HTTPRequestHead, timeout: TimeAmount, onEnd: @escaping @Sendable (Bool) -> Void
  ) -> (answer: EventLoopFuture<ExchangeHandler.Answer>, cancel: @Sendable () -> Void) {
    let loop = channel.eventLoop
    let answer = loop.makePromise(of: ExchangeHandler.Answer.self)
    let once = Once()
    let end: @Sendable (ExchangeHandler.Ending) -> Void = { ending in
      guard once.take() else { return }
      self.end()
      if case .whole(let keepsAlive) = ending { onEnd(keepsAlive) } else { onEnd(false) }
    }
    switch kind {
    case .http2(let multiplexer):
      // A promise of its own, so that the stream's set-up can fail without an exchange.
      let stream = loop.makePromise(of: (any Channel).self)
      multiplexer.createStreamChannel(promise: stream) { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = ExchangeHandler(request, timeout: timeout, promise: answer, onEnd: end)
          try channel.pipeline.syncOperations.addHandlers(
            HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .https), handler)
        }
      }
      stream.futureResult.whenFailure { error in
        // Where the handler was there, it may have said so already, and this does nothing.
        answer.fail(error)
        loop.execute { end(.broken) }
      }
      return (answer.futureResult, { stream.futureResult.whenSuccess { $0.close(promise: nil) } })
    case .http1:
      let channel = channel
      loop.execute {
        let handler = ExchangeHandler(request, timeout: timeout, promise: answer) { ending in
          guard case .whole(keepsAlive: true) = ending else { return end(ending) }
          // The handler has done its part; the next request brings its own.
          let sync = channel.pipeline.syncOperations
          guard let context = try? sync.context(handlerType: ExchangeHandler.self) else { return end(.broken) }
          sync.removeHandler(context: context).whenComplete { _ in end(ending) }
        }
        do { try channel.pipeline.syncOperations.addHandler(handler) } catch {
          answer.fail(error)
          end(.broken)
        }
      }
      return (answer.futureResult, { channel.close(promise: nil) })
    }
  }

  // MARK: The end

  /// Takes no more requests, and closes when the last of those under way ends.
  func retire() {
    let isIdle = state.withLock { state in
      state.isRetired = true
      return state.exchanges == 0
    }
    if isIdle { close() }
  }

  /// An HTTP/1.1 connection whose exchange broke carries no other.
  func retireIfHTTP1() {
    if case .http1 = kind { retire() }
  }

  func close() { channel.close(promise: nil) }

  private func end() {
    let isDone = state.withLock { state in
      state.exchanges -= 1
      return state.exchanges == 0 ? state.isRetired : nil
    }
    guard let isDone else { return }
    if isDone { close() } else { startIdleTimer() }
  }

  /// Without a request from now on it ends after a while.
  func startIdleTimer() {
    let timer = channel.eventLoop.scheduleTask(in: idleTimeout) { self.closeIfIdle() }
    let old = state.withLock { state in
      // A request may have begun meanwhile.
      guard state.exchanges == 0 else { return Optional(timer) }
      let old = state.idleTimer
      state.idleTimer = timer
      return old
    }
    old?.cancel()
  }

  private func closeIfIdle() {
    let isIdle = state.withLock { state in
      if state.exchanges == 0 { state.isRetired = true }
      return state.exchanges == 0
    }
    if isIdle { close() }
  }
}

/// Something that happens once, whoever comes first.
private final class Once: Sendable {
  private let isTaken = Mutex(false)

  /// True for the first who asks.
  func take() -> Bool {
    isTaken.withLock { isTaken in
      defer { isTaken = true }
      return !isTaken
    }
  }
}
