// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// The connections to one API server: with HTTP/2 as many as the requests that are under way need, each for as many as
/// it may carry; one for each request with HTTP/1.1.
final class ConnectionPool: Sendable {
  private struct State {
    /// With what the connections below were opened.
    var identity: ClientIdentity?
    /// Those of HTTP/2, in the order they were opened: the first with room is taken, so that the last come to rest.
    var shared: [Connection] = []
    /// The one that is being opened, and that others wait for to see whether they can share it.
    var pending: EventLoopFuture<Connection>?
    /// Whether the server was last seen to speak HTTP/1.1 only.
    var isHTTP1 = false
    var idle: [Connection] = []
    /// All that are not closed yet, retired ones too.
    var open: [ObjectIdentifier: Connection] = [:]
    /// How many are being opened.
    var opening = 0
    var isClosed = false
  }

  private enum Turn {
    case use(Connection)
    case wait(EventLoopFuture<Connection>)
    case open(EventLoopFuture<Connection>)
    case refuse(any Error)
  }

  private let connector: Connector
  private let settings: TransportSettings
  private let state = Mutex(State())

  init(_ connector: Connector, settings: TransportSettings) {
    self.connector = connector
    self.settings = settings
  }

  /// A connection for one request, for which a place on it is taken, and whether it was opened for it.
  /// - Parameter identity: what the server is to know the client by. Connections of another one end with their
  ///   requests.
  func connection(identity: ClientIdentity?) async throws -> (connection: Connection, isFresh: Bool) {
    while true {
      switch turn(identity) {
      case .use(let connection): return (connection, false)
      case .open(let future):
        let connection: Connection
        do { connection = try await future.cancellableValue() } catch {
          // One that nobody waits for any more is there for the next.
          future.whenSuccess { self.giveBack($0, identity: identity) }
          throw error
        }
        if connection.reserve() { return (connection, true) }
      case .wait(let future):
        let connection = try await future.cancellableValue()
        if case .http2 = connection.kind, connection.reserve() { return (connection, true) }
      case .refuse(let error): throw error
      }
    }
  }

  private func turn(_ identity: ClientIdentity?) -> Turn {
    state.withLock { state in
      if state.isClosed { return .refuse(PoolError.closed) }
      if state.identity != identity {
        for connection in state.shared + state.idle { connection.retire() }
        (state.shared, state.idle) = ([], [])
        state.pending = nil
        state.identity = identity
      }
      state.shared.removeAll { !$0.isUsable }
      if let connection = state.shared.first(where: { $0.reserve() }) { return .use(connection) }
      while let connection = state.idle.popLast() {
        if connection.reserve() { return .use(connection) }
      }
      if let pending = state.pending, !state.isHTTP1 { return .wait(pending) }
      guard state.open.count + state.opening < TransportSettings.maximumConnections else {
        return .refuse(PoolError.full)
      }
      state.opening += 1
      let opened = connector.connect(identity: identity)
      state.pending = opened
      // On the connection's event loop, and so not before the lock is free again.
      opened.eventLoop.execute {
        opened.whenComplete { self.isOpen($0, identity, opened) }
      }
      return .open(opened)
    }
  }

  private func isOpen(
    _ result: Result<Connection, any Error>, _ identity: ClientIdentity?, _ pending: EventLoopFuture<Connection>
  ) {
    let isClosed = state.withLock { state in
      state.opening -= 1
      if state.pending === pending { state.pending = nil }
      guard case .success(let connection) = result else { return state.isClosed }
      state.open[ObjectIdentifier(connection)] = connection
      switch connection.kind {
      case .http1: state.isHTTP1 = true
      case .http2:
        state.isHTTP1 = false
        if state.identity == identity { state.shared.append(connection) }
      }
      return state.isClosed
    }
    guard case .success(let connection) = result else { return }
    connection.channel.closeFuture.whenComplete { _ in
      self.state.withLock { state in
        state.open[ObjectIdentifier(connection)] = nil
        state.shared.removeAll { $0 === connection }
        state.idle.removeAll { $0 === connection }
      }
    }
    if isClosed { connection.close() } else { connection.startIdleTimer() }
  }

  /// Takes back an HTTP/1.1 connection whose answer has been read.
  func giveBack(_ connection: Connection, identity: ClientIdentity?) {
    guard case .http1 = connection.kind else { return }
    let isKept = state.withLock { state in
      let isWanted = !state.isClosed && state.identity == identity && state.idle.count < settings.idleConnections
      if isWanted { state.idle.append(connection) }
      return isWanted
    }
    if !isKept { connection.retire() }
  }

  /// Ends all connections, and with them the requests that are under way.
  func close() async {
    let open = state.withLock { state in
      state.isClosed = true
      (state.shared, state.idle) = ([], [])
      return Array(state.open.values)
    }
    for connection in open { connection.close() }
    for connection in open { try? await connection.channel.closeFuture.get() }
  }
}

enum PoolError: Error {
  /// The transport was closed.
  case closed
  /// There are as many connections as there may be.
  case full
}

extension EventLoopFuture where Value: Sendable {
  /// The value; a cancelled task does not wait for it.
  func cancellableValue(onCancel cancel: @escaping @Sendable () -> Void = {}) async throws -> Value {
    let promise = eventLoop.makePromise(of: Value.self)
    cascade(to: promise)
    return try await withTaskCancellationHandler {
      try await promise.futureResult.get()
    } onCancel: {
      promise.fail(CancellationError())
      cancel()
    }
  }
}
