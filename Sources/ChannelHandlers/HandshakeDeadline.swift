// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOTLS

/// Closes a connection whose TLS handshake is not done in time, or when the server stops before it is.
package final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = ByteBuffer

  private let time: TimeAmount
  private var timer: Scheduled<Void>?
  private var isDone = false

  package init(_ time: TimeAmount) {
    self.time = time
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }

  package func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent {
      isDone = true
      timer?.cancel()
    }
    if event is ChannelShouldQuiesceEvent, !isDone { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }
}
