// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1

/// One request and its answer, on an HTTP/2 stream or an HTTP/1.1 connection.
///
/// It reads no faster than the body's reader: with a few pieces waiting, the channel is not read, so that HTTP/2's
/// window or the TCP window closes, and the server waits.
///
/// States: `waiting` for the head → `reading` the body → `ended`; from each to `ended` on an error.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Never
  typealias OutboundOut = HTTPClientRequestPart

  typealias Body = NIOThrowingAsyncSequenceProducer<
    ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDelegate
  >

  /// The head of an answer, and its body while it comes.
  struct Answer: Sendable {
    var head: HTTPResponseHead
    var body: Body
  }

  /// How an exchange ended: what comes next on the connection depends on it.
  enum Ending {
    case whole(keepsAlive: Bool)
    case broken
  }

  private enum State {
    case waiting(EventLoopPromise<Answer>, timer: Scheduled<Void>)
    case reading(Body.Source, keepsAlive: Bool)
    case ended
  }

  private let request: HTTPRequestHead
  private let timeout: TimeAmount
  private let onEnd: (Ending) -> Void
  private var promise: EventLoopPromise<Answer>?
  private var state = State.ended
  private var context: ChannelHandlerContext?
  /// Pieces of the body that came since the last `channelReadComplete`.
  private var pieces: [ByteBuffer] = []
  private var isWanted = true
  private var hasPendingRead = false

  /// - Parameters:
  ///   - timeout: until the head is there.
  ///   - onEnd: called once, on the channel's event loop, when nothing more of this exchange goes over the channel.
  init(
    _ request: HTTPRequestHead, timeout: TimeAmount, promise: EventLoopPromise<Answer>,
    onEnd: @escaping (Ending) -> Void
  ) {
    self.request = request
    self.timeout = timeout
    self.promise = promise
    self.onEnd = onEnd
  }

  // MARK: The request

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { start(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  private func start(_ context: ChannelHandlerContext) {
    guard let promise = promise.take() else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let timer = context.eventLoop.scheduleTask(in: timeout) { bound.value.fail(ExchangeError.timedOut) }
    state = .waiting(promise, timer: timer)
    context.write(wrapOutboundOut(.head(request)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  // MARK: The answer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    // Interim answers (RFC 9110 §15.2) say nothing that is needed.
    case (.head(let head), .waiting) where head.status.code < 200: break
    case (.head(let head), .waiting(let promise, let timer)):
      timer.cancel()
      let (source, body) = makeBody(context)
      state = .reading(source, keepsAlive: head.isKeepAlive)
      promise.succeed(Answer(head: head, body: body))
    case (.body(let piece), .reading): pieces.append(piece)
    case (.end, .reading(let source, let keepsAlive)):
      state = .ended
      isWanted = true
      // First the connection is free, then the reader hears of the end: its next request can have it.
      onEnd(.whole(keepsAlive: keepsAlive))
      _ = source.yield(contentsOf: pieces)
      pieces = []
      source.finish()
    default: break
    }
  }

  private func makeBody(_ context: ChannelHandlerContext) -> (source: Body.Source, body: Body) {
    let made = Body.makeSequence(
      backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4), finishOnDeinit: false,
      delegate: BodyDelegate(NIOLoopBound(self, eventLoop: context.eventLoop)))
    return (made.source, made.sequence)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if case .reading(let source, _) = state, !pieces.isEmpty {
      let result = source.yield(contentsOf: pieces)
      pieces.removeAll(keepingCapacity: true)
      switch result {
      case .produceMore: isWanted = true
      case .stopProducing: isWanted = false
      case .dropped: fail(ExchangeError.left)
      }
    }
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if isWanted { context.read() } else { hasPendingRead = true }
  }

  fileprivate func produceMore() {
    isWanted = true
    if hasPendingRead {
      hasPendingRead = false
      context?.read()
    }
  }

  // MARK: The end

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

  func channelInactive(context: ChannelHandlerContext) {
    fail(ExchangeError.closed)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    fail(ExchangeError.closed)
    self.context = nil
  }

  /// Ends the exchange and its channel: the server is told so by a reset of the stream or the end of the connection.
  func fail(_ error: any Error) {
    switch state {
    case .waiting(let promise, let timer):
      timer.cancel()
      promise.fail(error)
    case .reading(let source, _):
      // What came before it is still to be read.
      _ = source.yield(contentsOf: pieces)
      pieces = []
      source.finish(error)
    case .ended:
      guard let promise = promise.take() else { return }
      promise.fail(error)
    }
    state = .ended
    isWanted = true
    onEnd(.broken)
    context?.close(promise: nil)
  }
}

/// Tells an exchange what the reader of its body does.
struct BodyDelegate: NIOAsyncSequenceProducerDelegate {
  private let handler: NIOLoopBound<ExchangeHandler>

  init(_ handler: NIOLoopBound<ExchangeHandler>) { self.handler = handler }

  func produceMore() {
    handler.eventLoop.execute { handler.value.produceMore() }
  }

  /// The reader has read all, was cancelled or has gone.
  func didTerminate() {
    handler.eventLoop.execute { handler.value.fail(ExchangeError.left) }
  }
}

/// Why an exchange ended before its end.
enum ExchangeError: Error {
  /// No head within the time set.
  case timedOut
  /// The connection ended.
  case closed
  /// Nobody waits for it any more.
  case left
}
