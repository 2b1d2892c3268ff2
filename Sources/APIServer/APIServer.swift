// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
package import KubeModel
package import KubeStore
package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The HTTP face of an ``ObjectStore``: the part of the Kubernetes API that kubectl and controllers use.
///
/// Every listener serves the same API. Watches end with graceful shutdown; requests under way get
/// ``APIServerLimits/shutdownGrace`` to be answered.
package struct APIServer: ServiceLifecycle.Service {
  private let sockets: [ListeningSocket]
  private let authority: CertificateAuthority
  private let handler: RequestHandler
  private let limits: APIServerLimits
  private let eventLoopGroup: any EventLoopGroup
  private let logger: Logger
  private let onListening: @Sendable () -> Void

  /// - Parameters:
  ///   - explain: what `/callsign/v1/explain` answers; nil: there is no such path.
  ///   - readiness: what `/readyz` asks; `/livez` and `/healthz` answer as soon as the server does.
  ///   - clock: by which watches end and are given bookmarks.
  ///   - now: the time by which ages are shown.
  ///   - onListening: called once, when all sockets accept connections.
  package init(
    store: ObjectStore, sockets: [ListeningSocket], authority: CertificateAuthority, token: BearerToken,
    readiness: [ReadinessCheck] = [], explain: ExplainAnswer? = nil, limits: APIServerLimits = APIServerLimits(),
    clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Timestamp = { .now() },
    eventLoopGroup: any EventLoopGroup, logger: Logger, onListening: @escaping @Sendable () -> Void = {}
  ) {
    self.sockets = sockets
    self.authority = authority
    self.limits = limits
    self.eventLoopGroup = eventLoopGroup
    self.logger = logger
    self.onListening = onListening
    handler = RequestHandler(
      store: store, token: token, readiness: readiness, explain: explain, limits: limits, clock: clock, now: now,
      logger: logger)
  }

  package func run() async throws {
    let tls = try tlsConfiguration()
    let waiting = WaitingSockets(sockets.count, whenNone: onListening)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for socket in sockets {
        switch socket {
        case .tls:
          let listener = Listener(
            socket: socket, child: try SecureChannel(channel(isTrusted: false), tls: tls, limits: limits),
            limits: limits, eventLoopGroup: eventLoopGroup, logger: logger, onListening: waiting.remove)
          group.addTask { try await listener.run() }
        case .plain, .trusted:
          let listener = Listener(
            socket: socket, child: channel(isTrusted: socket.isTrusted), limits: limits,
            eventLoopGroup: eventLoopGroup, logger: logger, onListening: waiting.remove)
          group.addTask { try await listener.run() }
        }
      }
      try await group.waitForAll()
    }
  }

  private func channel(isTrusted: Bool) -> HTTP1Channel {
    HTTP1Channel(
      responder: { [handler] request, writer, _ in
        let response = await handler.respond(to: request, isTrusted: isTrusted)
        try await writer.write(response: response.head, body: response.body)
      },
      configuration: .init(idleTimeout: limits.idleTimeout))
  }

  private func tlsConfiguration() throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(authority.serverCertificate.utf8))
        .map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(authority.serverKey.utf8), format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = SecureChannel.protocols
    return configuration
  }
}

/// Counts the sockets that do not listen yet.
private final class WaitingSockets: Sendable {
  private let count: Mutex<Int>
  private let whenNone: @Sendable () -> Void

  init(_ count: Int, whenNone: @escaping @Sendable () -> Void) {
    self.count = Mutex(count)
    self.whenNone = whenNone
  }

  func remove() {
    let left = count.withLock { count in
      count -= 1
      return count
    }
    if left == 0 { whenNone() }
  }
}

/// How much the API server takes from its clients.
package struct APIServerLimits: Sendable {
  /// Connections that one listener serves at a time; more wait until one ends.
  package var connections = 1024
  /// Connections that the kernel keeps before they are accepted.
  package var backlog: CInt = 256
  /// Requests that one connection of HTTP/2 carries at a time, watches included; a client keeps more to itself.
  package var streams = 250
  /// A TLS handshake that takes longer is given up.
  package var handshakeTimeout: TimeAmount = .seconds(10)
  /// A connection of HTTP/2 that is silent for this long is asked whether it is still there (PING) …
  package var pingInterval: TimeAmount = .seconds(60)
  /// … and closed without an answer in this time, so that the watches of a machine that is gone end.
  package var pingTimeout: TimeAmount = .seconds(20)
  /// A connection without a request is closed after this time.
  package var idleTimeout: TimeAmount = .seconds(300)
  /// What connections get to end in, after the server was told to.
  package var shutdownGrace: TimeAmount = .seconds(5)
  /// Octets of a request's body, as in Kubernetes.
  package var body = 3 << 20
  /// Octets of a list or of watch events that are put together before they are written.
  package var chunk = 256 << 10
  /// A watch without `timeoutSeconds` ends after this time plus up to as much again, so that clients come back spread.
  package var watchDuration: Duration = .seconds(1800)
  /// The time between the bookmarks of a watch.
  package var bookmarkInterval: Duration = .seconds(60)

  package init() {}
}
