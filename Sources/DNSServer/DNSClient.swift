// SPDX-License-Identifier: Apache-2.0
package import DNSWire
import NIOCore
import NIOPosix

/// Asks a server one question: over UDP from a fresh port with a fresh id, and over TCP where the answer was cut.
package struct DNSClient: Sendable {
  /// What the C library's resolver waits (resolv.conf(5), `timeout`).
  package static let defaultTimeoutMilliseconds: Int64 = 5000

  /// The process's own event loops.
  static var sharedGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

  private let group: any EventLoopGroup

  /// Uses the threads that the process shares for such work.
  package init() { group = Self.sharedGroup }

  init(group: any EventLoopGroup) { self.group = group }

  /// - Parameters:
  ///   - timeoutMilliseconds: for each of the two transports.
  ///   - recursionDesired: the RD flag.
  /// - Returns: an answer with our id and our question; anything else that comes in is passed over.
  package func query(
    _ question: Question, at server: Upstream, timeoutMilliseconds: Int64 = Self.defaultTimeoutMilliseconds,
    recursionDesired: Bool = true, overTCP: Bool = false
  ) async throws(DNSClientError) -> Message {
    var request = Message(id: .random(in: .min ... .max), question: question)
    if !recursionDesired { request.header.flags.remove(.recursionDesired) }
    if !overTCP {
      let answer = try await exchange(request, server, timeoutMilliseconds, isStream: false)
      if !answer.header.flags.contains(.truncated) { return answer }
    }
    return try await exchange(request, server, timeoutMilliseconds, isStream: true)
  }

  /// One request of any kind, over UDP or over a connection of its own, and its answer.
  func exchange(
    _ request: Message, _ server: Upstream, _ timeoutMilliseconds: Int64, isStream: Bool
  ) async throws(DNSClientError) -> Message {
    do {
      let address = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
      let loop = group.next()
      let promise = loop.makePromise(of: Message.self)
      let timeout = loop.scheduleTask(in: .milliseconds(timeoutMilliseconds)) {
        promise.fail(DNSClientError.noAnswer(server))
      }
      promise.futureResult.whenComplete { _ in timeout.cancel() }
      let connecting = isStream
        ? ClientBootstrap(group: loop).channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(StreamExchange(request, server, promise))
          }
        }.connect(to: address)
        : DatagramBootstrap(group: loop).channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(DatagramExchange(request, promise))
          }
        }.connect(to: address)
      connecting.whenFailure { promise.fail($0) }
      connecting.whenSuccess { channel in
        promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
      }
      return try await promise.cancellableValue()
    } catch let error as DNSClientError {
      throw error
    } catch {
      throw .unreachable(server, "\(error)")
    }
  }
}

extension EventLoopPromise {
  /// Waits for the result; when the task is cancelled, no longer.
  func cancellableValue() async throws -> Value where Value: Sendable {
    try await withTaskCancellationHandler {
      try await futureResult.get()
    } onCancel: {
      fail(CancellationError())
    }
  }
}

/// Why there is no answer.
package enum DNSClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nothing came in time that answers the question.
  case noAnswer(Upstream)
  /// The server cannot be reached, or closed the connection; with the system's words.
  case unreachable(Upstream, String)
  /// What came over a connection is no answer to the request, or its records are not what their types have.
  case unreadable(Upstream)

  package var description: String {
    switch self {
    case .noAnswer(let server): "no answer from \(server) in time"
    case .unreachable(let server, let reason): "\(server) cannot be reached: \(reason)"
    case .unreadable(let server): "the answer of \(server) cannot be read"
    }
  }
}

/// Sends one request in a datagram and waits for its answer; other datagrams are passed over.
private final class DatagramExchange: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  private let request: Message
  private let promise: EventLoopPromise<Message>

  init(_ request: Message, _ promise: EventLoopPromise<Message>) {
    self.request = request
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    guard let server = context.remoteAddress else { return context.close(promise: nil) }
    let envelope = AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: request.encoded))
    context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let octets = Array(unwrapInboundIn(data).data.readableBytesView)
    if let message = Message(datagram: octets, to: request) { promise.succeed(message) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}

/// Sends one request over a connection, with its length in front (RFC 1035 §4.2.2), and waits for its answer. Nobody
/// else can say anything here, so the first message that is no answer to the request is a broken one.
private final class StreamExchange: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let request: Message
  private let server: Upstream
  private let promise: EventLoopPromise<Message>
  private var received = ByteBuffer()

  init(_ request: Message, _ server: Upstream, _ promise: EventLoopPromise<Message>) {
    self.request = request
    self.server = server
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    var buffer = ByteBuffer()
    let octets = request.encoded
    buffer.writeInteger(UInt16(octets.count))
    buffer.writeBytes(octets)
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    guard let frame = received.readLengthPrefixedSlice(as: UInt16.self) else { return }
    if let message = try? Message(parsing: Array(frame.readableBytesView)),
      message.isAnswer(to: request) || message.isBareError(to: request) {
      promise.succeed(message)
    } else {
      promise.fail(DNSClientError.unreadable(server))
    }
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}
