// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOTLS

/// What is said with a proxy until the way to the server is open. It only decides; ``TunnelHandler`` carries out.
protocol TunnelDialogue {
  /// What is said first.
  mutating func begin() -> ByteBuffer

  /// Takes what came from what is in `received`; octets behind the dialogue's end are the server's, and stay.
  mutating func receive(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep
}

enum TunnelStep: Equatable {
  case wait
  case say(ByteBuffer)
  case open
}

/// Why a proxy opened no way to the server.
struct ProxyRefusal: Error, Hashable {
  let message: String
}

/// Leads the dialogue with a proxy. For the handlers behind it the connection begins when the way is open.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var dialogue: any TunnelDialogue
  private var received = ByteBuffer()
  private var isOpen = false

  init(_ dialogue: any TunnelDialogue) { self.dialogue = dialogue }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(dialogue.begin()), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOpen else { return context.fireChannelRead(data) }
    received.writeImmutableBuffer(unwrapInboundIn(data))
    do {
      while true {
        switch try dialogue.receive(&received) {
        case .wait: return
        case .say(let words): context.writeAndFlush(wrapOutboundOut(words), promise: nil)
        case .open: return open(context)
        }
      }
    } catch {
      fail(context, error)
    }
  }

  private func open(_ context: ChannelHandlerContext) {
    isOpen = true
    context.fireChannelActive()
    if received.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(received))
      context.fireChannelReadComplete()
    }
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // TLS with the proxy is none with the server.
    if !isOpen, event is TLSUserEvent { return }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    isOpen ? context.fireErrorCaught(error) : fail(context, ProxyRefusal(message: "\(error)"))
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !isOpen { context.fireErrorCaught(ProxyRefusal(message: "it closed the connection")) }
    context.fireChannelInactive()
  }

  private func fail(_ context: ChannelHandlerContext, _ refusal: ProxyRefusal) {
    isOpen = true
    context.fireErrorCaught(refusal)
    context.close(promise: nil)
  }
}
