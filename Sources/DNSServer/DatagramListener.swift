// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NIOPosix
import Synchronization

/// Serves DNS over UDP on bound sockets, a thread for each with its spare ones. Takes further sockets, and lets go of
/// others, while it works.
final class DatagramListener: Sendable {
  /// A socket that is served, and what ends that.
  private struct Served: Sendable {
    let datagrams: DNSSockets.Datagrams
    let stop = StopFlag()

    func end() {
      stop.set()
      DatagramSocket.endReception(datagrams.socket)
    }
  }

  private struct State {
    var served: [Served] = []
    var isEnded = false
  }

  private let state = Mutex(State())
  private let started: AsyncStream<Served>
  /// Bounded by the number of sockets.
  private let queue: AsyncStream<Served>.Continuation

  init() { (started, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

  /// Begins to serve a socket, unless it is served, or all have been told to end.
  func start(_ datagrams: DNSSockets.Datagrams) {
    let served = Served(datagrams: datagrams)
    let isNew = state.withLock { state in
      if state.isEnded || state.served.contains(where: { $0.datagrams.socket === datagrams.socket }) { return false }
      state.served.append(served)
      return true
    }
    if isNew { queue.yield(served) }
  }

  /// Ends one: what has come in is answered.
  func stop(_ socket: Descriptor) {
    let served = state.withLock { state in
      let index = state.served.firstIndex { $0.datagrams.socket === socket }
      return index.map { state.served.remove(at: $0) }
    }
    served?.end()
  }

  /// Ends all: what has come in is answered.
  func stopAll() {
    let served = state.withLock { state in
      state.isEnded = true
      defer { state.served = [] }
      return state.served
    }
    for served in served { served.end() }
    queue.finish()
  }

  /// Works until ``stopAll()``; returns when every thread has ended. One that fails ends the others.
  /// - Parameter makeWorker: called once for each socket.
  func run(_ makeWorker: @escaping @Sendable (DNSSockets.Datagrams) -> DatagramWorker) async throws {
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for await served in started {
          group.addTask {
            do {
              try served.datagrams.socket.setBlocking()
              let worker = makeWorker(served.datagrams)
              try await Self.onThread { try worker.run(until: served.stop) }
            } catch is CancellationError {
              // Before the thread had begun.
            } catch {
              self.stopAll()
              throw error
            }
          }
        }
        try await group.waitForAll()
      }
    } onCancel: {
      stopAll()
    }
  }

  /// Runs what blocks on a thread of its own.
  private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    let result: Result<Void, any Error>
    do { result = .success(try await thread.runIfActive(body)) } catch { result = .failure(error) }
    try await thread.shutdownGracefully()
    try result.get()
  }
}
