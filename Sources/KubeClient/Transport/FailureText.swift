// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// Says in words for the operator why a server gave no answer, and what to do.
struct FailureText: Sendable {
  let server: ServerURL
  let proxy: Proxy?
  let settings: TransportSettings

  /// Why there is no connection.
  func connecting(_ error: any Error) -> APITransportError {
    let way = proxy.map { " through the proxy \($0)" } ?? ""
    return APITransportError("cannot connect to \(server)\(way)", cause: cause(error))
  }

  /// Why a request has no answer, or one that ends in the middle.
  /// - Parameter connectionError: what ended the connection, where that is known.
  func exchanging(_ path: String, _ error: any Error, connectionError: (any Error)?, inBody: Bool) -> APITransportError
  {
    let error = if case ExchangeError.closed = error, let connectionError { connectionError } else { error }
    var reason = cause(error)
    if !inBody, !server.isTLS, Self.mayWantTLS(error) { reason += ": is it https://?" }
    if case ExchangeError.timedOut = error {
      reason = "no answer within \(settings.answerTimeout): the server is overloaded, or something on the way holds it"
    }
    return APITransportError("GET \(server)\(path) \(inBody ? "broke off" : "got no answer")", cause: reason)
  }

  private func cause(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError: return cause(ofConnection: error)
    case let error as IOError: return Self.text(error.errnoCode)
    case let error as HandshakeError: return cause(ofHandshake: error)
    case let error as ProxyRefusal: return "the proxy opens no way to it: \(error.message)"
    case let error as WrongPeer: return error.message
    case let error as TLSSettingsProblem: return error.message
    case is ConnectTimeout, ChannelError.connectTimeout:
      return
        "no connection within \(settings.connectTimeout): check the address, the route to it and firewalls on the way"
    case let error as SilentPeer:
      return
        "the server has gone: nothing came for \(error.time.nanoseconds / 1_000_000_000) s, and no answer to a ping"
    case is CancellationError: return "the request was cancelled"
    case ExchangeError.closed, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed,
      ChannelError.inputClosed, NIOSSLError.uncleanShutdown, HTTPParserError.invalidEOFState:
      return "the server closed the connection"
    case ExchangeError.left: return "nobody reads it any more"
    case PoolError.closed: return "this program is ending"
    case PoolError.full: return "\(TransportSettings.maximumConnections) connections are open already"
    case let error as NIOHTTP2Errors.StreamClosed: return "the server ended the request (\(error.errorCode))"
    case let error as NIOHTTP2Errors.StreamError: return cause(error.baseError)
    case is any NIOHTTP2Error: return Self.nonsense("HTTP/2", error)
    case is HTTPParserError: return Self.nonsense("HTTP/1.1", error)
    default: return text(ofTLS: error) ?? "\(error)"
    }
  }

  /// Octets that are not what was agreed on. Of the library's error only its kind is said: the rest is for its makers.
  private static func nonsense(_ protocolName: String, _ error: any Error) -> String {
    let kind = error is HTTPParserError ? "\(error)" : "\(type(of: error))"
    return "what comes is no proper \(protocolName) (\(kind)): the server is faulty, or something on the way changes it"
  }

  /// How a server that wants TLS takes a request without it: it says so in TLS, or nothing.
  private static func mayWantTLS(_ error: any Error) -> Bool {
    switch error {
    case ExchangeError.closed, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.inputClosed,
      is HTTPParserError:
      true
    case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
    default: false
    }
  }

  private func cause(ofConnection error: NIOConnectionError) -> String {
    guard !error.connectionErrors.isEmpty else {
      return "the name \(error.host) is not found: check its spelling, and this machine's DNS (/etc/resolv.conf)"
    }
    var said: [String] = []
    for failure in error.connectionErrors {
      let text = cause(failure.error)
      if !said.contains(text) { said.append(text) }
    }
    return said.joined(separator: "; ")
  }

  private func cause(ofHandshake error: HandshakeError) -> String {
    let peer = PeerCertificate(error.peer)
    if "\(error.cause)".contains("CERTIFICATE_VERIFY_FAILED") {
      return peer?.problem(now: Date()) ?? "the server's certificate is not trusted"
    }
    if case NIOSSLError.uncleanShutdown = error.cause { return "the server ended the TLS handshake" }
    return text(ofTLS: error.cause) ?? cause(error.cause)
  }

  /// BoringSSL's errors have names, but no types.
  private func text(ofTLS error: any Error) -> String? {
    let text = "\(error)"
    if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
      return "it speaks no TLS on this port: is it http://?"
    }
    if text.contains("ALERT"), text.contains("CERTIFICATE") || text.contains("UNKNOWN_CA") {
      return "the server does not take the client certificate (\(text)): renew it, or use the user of this cluster"
    }
    return nil
  }

  private static func text(_ code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "connection refused: nothing listens there; check address and port, and that the server runs"
    case ENETUNREACH, EHOSTUNREACH: "no route to it: check the address and this machine's routes"
    case ETIMEDOUT: "it does not answer: check the address, the route to it and firewalls on the way"
    case ECONNRESET, EPIPE: "the server closed the connection"
    default: unsafe String(cString: strerror(code))
    }
  }
}
