// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
package import Logging
package import Naming
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The DNS server: UDP by blocking threads, one a socket; TCP, TLS, HTTPS and forwarding by event loops.
///
/// On graceful shutdown it answers on, from live data, for the settings' lameduck time; then what has come in,
/// upstreams' answers included; and returns.
package struct DNSServer: Service {
  let index: NameIndex
  private let sockets: ServedSockets
  private let datagrams = DatagramListener()
  private let logger: Logger
  private let clock: any Clock<Duration>
  private let onLameduck: @Sendable () -> Void
  /// Asks elsewhere for names that are not ours.
  package let forwarder: Forwarder
  let pods: PodParts?
  let live: LiveParts
  private let metrics: ServerMetrics

  /// - Parameters:
  ///   - sockets: bound ones; those for UDP may block or not.
  ///   - settings: upstreams that are this server itself are left out.
  ///   - metrics: what questions are counted in.
  ///   - directory: which pods there are and are to come, for holding questions and completing names; `nil`: neither.
  ///   - clock: by which the lameduck time and the time of held questions pass.
  ///   - onLameduck: called once, when graceful shutdown begins and while everything is still answered: readiness ends.
  package init(
    index: NameIndex, sockets: [DNSSockets], settings: DNSServerSettings, metrics: ServerMetrics = ServerMetrics(),
    logger: Logger, directory: PodDirectory? = nil, clock: any Clock<Duration> = ContinuousClock(),
    onLameduck: @escaping @Sendable () -> Void = {}
  ) {
    self.index = index
    self.metrics = metrics
    metrics.setNames(index)
    let served = ServedSockets(sockets)
    self.sockets = served
    self.logger = logger
    self.clock = clock
    self.onLameduck = onLameduck
    forwarder = Forwarder(
      settings.forwarding, payloadSize: settings.payloadSize, logger: logger,
      isSelf: { upstream in
        served.places.contains { place in
          place.port == upstream.port
            && (place.address == upstream.address || index.settings.serverAddresses.contains(upstream.address)
              || place.address.isUnspecified && upstream.address.isLoopback)
        }
      })
    pods = directory.map { directory in
      PodParts(
        directory: directory,
        hold: QuestionHold(settings.hold, index: index, directory: directory, clock: clock))
    }
    live = LiveParts(
      index: index, forwarder: forwarder, pods: pods, settings: settings, metrics: metrics, logger: logger)
  }

  /// Takes other settings, and reads certificate and key again, without losing a question. Connections that are open
  /// go on as they are. To be called after the index of names has taken its own.
  /// - Throws: if certificate or key cannot be used; then nothing has changed.
  package func update(_ settings: DNSServerSettings) throws(TLSFileError) {
    try live.update(settings)
    let fits = settings.payloadSize <= DatagramWorker.unfragmentedSize
    for socket in sockets.all.flatMap(\.datagrams) {
      // Where the kernel has no such option, datagrams leave as they always have.
      if fits { try? DatagramSocket.forbidFragments(socket) } else { try? DatagramSocket.allowFragments(socket) }
    }
  }

  /// Serves other sockets from now on. Those that it serves already go on as they are; further ones are served before
  /// others are let go, and connections that came in over those go on.
  /// - Throws: if a socket cannot be served; then the former ones are.
  package func update(sockets new: [DNSSockets]) async throws {
    let (added, removed) = sockets.differences(to: new)
    makeRoom(in: added.datagrams)
    do {
      for datagrams in added.threads { self.datagrams.start(datagrams) }
      try await live.start(added)
    } catch {
      await stop(added)
      throw error
    }
    sockets.replace(by: new)
    await stop(removed)
  }

  private func stop(_ sockets: DNSSockets) async {
    for socket in sockets.datagrams { await datagrams.stop(socket) }
    await live.stop(sockets)
  }

  /// Has questions for the zone's own names, and for reverse names, asked of `forwarding.fallback` from now on, or
  /// answered here again. Without such servers all are answered here.
  package func fallBack(_ fallsBack: Bool) { live.fallBack(fallsBack) }

  /// Whether there is anyone to fall back to, as the settings in force say.
  package var hasFallback: Bool { !live.settings.forwarding.fallback.isEmpty }

  package func run() async throws {
    try live.readCertificate()
    async let forwarding: Void = forwarder.run()
    async let holding: Void? = pods?.hold.run()
    async let https: Void = live.https.run()
    var failure: (any Error)?
    do {
      try await start()
      try await serve()
    } catch {
      failure = error
    }
    // TCP and UDP end first, because until then they hand questions to the forwarder.
    await live.stop()
    await https
    forwarder.finish()
    await forwarding
    pods?.hold.finish()
    await holding
    if let failure { throw failure }
  }

  /// Begins to serve the sockets of the start, and keeps none: they may go.
  private func start() async throws {
    let sockets = sockets.all
    makeRoom(in: sockets.flatMap(\.datagrams))
    for sockets in sockets { try await live.start(sockets) }
    for datagrams in sockets.flatMap(\.threads) { self.datagrams.start(datagrams) }
  }

  /// Answers over UDP until the server is to end. A thread that fails ends all.
  private func serve() async throws {
    enum End { case ofDatagrams, ofLeave }
    try await withThrowingTaskGroup(of: End.self) { group in
      group.addTask {
        try await datagrams.run { [index, live, forwarder, metrics, logger] datagrams in
          DatagramWorker(
            socket: datagrams.socket, spares: datagrams.spares, index: index, responder: live.responder,
            forwarder: forwarder, counters: metrics.counters(for: datagrams.socket, .udp),
            forwardCounters: metrics.counters(for: datagrams.socket, .udp, isShared: true), logger: logger,
            answersFitLinks: live.settings.payloadSize <= DatagramWorker.unfragmentedSize)
        } hasEnded: { [metrics] worker in
          metrics.end(worker.counters)
        }
        return .ofDatagrams
      }
      group.addTask {
        await leave()
        return .ofLeave
      }
      // Either ends the other.
      switch try await group.next() {
      case .ofDatagrams, nil: group.cancelAll()
      case .ofLeave: datagrams.stopAll()
      }
      try await group.waitForAll()
    }
  }

  /// Lets questions wait while the threads are busy, or kept from running: what does not fit is lost.
  private func makeRoom(in sockets: [Descriptor]) {
    let size = DatagramWorker.receiveBufferSize
    let least = sockets.compactMap { try? DatagramSocket.setReceiveBuffer($0, size: size) }.min() ?? size
    guard least < size else { return }
    logger.info(
      """
      DNS over UDP: the system lets \(least) octets of questions wait at each socket instead of \(size); raise \
      net.core.rmem_max, or give the server CAP_NET_ADMIN, so that fewer are lost in a flood
      """
    )
  }

  /// Waits for graceful shutdown, answers on for the lameduck time, and ends.
  private func leave() async {
    do {
      try await gracefulShutdown()
      onLameduck()
      let time = live.settings.lameduckSeconds
      if time > 0 {
        logger.info("DNS: answering on for \(time) seconds")
        try await clock.sleep(for: .seconds(time))
      }
    } catch {
      // Cancelled: no more waiting.
    }
  }
}
