// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
package import Logging
package import Naming
import NIOPosix
import ServiceLifecycle

/// The DNS server: UDP by blocking threads, one a socket; TCP and forwarding by event loops.
///
/// On graceful shutdown it answers what has come in, upstreams' answers included, and then returns.
package struct DNSServer: Service {
  private let index: NameIndex
  private let sockets: [DNSSockets]
  private let settings: DNSServerSettings
  private let logger: Logger

  /// - Parameters:
  ///   - sockets: bound ones; those for UDP may block or not.
  ///   - settings: upstreams that are this server itself are left out.
  package init(index: NameIndex, sockets: [DNSSockets], settings: DNSServerSettings, logger: Logger) {
    self.index = index
    self.sockets = sockets
    self.logger = logger
    var settings = settings
    let places = sockets.reduce(into: Set<Upstream>()) { $0.formUnion($1.places) }
    settings.forwarding.upstreams.removeAll { upstream in
      let isSelf = places.contains { place in
        place.port == upstream.port
          && (place.address == upstream.address || index.settings.serverAddresses.contains(upstream.address)
            || place.address.isUnspecified && upstream.address.isLoopback)
      }
      if isSelf { logger.warning("DNS: \(upstream) is this server; not forwarding to it") }
      return isSelf
    }
    self.settings = settings
  }

  package func run() async throws {
    let forwarder = Forwarder(settings.forwarding, payloadSize: settings.payloadSize, logger: logger)
    let responder = Responder(payloadSize: settings.payloadSize, forwards: forwarder.isOn)
    let streams = StreamListener(index: index, responder: responder, forwarder: forwarder, settings: settings)
    let datagramSockets = sockets.flatMap(\.datagrams)
    let stop = StopFlag()
    let threads = NIOThreadPool(numberOfThreads: max(datagramSockets.count, 1))
    threads.start()

    // TCP and UDP end first, because until then they hand questions to the forwarder.
    let end: @Sendable () -> Void = {
      stop.set()
      for socket in datagramSockets { DatagramSocket.endReception(socket) }
    }
    async let forwarding: Void = forwarder.run()
    var failure: (any Error)?
    do {
      for socket in sockets.flatMap(\.streams) { try await streams.start(socket) }
      try await withTaskCancellationHandler {
        try await withGracefulShutdownHandler {
          try await serveDatagrams(datagramSockets, on: threads, responder, forwarder, stop, end)
        } onGracefulShutdown: {
          end()
        }
      } onCancel: {
        end()
      }
    } catch {
      failure = error
    }
    await streams.stop()
    forwarder.finish()
    await forwarding
    try await threads.shutdownGracefully()
    if let failure { throw failure }
  }

  /// Returns when every thread has ended; without any, when the server is to stop. One that fails ends the others.
  private func serveDatagrams(
    _ sockets: [Descriptor], on threads: NIOThreadPool, _ responder: Responder, _ forwarder: Forwarder,
    _ stop: StopFlag, _ end: @escaping @Sendable () -> Void
  ) async throws {
    for socket in sockets { try socket.setBlocking() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      if sockets.isEmpty { group.addTask { try await gracefulShutdown() } }
      for socket in sockets {
        let worker = DatagramWorker(
          socket: socket, index: index, responder: responder, forwarder: forwarder, logger: logger)
        group.addTask {
          defer { end() }
          try await threads.runIfActive { try worker.run(until: stop) }
        }
      }
      try await group.waitForAll()
    }
  }
}
