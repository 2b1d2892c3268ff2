// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Synchronization

/// Waits for descriptors on one thread, so that no task of Swift's pool ever blocks in the kernel.
///
/// A descriptor has at most one waiter. The thread lives as long as the process: a poller is made once.
package final class Poller: Sendable {
  package enum Direction: Sendable { case readable, writable }

  package static let shared = Poller()

  private enum Outcome: Sendable {
    case ready, cancelled
    /// With the errno.
    case failed(Int32)
  }

  private struct State {
    var nextToken: UInt64 = 1
    var waiters: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
  }

  private let poll: Int32
  private let state = Mutex(State())

  private init() {
    poll = callsign_poll_create()
    precondition(poll >= 0, "no epoll descriptor")
    startThread(name: "callsign-poll") { [self] in run() }
  }

  /// Returns when the descriptor can be read or written, or has failed; false where the task was cancelled first.
  package func wait(for direction: Direction, of descriptor: Descriptor) async throws(SystemError) -> Bool {
    let token = state.withLock { state in
      defer { state.nextToken += 1 }
      return state.nextToken
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { $0.waiters[token] = continuation }
        let result = callsign_poll_once(poll, descriptor.number, direction == .writable ? 1 : 0, token)
        if result < 0 { resume(token, .failed(-result)) }
        if Task.isCancelled { resume(token, .cancelled) }
      }
    } onCancel: {
      resume(token, .cancelled)
    }
    switch outcome {
    case .ready: return true
    case .cancelled:
      // A closed descriptor leaves by itself; this one may be waited for again, or not for a long time.
      _ = callsign_poll_forget(poll, descriptor.number)
      return false
    case .failed(let code): throw SystemError("wait for a descriptor", code: code)
    }
  }

  private func resume(_ token: UInt64, _ outcome: Outcome) {
    state.withLock { $0.waiters.removeValue(forKey: token) }?.resume(returning: outcome)
  }

  private func run() {
    var tokens = [UInt64](repeating: 0, count: 64)
    while true {
      let count = unsafe callsign_poll_wait(poll, &tokens, Int32(tokens.count))
      for token in tokens.prefix(Int(max(0, count))) { resume(token, .ready) }
    }
  }
}

/// Runs `body` on a thread of its own that nobody joins.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let context = unsafe Unmanaged.passRetained(Box(name: name, body: body)).toOpaque()
  let result = unsafe pthread_create(
    &thread, nil,
    { context in
      let box = unsafe Unmanaged<Box>.fromOpaque(context!).takeRetainedValue()
      unsafe callsign_name_thread(box.name)
      box.body()
      return nil
    }, context)
  precondition(result == 0, "no thread could be started")
  pthread_detach(thread)
}
