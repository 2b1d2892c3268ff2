// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import NIOPosix

/// One NOTIFY and its answer, over UDP (RFC 1996 §3.6).
enum NotifyExchange {
  /// How long an answer may take.
  static let timeout = TimeAmount.seconds(3)
  static let opcode = Header.Flags(rawValue: 4 << 11)

  /// - Returns: what the peer says to it.
  static func send(_ zone: Name, to peer: Upstream) async throws -> ResponseCode {
    let address = try SocketAddress(ipAddress: peer.address.description, port: Int(peer.port))
    var message = Message(
      id: .random(in: .min ... .max), question: Question(name: zone, type: .soa), edns: nil)
    message.header.flags = [opcode, .authoritative]
    let request = message
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let promise = loop.makePromise(of: ResponseCode.self)
    let timer = loop.scheduleTask(in: timeout) { promise.fail(ChannelError.connectTimeout(timeout)) }
    let connecting = DatagramBootstrap(group: loop).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(NotifyHandler(request, promise))
      }
    }.connect(to: address)
    connecting.whenFailure { promise.fail($0) }
    connecting.whenSuccess { channel in
      promise.futureResult.whenComplete { _ in
        timer.cancel()
        channel.close(promise: nil)
      }
    }
    return try await promise.futureResult.get()
  }
}

/// Sends the message when it can, and waits for the answer to it; other datagrams are passed over.
private final class NotifyHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  private let request: Message
  private let promise: EventLoopPromise<ResponseCode>

  init(_ request: Message, _ promise: EventLoopPromise<ResponseCode>) {
    self.request = request
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    guard let peer = context.remoteAddress else { return context.close(promise: nil) }
    let envelope = AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(bytes: request.encoded))
    context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let answer = try? Message(parsing: Array(unwrapInboundIn(data).data.readableBytesView)),
      answer.header.id == request.header.id, answer.header.flags.contains(.response),
      answer.header.flags.opcodeBits == NotifyExchange.opcode, answer.questions == request.questions
    else { return }
    promise.succeed(answer.responseCode)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }

  func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}
