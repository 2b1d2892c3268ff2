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
  private let index: NameIndex
  private let sockets: [DNSSockets]
  private let logger: Logger
  private let clock: any Clock<Duration>
  private let onLameduck: @Sendable () -> Void
  /// Asks elsewhere for names that are not ours.
  package let forwarder: Forwarder
  private let pods: PodParts?
  private let live: LiveParts
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
    metrics.setZone(index.settings.zone)
    self.sockets = sockets
    self.logger = logger
    self.clock = clock
    self.onLameduck = onLameduck
    let places = sockets.reduce(into: Set<Upstream>()) { $0.formUnion($1.places) }
    let ownAddresses = index.settings.serverAddresses
    forwarder = Forwarder(
      settings.forwarding, payloadSize: settings.payloadSize, logger: logger,
      isSelf: { upstream in
        places.contains { place in
          place.port == upstream.port
            && (place.address == upstream.address || ownAddresses.contains(upstream.address)
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
  /// go on as they are.
  /// - Throws: if certificate or key cannot be used; then nothing has changed.
  package func update(_ settings: DNSServerSettings) throws(TLSFileError) {
    try live.update(settings)
  }

  /// Has questions for the zone's own names, and for reverse names, asked of `forwarding.fallback` from now on, or
  /// answered here again.
  package func fallBack(_ fallsBack: Bool) { live.fallBack(fallsBack) }

  package func run() async throws {
    try live.readCertificate()
    let datagrams = sockets.flatMap(\.threads)
    let stop = StopFlag()
    let threads = NIOThreadPool(numberOfThreads: max(datagrams.count, 1))
    threads.start()
    let (ended, signal) = AsyncStream<Never>.makeStream()

    // TCP and UDP end first, because until then they hand questions to the forwarder.
    let end: @Sendable () -> Void = {
      stop.set()
      for datagrams in datagrams { DatagramSocket.endReception(datagrams.socket) }
      signal.finish()
    }
    async let forwarding: Void = forwarder.run()
    async let holding: Void? = pods?.hold.run()
    async let https: Void = live.https.run()
    var failure: (any Error)?
    do {
      try await live.start(sockets)
      try await withTaskCancellationHandler {
        try await serve(datagrams, on: threads, stop, ended, end)
      } onCancel: {
        end()
      }
    } catch {
      failure = error
    }
    await live.stop()
    await https
    forwarder.finish()
    await forwarding
    pods?.hold.finish()
    await holding
    try await threads.shutdownGracefully()
    if let failure { throw failure }
  }

  /// Returns when every thread has ended. One that fails ends the others.
  private func serve(
    _ datagrams: [DNSSockets.Datagrams], on threads: NIOThreadPool, _ stop: StopFlag, _ ended: AsyncStream<Never>,
    _ end: @escaping @Sendable () -> Void
  ) async throws {
    for datagrams in datagrams { try datagrams.socket.setBlocking() }
    makeRoom(in: datagrams.map(\.socket))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for datagrams in datagrams {
        let worker = DatagramWorker(
          socket: datagrams.socket, spares: datagrams.spares, index: index, responder: live.responder,
          forwarder: forwarder, counters: metrics.counters(for: datagrams.socket, .udp),
          forwardCounters: metrics.counters(for: datagrams.socket, .udp, isShared: true), logger: logger,
          answersFitLinks: live.payloadSize <= DatagramWorker.unfragmentedSize)
        group.addTask {
          defer { end() }
          try await threads.runIfActive { try worker.run(until: stop) }
        }
      }
      group.addTask {
        await withTaskGroup { group in
          group.addTask { await leave(end) }
          for await _ in ended {}
          group.cancelAll()
        }
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
      "DNS over UDP: the system lets \(least) octets of questions wait at each socket instead of \(size); raise net.core.rmem_max, or give the server CAP_NET_ADMIN, so that fewer are lost in a flood"
    )
  }

  /// Waits for graceful shutdown, answers on for the lameduck time, and ends.
  private func leave(_ end: @Sendable () -> Void) async {
    do {
      try await gracefulShutdown()
      onLameduck()
      let time = live.lameduckSeconds
      if time > 0 {
        logger.info("DNS: answering on for \(time) seconds")
        try await clock.sleep(for: .seconds(time))
      }
    } catch {
      // Cancelled: no more waiting.
    }
    end()
  }
}
