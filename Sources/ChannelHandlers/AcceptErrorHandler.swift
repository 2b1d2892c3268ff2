// SPDX-License-Identifier: Apache-2.0
package import Logging
package import NIOCore

/// Keeps a listener going when a connection cannot be accepted, as when the process has no descriptors left.
///
/// `AcceptBackoffHandler` before it makes the next attempt wait; without this handler the error would end the listener.
package final class AcceptErrorHandler: ChannelInboundHandler {
  package typealias InboundIn = any Channel

  private let logger: Logger

  package init(logger: Logger) {
    self.logger = logger
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is IOError else {
      context.fireErrorCaught(error)
      return
    }
    logger.warning("a connection was not accepted; trying again", metadata: ["error": "\(error)"])
  }
}
