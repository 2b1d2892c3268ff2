// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind TLS until the peer has shown a certificate for the name or address that was meant. For the handlers
/// behind it the connection begins then, so that nothing is said to another: no token, and no password of a proxy.
///
/// The TLS library has seen by then that the certificate comes from an authority that is trusted. Its own check of the
/// name is not used: it is content with a certificate for the address that the connection goes to, whatever name was
/// asked for.
final class PeerNameHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny

  private let tls: NIOSSLClientHandler
  private let peer: ExpectedPeer
  private var isTrusted = false

  init(_ tls: NIOSSLClientHandler, _ peer: ExpectedPeer) {
    self.tls = tls
    self.peer = peer
  }

  func channelActive(context: ChannelHandlerContext) {
    if isTrusted { context.fireChannelActive() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if !isTrusted, case .handshakeCompleted = event as? TLSUserEvent {
      if let problem = peer.problem(with: tls.peerCertificate) {
        context.fireErrorCaught(problem)
        context.close(promise: nil)
        return
      }
      isTrusted = true
      context.fireChannelActive()
      context.fireUserInboundEventTriggered(event)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isTrusted { context.fireChannelRead(data) }
  }
}

/// For whom the certificate of a peer has to be.
struct ExpectedPeer: Hashable, Sendable {
  enum Role: Hashable, Sendable { case server, proxy }

  /// A name or an address.
  let host: String
  let role: Role

  /// Why a certificate is not this peer's; `nil` where it is.
  func problem(with shown: NIOSSLCertificate?) -> WrongPeer? {
    guard let certificate = PeerCertificate(shown) else {
      return WrongPeer(message: "the certificate of the \(role) cannot be read, so it is not for \(host)")
    }
    return certificate.isFor(host) ? nil : WrongPeer(message: certificate.nameProblem(for: self))
  }
}

/// A peer whose certificate is for others, in words for the operator.
struct WrongPeer: Error, Hashable, CustomStringConvertible {
  let message: String
  var description: String { message }
}
