// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NIOPosix
import Synchronization

/// Serves DNS over UDP on bound sockets, a thread for each with its spare ones. Takes further sockets, and lets go of
/// others, while it works.
final class DatagramListener: Sendable {
  /// A socket that is served, and what ends that.
  private final class Served: Sendable {
    let id: ObjectIdentifier
    let stop = StopFlag()
    /// Ends when the thread has.
    let threads: AsyncStream<Never>
    private let threadEnds: AsyncStream<Never>.Continuation
    /// `nil` when the thread has ended.
    private let kept: Mutex<DNSSockets.Datagrams?>

    init(_ datagrams: DNSSockets.Datagrams) {
      id = ObjectIdentifier(datagrams.socket)
      kept = Mutex(datagrams)
      (threads, threadEnds) = AsyncStream.makeStream()
    }

    var datagrams: DNSSockets.Datagrams? { kept.withLock(\.self) }

    func end() {
      stop.set()
      if let datagrams { DatagramSocket.endReception(datagrams.socket) }
    }

    /// Lets go of the socket.
    func hasEnded() {
      kept.withLock { $0 = nil }
      threadEnds.finish()
    }
  }

  private struct State {
    var served: [Served] = []
    /// Told to end, and waited for.
    var ending: [Served] = []
    var isRunning = false
    var isEnded = false
  }

  private let state = Mutex(State())
  private let started: AsyncStream<Served>
  /// Bounded by the number of sockets.
  private let queue: AsyncStream<Served>.Continuation

  init() { (started, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

  /// Begins to serve a socket, unless it is served, or all have been told to end.
  func start(_ datagrams: DNSSockets.Datagrams) {
    let served = Served(datagrams)
    let isNew = state.withLock { state in
      if state.isEnded || state.served.contains(where: { $0.id == served.id }) { return false }
      state.served.append(served)
      return true
    }
    if isNew { queue.yield(served) }
  }

  /// Ends one: what has come in is answered. Returns when its thread has ended, which lets go of the socket.
  func stop(_ socket: Descriptor) async {
    let (served, isRunning) = state.withLock { state -> (Served?, Bool) in
      let index = state.served.firstIndex { $0.id == ObjectIdentifier(socket) }
      guard let index else { return (nil, false) }
      let served = state.served.remove(at: index)
      if state.isRunning { state.ending.append(served) }
      return (served, state.isRunning)
    }
    guard let served else { return }
    served.end()
    guard isRunning else { return }
    for await _ in served.threads {}
    state.withLock { $0.ending.removeAll { $0 === served } }
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
  /// - Parameters:
  ///   - makeWorker: called once for each socket.
  ///   - hasEnded: called when a worker's thread has ended.
  func run(
    _ makeWorker: @escaping @Sendable (DNSSockets.Datagrams) -> DatagramWorker,
    hasEnded: @escaping @Sendable (DatagramWorker) -> Void
  ) async throws {
    state.withLock { $0.isRunning = true }
    defer { end() }
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for await served in started {
          group.addTask {
            defer { served.hasEnded() }
            do { try await Self.serve(served, makeWorker, hasEnded) } catch is CancellationError {
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

  /// There are no threads any more: nobody is to wait for one.
  private func end() {
    let ending = state.withLock { state in
      state.isRunning = false
      return state.ending
    }
    for served in ending { served.hasEnded() }
  }

  private static func serve(
    _ served: Served, _ makeWorker: @Sendable (DNSSockets.Datagrams) -> DatagramWorker,
    _ hasEnded: @Sendable (DatagramWorker) -> Void
  ) async throws {
    guard let datagrams = served.datagrams else { return }
    try datagrams.socket.setBlocking()
    let worker = makeWorker(datagrams)
    defer { hasEnded(worker) }
    try await onThread { try worker.run(until: served.stop) }
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
