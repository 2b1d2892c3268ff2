// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Logging

/// Runs one reconciler: queues the keys that changes lead to, and hands them to workers.
final class Controller<C: Clock>: Sendable where C.Duration == Duration {
  /// The most keys of one reconciler in work at a time; a worker mostly waits for the store to make a write durable.
  private static var workerLimit: Int { 16 }

  let reconciler: any Reconciler
  private let queue = WorkQueue<C.Instant>(workerLimit: workerLimit)
  private let clock: C
  private let retry: RetryPolicy
  private let logger: Logger

  init(_ reconciler: any Reconciler, clock: C, retry: RetryPolicy, logger: Logger) {
    self.reconciler = reconciler
    self.clock = clock
    self.retry = retry
    var logger = logger
    logger[metadataKey: "controller"] = .string(reconciler.name)
    self.logger = logger
    queue.add(reconciler.initialKeys)
  }

  func enqueue(_ keys: some Sequence<ObjectKey>) {
    queue.add(keys)
  }

  /// Ends `run()` once what is in work is done.
  func close() {
    queue.close()
  }

  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.releaseDelayedKeys() }
      while let key = await queue.next() {
        group.addTask { await self.work(on: key) }
      }
    }
  }

  private func work(on key: ObjectKey) async {
    do {
      switch try await reconciler.reconcile(key) {
      case .settled: queue.finish(key)
      case .again(let delay): queue.finish(key, again: clock.now.advanced(by: delay))
      }
    } catch {
      queue.fail(key) { failures in
        let delay = retry.delay(failures: failures)
        // Others write too: a first clash with one of them is part of normal work, as is a namespace's end.
        let isRace = [.conflict, .notFound, .alreadyExists].contains(error.reason) && failures == 1
          || error.reason == .forbidden
        logger.log(
          level: isRace ? .debug : .warning, "Could not reconcile; will try again",
          metadata: ["key": "\(key)", "error": "\(error)", "failures": "\(failures)", "delay": "\(delay)"])
        return clock.now.advanced(by: delay)
      }
    }
  }

  private func releaseDelayedKeys() async {
    while let deadline = await queue.deadline(otherThan: nil) {
      // Until the deadline, or until there is an earlier one.
      await withTaskGroup { group in
        group.addTask { try? await self.clock.sleep(until: deadline, tolerance: nil) }
        group.addTask { _ = await self.queue.deadline(otherThan: deadline) }
        await group.next()
        group.cancelAll()
      }
      queue.release(dueAt: clock.now)
    }
  }
}
