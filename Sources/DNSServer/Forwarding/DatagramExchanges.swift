// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore

/// Questions under way over one connected UDP socket. The kernel lets in datagrams of the server's address and port
/// alone; of these, one with an id that waits and with that id's question is an answer, and all others are passed over.
///
/// A socket is in use for a while and then retired: it takes no more questions, and closes with the last answer.
final class DatagramExchanges: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  private struct Exchange {
    var request: Message
    var requiresCase: Bool
    var promise: EventLoopPromise<Message>
    var timeout: Scheduled<Void>
  }

  private let server: Upstream
  private var exchanges: [UInt16: Exchange] = [:]
  private var context: ChannelHandlerContext?
  private var isRetired = false
  /// Milliseconds in which questions still come that chose this socket before it was retired.
  private static let farewellMilliseconds: Int64 = 100

  init(server: Upstream) { self.server = server }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Sends a question under an id that no other one here has, and fulfils the promise with its answer. On the event
  /// loop only.
  /// - Parameter requiresCase: whether the answer must repeat the letter case; one that does not, and is an answer
  ///   otherwise, counts as cut, so that it is asked for over TCP.
  func ask(
    _ request: Message, requiresCase: Bool, timeoutMilliseconds: Int64, _ promise: EventLoopPromise<Message>
  ) {
    guard let context, context.channel.isActive, let address = context.remoteAddress else {
      promise.fail(DNSClientError.unreachable(server, "the socket is closed"))
      return
    }
    var request = request
    repeat { request.header.id = .random(in: .min ... .max) } while exchanges[request.header.id] != nil
    let id = request.header.id
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let timeout = context.eventLoop.scheduleTask(in: .milliseconds(timeoutMilliseconds)) {
      bound.value.end(id, .failure(DNSClientError.noAnswer(bound.value.server)))
    }
    exchanges[id] = Exchange(request: request, requiresCase: requiresCase, promise: promise, timeout: timeout)
    let envelope = AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: request.encoded))
    context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
  }

  /// Is not chosen for questions any more. On the event loop only.
  func retire() {
    guard let context else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .milliseconds(Self.farewellMilliseconds)) {
      bound.value.isRetired = true
      bound.value.closeIfDone()
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let octets = Array(unwrapInboundIn(data).data.readableBytesView)
    guard let header = try? Header(parsing: unsafe octets.span.bytes), let exchange = exchanges[header.id]
    else { return }
    if let answer = Message(datagram: octets, to: exchange.request, requiresCase: exchange.requiresCase) {
      end(header.id, .success(answer))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Nobody has the port, or no way leads there: so it is for all that wait.
    for id in Array(exchanges.keys) { end(id, .failure(DNSClientError.unreachable(server, "\(error)"))) }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    for id in Array(exchanges.keys) {
      end(id, .failure(DNSClientError.unreachable(server, "the socket was closed")))
    }
  }

  private func end(_ id: UInt16, _ result: Result<Message, any Error>) {
    guard let exchange = exchanges.removeValue(forKey: id) else { return }
    exchange.timeout.cancel()
    exchange.promise.completeWith(result)
    closeIfDone()
  }

  private func closeIfDone() {
    if isRetired, exchanges.isEmpty { context?.close(promise: nil) }
  }
}
