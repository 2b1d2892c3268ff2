// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import NIOCore
import Naming

/// One connection of a client over TCP (RFC 7766) or TLS (RFC 7858): any number of questions, answers as they are
/// ready.
///
/// It reads only while the client takes its answers and few questions wait for an upstream, and closes after a time
/// without progress: a whole question that came in, or answers that the client took. Octets alone are none.
///
/// It is open, then ending (no more questions are read), then closing (every answer is written), then lingering (our
/// side is closed; what still comes in is thrown away, because closing over unread octets resets the connection and
/// can take the answers with it), then closed.
final class StreamConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Octets of the largest message that its length field can announce.
  static let messageLimit = 65_535

  private let index: NameIndex
  private(set) var reader: ResponderReader
  private let forwarder: Forwarder
  private let settings: DNSServerSettings
  private let counters: QuestionCounters
  /// What has come in and is not answered: at most what is read at one time, and a part of a message.
  private(set) var received = ByteBuffer()
  private var random = RandomSequence()
  /// Its address is known when the connection is.
  private var client: Client
  /// Questions that wait for an upstream.
  private var pending = 0
  /// The transfer that is under way; until it is done, no further question of the connection is answered.
  var transfer: TransferSession?
  /// No more questions will be read: the client has sent its last, or the server stops.
  private var isEnding = false
  /// The client has closed its side.
  private var isInputClosed = false
  /// The last answer has been written; the connection closes when the client's side has it.
  private var isClosing = false
  private var isLingering = false
  private var idle: Scheduled<Void>?

  /// - Parameter counters: for all connections of a place.
  init(
    index: NameIndex, responder: LiveResponder, forwarder: Forwarder, settings: DNSServerSettings,
    transport: Client.Transport = .tcp, counters: QuestionCounters = QuestionCounters(isShared: true)
  ) {
    self.counters = counters
    self.index = index
    self.reader = ResponderReader(responder)
    self.forwarder = forwarder
    self.settings = settings
    client = Client(transport: transport, address: HostAddress(ipv4: 0), port: 0)
  }

  func channelActive(context: ChannelHandlerContext) {
    if let peer = context.remoteAddress, let address = peer.ipAddress.flatMap({ HostAddress($0) }) {
      client.address = address
      client.port = UInt16(truncatingIfNeeded: peer.port ?? 0)
    }
    restartIdleTimer(context)
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isLingering else { return }
    receive(unwrapInboundIn(data))
    answerReceived(context)
  }

  /// Keeps what came in, in place of what has been answered: a buffer of NIO's never gives back what was read, and
  /// traps at 4 GiB.
  private func receive(_ octets: ByteBuffer) {
    if received.readableBytes == 0 {
      received = octets
    } else {
      received.discardReadBytes()
      received.writeImmutableBuffer(octets)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.flush()
    proceed(context)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable, !isLingering { restartIdleTimer(context) }
    resume(context)
  }

  /// Goes on with what waited: for the client to take answers, or for an upstream.
  func resume(_ context: ChannelHandlerContext) {
    answerReceived(context)
    context.flush()
    proceed(context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if (event as? ChannelEvent) == .inputClosed { isInputClosed = true }
    if isInputClosed || event is ChannelShouldQuiesceEvent {
      isEnding = true
      proceed(context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelInactive(context: ChannelHandlerContext) {
    idle?.cancel()
    isEnding = true
    transfer = nil
  }

  private var canTakeMore: Bool { pending < settings.maximumPendingPerConnection }

  /// Answers the whole messages that are there.
  private func answerReceived(_ context: ChannelHandlerContext) {
    reader.refresh()
    var isAsked = false
    continueTransfer(context)
    while transfer == nil, canTakeMore, context.channel.isWritable,
      let message = received.readLengthPrefixedSlice(as: UInt16.self) {
      let arrival = MonotonicTime.nanoseconds
      let (outcome, octets) = MessageScratch.answer(
        message.readableBytesView, by: reader.responder, from: index.snapshot, client: client, random: random.next())
      switch outcome {
      case .reply:
        let source = unsafe counters.count(octets.span.bytes, requestLength: message.readableBytes)
        write(octets, context)
        counters.countDuration(nanoseconds: MonotonicTime.nanoseconds &- arrival, source: source)
      // What is no question is no reason to stay open.
      case .ignore: continue
      case .forward(let question): forward(question, message.readableBytes, arrival, context)
      case .transfer(let session):
        unsafe counters.countRequest(octets.span.bytes, length: message.readableBytes, .names)
        transfer = session
        continueTransfer(context)
      case .hold(let question, let hold):
        let reply = laterReply(.names, message.readableBytes, arrival, context)
        if !hold.hold(question, reply: reply) { reply(question.reply(from: index.snapshot)) }
      }
      isAsked = true
    }
    if isAsked { restartIdleTimer(context) }
  }

  func write(_ octets: [UInt8], _ context: ChannelHandlerContext) {
    var frame = context.channel.allocator.buffer(capacity: octets.count + 2)
    frame.writeInteger(UInt16(octets.count))
    frame.writeBytes(octets)
    context.write(wrapOutboundOut(frame), promise: nil)
  }

  private func forward(
    _ question: ForwardQuestion, _ length: Int, _ arrival: UInt64, _ context: ChannelHandlerContext
  ) {
    forwarder.forward(question, reply: laterReply(.forward, length, arrival, context))
  }

  /// Writes an answer that comes later; until then it counts as pending.
  private func laterReply(
    _ source: AnswerSource, _ length: Int, _ arrival: UInt64, _ context: ChannelHandlerContext
  ) -> @Sendable ([UInt8]) -> Void {
    pending += 1
    let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    return { [counters] octets in
      counters.countLater(octets, source, requestLength: length, since: arrival)
      connection.execute { handler, context in
        handler.pending -= 1
        guard context.channel.isActive else { return }
        handler.write(octets, context)
        handler.resume(context)
      }
    }
  }

  /// Whether a whole message waits to be answered.
  private var hasQuestion: Bool {
    guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self) else { return false }
    return received.readableBytes >= 2 + Int(length)
  }

  /// Reads on, or closes once everything is answered and the answers have left.
  private func proceed(_ context: ChannelHandlerContext) {
    if isLingering {
      if isInputClosed { context.close(promise: nil) } else { context.read() }
    } else if isEnding {
      if pending == 0, transfer == nil, !hasQuestion { closeWhenWritten(context) }
    } else if transfer == nil, canTakeMore, context.channel.isWritable {
      context.read()
    }
  }

  private func closeWhenWritten(_ context: ChannelHandlerContext) {
    if isClosing { return }
    isClosing = true
    // Writes complete in their order, so this empty one does after all answers. A client that takes none meets the
    // idle timer.
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      bound.value.0.closeOutput(bound.value.1)
    }
  }

  private func closeOutput(_ context: ChannelHandlerContext) {
    // TLS has its own farewell, and waits for the client's.
    guard client.transport == .tcp, !isInputClosed, settings.connectionLingerSeconds > 0 else {
      context.close(promise: nil)
      return
    }
    isLingering = true
    received = ByteBuffer()
    idle?.cancel()
    context.close(mode: .output, promise: nil)
    guard context.channel.isActive else { return }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    idle = context.eventLoop.scheduleTask(in: .seconds(settings.connectionLingerSeconds)) {
      bound.value.close(promise: nil)
    }
    context.read()
  }

  private func restartIdleTimer(_ context: ChannelHandlerContext) {
    idle?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    idle = context.eventLoop.scheduleTask(in: .seconds(settings.connectionIdleSeconds)) {
      let (handler, context) = bound.value
      if handler.pending > 0, context.channel.isWritable {
        handler.restartIdleTimer(context)  // It is we who are slow.
      } else {
        context.close(promise: nil)
      }
    }
  }
}

extension NIOLoopBound where Value == (StreamConnection, ChannelHandlerContext) {
  /// Calls `body` on the connection's own thread: at once if this is it.
  func execute(_ body: @escaping @Sendable (StreamConnection, ChannelHandlerContext) -> Void) {
    if eventLoop.inEventLoop {
      // Not from inside the caller: it may be in the middle of its own work on the connection.
      eventLoop.assumeIsolated().execute { body(self.value.0, self.value.1) }
    } else {
      eventLoop.execute { body(self.value.0, self.value.1) }
    }
  }
}
