// SPDX-License-Identifier: Apache-2.0
import ChannelHandlers
import HTTPTypes
import HummingbirdCore
import LinuxSystem
package import Logging
import NIOCore
import NIOPosix
import Synchronization
import ServiceLifecycle

/// Serves metrics, health and readiness. Put it before the services that it tells of: it then ends after them, and
/// says to the last that the program lives and is not ready.
package struct ObservabilityServer: Service {
  private let sockets: [ObservabilitySocket]
  private let settings: ObservabilitySettings
  private let responder: ObservabilityResponder
  private let logger: Logger

  /// - Parameters:
  ///   - sockets: ones that listen, of which copies are used.
  ///   - pages: served where the metrics are.
  package init(
    sockets: [ObservabilitySocket], settings: ObservabilitySettings, metrics: MetricsRegistry, readiness: Readiness,
    pages: [ObservabilityPage] = [], logger: Logger
  ) {
    self.sockets = sockets
    self.settings = settings
    responder = ObservabilityResponder(metrics: metrics, readiness: readiness, pages: pages)
    self.logger = logger
  }

  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      if sockets.isEmpty { group.addTask { try await gracefulShutdown() } }
      for socket in sockets { group.addTask { try await serve(socket) } }
      try await group.waitForAll()
    }
  }

  private func serve(_ socket: ObservabilitySocket) async throws {
    let child = HTTP1Channel(
      responder: { [responder] request, writer, _ in
        let parameters = request.uri.queryParameters
        var response = await responder.respond(
          request.method, path: request.uri.path, among: socket.endpoints,
          parameter: { name in parameters[name[...]].map(String.init) })
        let hasBody = request.headers[.transferEncoding] != nil || (request.headers[.contentLength] ?? "0") != "0"
        if hasBody { response.headers[.connection] = "close" }
        if request.method == .head {
          let length = response.body.contentLength
          response.body = ResponseBody()  // It sets a length, too.
          response.headers[.contentLength] = length.map { "\($0)" }
        }
        try await writer.write(response: response.head, body: response.body)
        // A body is of no use here, so it is not read to its end, however far that is.
        if hasBody { throw UnwantedBody() }
      },
      configuration: .init(
        idleTimeout: .seconds(settings.idleSeconds),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.maximumHeader, maxHeaderListSize: Self.maximumHeader, maxHeaderFieldCount: 64)))
    let connections = OpenConnections()
    let server = try await bind(socket, child, connections)
    try await withGracefulShutdownHandler {
      try await accept(from: server, child, connections)
    } onGracefulShutdown: {
      server.channel.close(promise: nil)
      connections.close()
    }
  }

  /// Octets of a request's head at most.
  private static let maximumHeader = 16 << 10

  /// At the limit the oldest connection makes room: whoever opens many and asks nothing must not keep a probe waiting,
  /// which would have the program restarted.
  private func accept(
    from server: NIOAsyncChannel<HTTP1Channel.Value, Never>, _ child: HTTP1Channel, _ connections: OpenConnections
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running = 0
      try await server.executeThenClose { inbound in
        for try await connection in inbound {
          if running == settings.maximumConnections {
            connections.closeOldest(above: settings.maximumConnections)
            try await group.next()
            running -= 1
          }
          running += 1
          group.addTask { await child.handle(value: connection, logger: logger) }
        }
      }
    }
  }

  private func bind(
    _ socket: ObservabilitySocket, _ child: HTTP1Channel, _ connections: OpenConnections
  ) async throws -> NIOAsyncChannel<HTTP1Channel.Value, Never> {
    // One connection at a time is taken from the kernel, so that the limit holds.
    let strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(lowWatermark: 1, highWatermark: 1)
    return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          // The channel has made the queue of the bound socket short.
          try InternetSocket.listen(socket.descriptor)
          try channel.pipeline.syncOperations.addHandlers([AcceptBackoffHandler(), AcceptErrorHandler(logger: logger)])
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .bind(
        socket.descriptor.duplicated(), cleanupExistingSocketFile: false, serverBackPressureStrategy: strategy
      ) { channel in
        connections.add(channel)
        return child.setup(channel: channel, logger: logger)
      }
  }
}

private struct UnwantedBody: Error {}

/// The connections of one place, so that they end with it.
private final class OpenConnections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: (channel: any Channel, number: UInt64)] = [:]
    var nextNumber: UInt64 = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  func add(_ channel: any Channel) {
    let isClosed = state.withLock { state in
      state.open[ObjectIdentifier(channel)] = (channel, state.nextNumber)
      state.nextNumber += 1
      return state.isClosed
    }
    channel.closeFuture.whenComplete { _ in
      _ = self.state.withLock { $0.open.removeValue(forKey: ObjectIdentifier(channel)) }
    }
    if isClosed { channel.close(promise: nil) }
  }

  /// Closes the one that is open longest, if there are more than `limit`.
  func closeOldest(above limit: Int) {
    let oldest = state.withLock { state in
      state.open.count > limit ? state.open.values.min { $0.number < $1.number }?.channel : nil
    }
    oldest?.close(promise: nil)
  }

  func close() {
    let open = state.withLock { state in
      state.isClosed = true
      return state.open.values.map(\.channel)
    }
    for channel in open { channel.close(promise: nil) }
  }
}
