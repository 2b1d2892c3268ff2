// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections to one API server: TCP, a proxy where there is one, TLS, and the version of HTTP that ALPN agrees
/// on.
struct Connector: Sendable {
  /// Of HTTP, the most wanted first.
  private static let protocols = ["h2", "http/1.1"]
  /// Seconds after which TCP itself asks a silent peer, and the unanswered attempts that end the connection: what
  /// HTTP/1.1 has in place of pings.
  private static let keepAlive = (idle: 30, interval: 10, count: 3)

  let server: ServerURL
  /// The name in the server's certificate, where it is another than the host.
  let serverName: String?
  let trust: ServerTrust
  let proxy: Proxy?
  /// Whose certificates an `https://` proxy may show.
  var proxyTrust = ServerTrust.system
  let settings: TransportSettings
  let group: any EventLoopGroup

  /// The name or address that the server's certificate has to be for.
  var expectedName: String { serverName ?? server.host }

  /// Whether requests are handed to a proxy, which sends them on: plain HTTP through an HTTP proxy.
  var isForwarded: Bool { !server.isTLS && proxy != nil && proxy?.kind != .socks }

  /// - Returns: fails within ``TransportSettings/connectTimeout``.
  func connect(identity: ClientIdentity?) -> EventLoopFuture<Connection> {
    let loop = group.next()
    let result = loop.makePromise(of: Connection.self)
    // Each address of a name is tried with a channel of its own; one of them remains.
    let attempts = NIOLoopBoundBox.makeBoxSendingValue(
      [ObjectIdentifier: EventLoopFuture<Connection>](), eventLoop: loop)
    let target = proxy?.endpoint ?? HostPort(host: server.host, port: server.port)
    let opening = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(settings.connectTimeout))
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.socket(.init(IPPROTO_TCP), .init(TCP_KEEPIDLE)), value: Self.keepAlive.idle)
      .channelOption(.socket(.init(IPPROTO_TCP), .init(TCP_KEEPINTVL)), value: Self.keepAlive.interval)
      .channelOption(.socket(.init(IPPROTO_TCP), .init(TCP_KEEPCNT)), value: Self.keepAlive.count)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let promise = channel.eventLoop.makePromise(of: Connection.self)
          attempts.value[ObjectIdentifier(channel)] = promise.futureResult
          do { try setUp(channel, identity, promise) } catch {
            promise.fail(error)
            throw error
          }
        }
      }
      .connect(host: target.host, port: target.port)
    opening.flatMap { channel in
      attempts.value[ObjectIdentifier(channel)] ?? loop.makeFailedFuture(ExchangeError.closed)
    }.cascade(to: result)
    let timer = loop.scheduleTask(in: TimeAmount(settings.connectTimeout)) {
      result.fail(ConnectTimeout())
      opening.whenSuccess { (channel: any Channel) in channel.close(promise: nil) }
    }
    result.futureResult.whenComplete { _ in timer.cancel() }
    return result.futureResult
  }

  /// From the network inwards: TLS with the proxy, the dialogue with it, TLS with the server, the choice of HTTP.
  private func setUp(
    _ channel: any Channel, _ identity: ClientIdentity?, _ promise: EventLoopPromise<Connection>
  ) throws {
    let sync = channel.pipeline.syncOperations
    if let proxy, proxy.kind == .https {
      _ = try addTLS(
        TLSSettings(trust: proxyTrust, protocols: ["http/1.1"]),
        ExpectedPeer(host: proxy.endpoint.host, role: .proxy), to: sync)
    }
    if let proxy, !isForwarded { try sync.addHandler(TunnelHandler(dialogue(with: proxy))) }
    let tls = try server.isTLS
      ? addTLS(
        TLSSettings(trust: trust, identity: identity, protocols: Self.protocols),
        ExpectedPeer(host: expectedName, role: .server), to: sync) : nil
    try sync.addHandler(NegotiationHandler(tls: tls, settings: settings, promise: promise))
  }

  /// TLS, and behind it what looks for whom the peer's certificate is.
  private func addTLS(
    _ tls: TLSSettings, _ peer: ExpectedPeer, to sync: ChannelPipeline.SynchronousOperations
  ) throws -> NIOSSLClientHandler {
    // SNI is for names alone, and without the dot at their end (RFC 6066 §3).
    let name = peer.host.last == "." ? String(peer.host.dropLast()) : peer.host
    let handler = try NIOSSLClientHandler(
      context: tls.context(), serverHostname: HostAddress(peer.host) == nil ? name : nil)
    try sync.addHandler(handler)
    if tls.trust != .anything { try sync.addHandler(PeerNameHandler(handler, peer)) }
    return handler
  }

  private func dialogue(with proxy: Proxy) -> any TunnelDialogue {
    let target = HostPort(host: server.host, port: server.port)
    return switch proxy.kind {
    case .socks: SOCKSDialogue(target: target, login: proxy.user.map { ($0, proxy.password ?? "") })
    case .http, .https:
      ConnectDialogue(target: target, authorization: proxy.authorization, userAgent: settings.userAgent)
    }
  }
}

/// No connection within the time set.
struct ConnectTimeout: Error {}
