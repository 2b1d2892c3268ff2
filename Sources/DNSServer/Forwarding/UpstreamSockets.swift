// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import NIOPosix
import Synchronization

/// UDP sockets to one upstream. A socket for every question would cost more than the question; one for all would give
/// whoever forges answers one known port. So there are a few, each on a port that the kernel chose at random, one of
/// them chosen at random for each question, and each in use for a limited number of questions and a limited time
/// (RFC 5452 §9.2).
final class UpstreamSockets: Sendable {
  /// Sockets that take questions at one time.
  static let poolSize = 4
  /// Questions that one takes.
  static let maximumUses = 128
  /// Seconds for which one takes questions.
  static let maximumAgeSeconds: Int64 = 20

  private typealias Exchanges = EventLoopFuture<NIOLoopBound<DatagramExchanges>>

  private struct Socket {
    var exchanges: Exchanges
    var serial: UInt64
    var usesLeft = maximumUses
  }

  private struct State {
    var sockets: [Socket] = []
    var nextSerial: UInt64 = 0
    var isClosed = false
    var opened = 0
    var reused = 0
  }

  private let server: Upstream
  private let group: any EventLoopGroup
  private let state = Mutex(State())

  init(_ server: Upstream, group: any EventLoopGroup) {
    self.server = server
    self.group = group
  }

  /// How many sockets were opened, and how often one was there already.
  var counts: (opened: Int, reused: Int) { state.withLock { ($0.opened, $0.reused) } }

  /// Asks over one of the sockets.
  func ask(
    _ request: Message, requiresCase: Bool, timeoutMilliseconds: Int64
  ) async throws(DNSClientError) -> Message {
    do {
      let (exchanges, isLast) = try pick()
      let promise = exchanges.eventLoop.makePromise(of: Message.self)
      exchanges.whenComplete { result in
        switch result {
        case .success(let bound):
          bound.value.ask(
            request, requiresCase: requiresCase, timeoutMilliseconds: timeoutMilliseconds, promise)
          if isLast { bound.value.retire() }
        case .failure(let error):
          promise.fail(error)
        }
      }
      return try await promise.cancellableValue()
    } catch let error as DNSClientError {
      throw error
    } catch {
      throw .unreachable(server, "\(error)")
    }
  }

  /// Takes no more questions; those under way get their answers.
  func close() {
    let sockets = state.withLock { state in
      state.isClosed = true
      defer { state.sockets = [] }
      return state.sockets
    }
    for socket in sockets { socket.exchanges.whenSuccess { $0.value.retire() } }
  }

  /// One of the sockets, and whether this is its last question. Before there are enough, a new one.
  private func pick() throws -> (Exchanges, isLast: Bool) {
    let address = try SocketAddress(ipAddress: server.address.description, port: Int(server.port))
    return state.withLock { state in
      guard !state.isClosed, state.sockets.count == Self.poolSize else {
        let exchanges = open(address, serial: state.nextSerial)
        state.opened += 1
        // After `close` a socket is for one question.
        if state.isClosed { return (exchanges, true) }
        state.sockets.append(Socket(exchanges: exchanges, serial: state.nextSerial, usesLeft: Self.maximumUses - 1))
        state.nextSerial += 1
        return (exchanges, false)
      }
      let index = Int.random(in: 0..<state.sockets.count)
      state.reused += 1
      state.sockets[index].usesLeft -= 1
      let socket = state.sockets[index]
      if socket.usesLeft == 0 { state.sockets.remove(at: index) }
      return (socket.exchanges, socket.usesLeft == 0)
    }
  }

  private func open(_ address: SocketAddress, serial: UInt64) -> Exchanges {
    let loop = group.next()
    let server = server
    let opened = DatagramBootstrap(group: loop).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(DatagramExchanges(server: server))
      }
    }.connect(to: address).flatMapThrowing { channel in
      // Its end, by age or by an error, takes it out of use.
      channel.closeFuture.whenComplete { [weak self] _ in self?.forget(serial) }
      let exchanges = try channel.pipeline.syncOperations.handler(type: DatagramExchanges.self)
      let bound = NIOLoopBound(exchanges, eventLoop: channel.eventLoop)
      channel.eventLoop.scheduleTask(in: .seconds(Self.maximumAgeSeconds)) { [weak self] in
        self?.forget(serial)
        bound.value.retire()
      }
      return bound
    }
    opened.whenFailure { [weak self] _ in self?.forget(serial) }
    return opened
  }

  private func forget(_ serial: UInt64) {
    state.withLock { state in state.sockets.removeAll { $0.serial == serial } }
  }
}
