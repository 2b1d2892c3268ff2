// SPDX-License-Identifier: Apache-2.0
import NIOCore

extension StreamConnection {
  /// Messages that are written in one turn: other connections of the same event loop wait no longer than that.
  private static let messagesPerTurn = 16

  /// Writes messages of the transfer for as long as the client takes them; the rest when it does again. The memory of
  /// a transfer is what the channel's write buffer holds, whatever the zone's size.
  func continueTransfer(_ context: ChannelHandlerContext) {
    guard let deadline = transfer?.deadline else { return }
    guard reader.responder.clock.nanoseconds() < deadline else {
      transfer = nil
      context.close(promise: nil)
      return
    }
    var messagesLeft = Self.messagesPerTurn
    while context.channel.isWritable {
      guard messagesLeft > 0 else { return continueLater(context) }
      messagesLeft -= 1
      guard let message = transfer?.next() else {
        transfer = nil
        return
      }
      write(message, context)
      context.flush()
    }
  }

  private func continueLater(_ context: ChannelHandlerContext) {
    let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    connection.execute { handler, context in
      guard context.channel.isActive else { return }
      handler.resume(context)
    }
  }
}
