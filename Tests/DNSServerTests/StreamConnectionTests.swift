// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import DNSServer

@Suite("The end of a TCP connection (RFC 7766 §6.2.4: what was asked is answered first)")
struct StreamConnectionTests {
  /// A client's transport that takes what it is given only when the test says so.
  private final class SlowTransport: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private var held: [(NIOAny, EventLoopPromise<Void>?)] = []
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      held.append((data, promise))
    }
    func flush(context: ChannelHandlerContext) {}

    func release() {
      for (data, promise) in held { context?.write(data, promise: promise) }
      held = []
      context?.flush()
    }
  }

  private static func connection() throws -> EmbeddedChannel {
    let settings = DNSServerSettings()
    let connection = StreamConnection(
      index: TestObjects.index(), responder: LiveResponder(Responder(settings, forwards: false)),
      forwarder: Forwarder(
        settings.forwarding, payloadSize: settings.payloadSize, logger: Logger(label: "test")),
      settings: settings)
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(connection)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 53)).wait()
    return channel
  }

  private static let questions = try! (1...3).flatMap { number in
    try ServerTests.frame(UInt16(number), "web.default.svc.cluster.local")
  }

  /// The ids of the answers that have left the server.
  private static func answers(_ channel: EmbeddedChannel) throws -> [UInt16] {
    var ids: [UInt16] = []
    while var frame = try channel.readOutbound(as: ByteBuffer.self) {
      while let message = frame.readLengthPrefixedSlice(as: UInt16.self) {
        ids.append(try Message(parsing: Array(message.readableBytesView)).header.id)
      }
    }
    return ids
  }

  private static func end(_ channel: EmbeddedChannel, byClient: Bool) {
    let event: any Sendable = byClient ? ChannelEvent.inputClosed : ChannelShouldQuiesceEvent()
    channel.pipeline.fireUserInboundEventTriggered(event)
  }

  @Test("What a connection has answered takes no memory")
  func memory() throws {
    let channel = try Self.connection()
    let connection = try channel.pipeline.syncOperations.handler(type: StreamConnection.self)
    // Cut within a message, so that a part of one is always left over.
    let middle = Self.questions.count / 2
    try channel.writeInbound(ByteBuffer(bytes: Self.questions[..<middle]))
    let rest = Array(Self.questions[middle...] + Self.questions[..<middle])
    for _ in 0..<500 {
      try channel.writeInbound(ByteBuffer(bytes: rest))
      _ = try Self.answers(channel)
    }
    #expect(connection.received.readableBytes > 0)
    #expect(connection.received.storageCapacity <= 4 * rest.count)
  }

  @Test("Questions that wait for the client to take answers", arguments: [true, false])
  func waitingQuestions(isEndedByClient: Bool) throws {
    let channel = try Self.connection()
    channel.isWritable = false
    try channel.writeInbound(ByteBuffer(bytes: Self.questions))
    Self.end(channel, byClient: isEndedByClient)
    #expect(channel.isActive)
    channel.isWritable = true
    channel.pipeline.fireChannelWritabilityChanged()
    #expect(try Self.answers(channel) == [1, 2, 3])
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  @Test("Answers that are on their way", arguments: [true, false])
  func waitingAnswers(isEndedByClient: Bool) throws {
    let channel = try Self.connection()
    let transport = SlowTransport()
    try channel.pipeline.syncOperations.addHandler(transport, position: .first)
    try channel.writeInbound(ByteBuffer(bytes: Self.questions))
    Self.end(channel, byClient: isEndedByClient)
    #expect(channel.isActive)
    transport.release()
    #expect(try Self.answers(channel) == [1, 2, 3])
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  @Test("Half a question at the end is no reason to wait")
  func halfAQuestion() throws {
    let channel = try Self.connection()
    try channel.writeInbound(ByteBuffer(bytes: Self.questions.dropLast()))
    Self.end(channel, byClient: true)
    #expect(try Self.answers(channel) == [1, 2])
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  /// Keeps what is asked of the transport's end, and stays open when only our side is to be closed.
  private final class CloseRecorder: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var modes: [CloseMode] = []

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
      modes.append(mode)
      if mode == .output { promise?.succeed(()) } else { context.close(mode: mode, promise: promise) }
    }
  }

  @Test("When the server stops, it closes its side, throws away what still comes, and waits for the client's end")
  func lingering() throws {
    let channel = try Self.connection()
    let recorder = CloseRecorder()
    try channel.pipeline.syncOperations.addHandler(recorder, position: .first)
    try channel.writeInbound(ByteBuffer(bytes: Self.questions))
    Self.end(channel, byClient: false)
    #expect(recorder.modes == [.output])
    try channel.writeInbound(ByteBuffer(bytes: Self.questions))
    #expect(try Self.answers(channel) == [1, 2, 3])
    #expect(channel.isActive)
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(recorder.modes == [.output, .all])
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  @Test("It does not wait for ever")
  func lingeringEnds() throws {
    let channel = try Self.connection()
    let recorder = CloseRecorder()
    try channel.pipeline.syncOperations.addHandler(recorder, position: .first)
    Self.end(channel, byClient: false)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1999))
    #expect(channel.isActive && recorder.modes == [.output])
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(recorder.modes == [.output, .all])
  }

  @Test("Only whole questions keep a connection open")
  func dribbling() throws {
    let channel = try Self.connection()
    func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
    for octet in Self.questions.dropLast().suffix(8) {
      pass(1)
      try channel.writeInbound(ByteBuffer(bytes: [octet]))
    }
    #expect(channel.isActive)
    pass(2)
    #expect(!channel.isActive)

    let other = try Self.connection()
    for _ in 0..<5 {
      other.embeddedEventLoop.advanceTime(by: .seconds(9))
      try other.writeInbound(ByteBuffer(bytes: Self.questions))
      #expect(try Self.answers(other) == [1, 2, 3])
    }
    other.embeddedEventLoop.advanceTime(by: .seconds(10))
    #expect(!other.isActive)
  }

  @Test("Messages that are no questions do not keep a connection open", arguments: [true, false])
  func noQuestions(isEmpty: Bool) throws {
    let channel = try Self.connection()
    var message = try ServerTests.frame(1, "web.default.svc.cluster.local")
    // QR: an answer.
    message[4] |= 0x80
    channel.embeddedEventLoop.advanceTime(by: .seconds(9))
    try channel.writeInbound(ByteBuffer(bytes: isEmpty ? [0, 0] : message))
    #expect(try Self.answers(channel) == [])
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
  }
}
