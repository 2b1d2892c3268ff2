// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOSSL
import NIOTLS

/// Waits until a channel can carry HTTP: at once in the clear, after the handshake with TLS. Then it puts the agreed
/// version of HTTP behind itself, and leaves.
final class NegotiationHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny

  private let tls: NIOSSLClientHandler?
  private let settings: TransportSettings
  private var promise: EventLoopPromise<Connection>?

  /// - Parameter tls: what speaks TLS with the server; `nil` in the clear.
  init(tls: NIOSSLClientHandler?, settings: TransportSettings, promise: EventLoopPromise<Connection>) {
    self.tls = tls
    self.settings = settings
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    if tls == nil { start(context, isHTTP2: false) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if tls != nil, case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
      return start(context, isHTTP2: negotiated == "h2")
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func start(_ context: ChannelHandlerContext, isHTTP2: Bool) {
    guard let promise = promise.take() else { return }
    do {
      let connection = try Connection.start(context.channel, isHTTP2: isHTTP2, settings: settings)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      promise.succeed(connection)
    } catch {
      promise.fail(error)
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let tls, !(error is ProxyRefusal), !(error is WrongPeer) {
      fail(context, HandshakeError(cause: error, peer: tls.peerCertificate))
    } else {
      fail(context, error)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(context, ExchangeError.closed)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    promise.take()?.fail(ExchangeError.closed)
  }

  private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
    promise.take()?.fail(error)
    context.close(promise: nil)
  }
}

/// A TLS handshake that failed, and the certificate that the server had shown by then.
struct HandshakeError: Error {
  let cause: any Error
  let peer: NIOSSLCertificate?
}
