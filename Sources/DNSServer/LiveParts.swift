// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging
import NIOCore
import NIOSSL
import Naming
import Synchronization

/// What of a server can take other settings while it runs.
final class LiveParts: Sendable {
  let responder: LiveResponder
  let https: HTTPSListener
  private let streams: StreamListener
  private let connections: ConnectionTable
  private let forwarder: Forwarder
  private let pods: PodParts?
  private let index: NameIndex
  private let state: Mutex<State>
  /// Other settings are taken one after another.
  private let updates = Mutex(())

  private struct State {
    var settings: DNSServerSettings
    /// Those of the names that the present settings were taken with.
    var ownAddresses: [HostAddress]
  }

  /// - Parameter pods: what depends on knowing pods; `nil` where they are not known.
  init(
    index: NameIndex, forwarder: Forwarder, pods: PodParts?, settings: DNSServerSettings, metrics: ServerMetrics,
    logger: Logger
  ) {
    self.forwarder = forwarder
    self.pods = pods
    responder = LiveResponder(
      Responder(
        settings, forwards: forwarder.isOn, recurses: forwarder.asksOthers, transferCounts: metrics.transfers,
        pods: pods))
    connections = ConnectionTable(settings)
    streams = StreamListener(
      index: index, responder: responder, forwarder: forwarder, connections: connections, settings: settings,
      metrics: metrics)
    https = HTTPSListener(
      responder: HTTPSResponder(index: index, responder: responder, forwarder: forwarder, metrics: metrics),
      connections: connections, settings: settings, logger: logger)
    self.index = index
    state = Mutex(State(settings: settings, ownAddresses: index.settings.serverAddresses))
  }

  /// Those in force.
  var settings: DNSServerSettings { state.withLock(\.settings) }

  /// Reads certificate and key for the first time.
  func readCertificate() throws(TLSFileError) { try update(nil) }

  /// - Parameter new: `nil` keeps the present settings, and reads the files again.
  func update(_ new: DNSServerSettings?) throws(TLSFileError) {
    try updates.withLock { _ throws(TLSFileError) in
      let (current, ownAddresses) = state.withLock { ($0.settings, $0.ownAddresses) }
      let new = new ?? current
      let context = try new.tls?.context(protocols: [StreamListener.protocolName])
      let configuration = try new.tls?.configuration(protocols: [])
      do { try https.update(new, tls: configuration) } catch {
        throw TLSFileError(path: new.tls?.key ?? "", what: "cannot be used", cause: "\(error)")
      }
      streams.update(new, tls: context)
      connections.update(new)
      forwarder.payloadSize.store(new.payloadSize, ordering: .relaxed)
      // Which upstreams are this server itself goes by its addresses too.
      let addresses = index.settings.serverAddresses
      if new.forwarding != current.forwarding || addresses != ownAddresses {
        forwarder.update(new.forwarding)
      }
      let (forwards, recurses) = (forwarder.isOn, forwarder.asksOthers)
      responder.replace { Responder(new, forwards: forwards, recurses: recurses, after: $0, pods: pods) }
      pods?.hold.update(new.hold)
      state.withLock { $0 = State(settings: new, ownAddresses: addresses) }
    }
  }

  /// Has questions for our names asked of others, or no longer.
  func fallBack(_ fallsBack: Bool) {
    responder.replace { responder in
      var responder = responder
      responder.fallBack(fallsBack)
      return responder
    }
  }

  /// Begins to accept connections.
  func start(_ sockets: DNSSockets) async throws {
    for socket in sockets.streams { try await streams.start(socket, .tcp) }
    for socket in sockets.tls { try await streams.start(socket, .tls) }
    for socket in sockets.https { try await https.start(socket, isSecure: true) }
    for socket in sockets.http { try await https.start(socket, isSecure: false) }
  }

  /// Accepts no more over these; connections go on.
  func stop(_ sockets: DNSSockets) async {
    for socket in sockets.streams + sockets.tls { await streams.stop(socket) }
    for socket in sockets.https + sockets.http { await https.stop(socket) }
  }

  /// Accepts no more, lets each connection give the answers that it owes, and returns when all are closed.
  func stop() async {
    await streams.stop()
    await https.stop()
    let open = connections.stop()
    // Also for those that would go on: HTTP's clients may take their time to leave.
    let grace = TimeAmount.seconds(settings.connectionIdleSeconds)
    for connection in open {
      connection.eventLoop.execute {
        connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        connection.eventLoop.scheduleTask(in: grace) { connection.close(promise: nil) }
      }
    }
    for connection in open { try? await connection.closeFuture.get() }
    https.finish()
  }
}
