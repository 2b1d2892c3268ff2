// SPDX-License-Identifier: Apache-2.0
import Dispatch
import KubeModel
import Synchronization

/// Carries out writes one after the other, and commits all that wait in one transaction of the database.
///
/// A write is a function over a ``Transaction``. Its caller is answered when the transaction is durable and its
/// changes are visible. If the commit fails, every write of the batch fails and nothing of it is visible.
final class StoreWriter: Sendable {
  /// Writes that share one commit at most, so that a caller's wait stays short under load.
  static let maximumBatch = 256
  /// Writes that may wait; more are refused with `TooManyRequests`.
  static let maximumWaiting = 65_536

  typealias Outcome = Result<WriteResult, StatusError>

  struct Write: Sendable {
    let operation: @Sendable (inout Transaction) throws(StatusError) -> WriteResult
    /// A dry run is carried out and taken back.
    let isDryRun: Bool
    let continuation: CheckedContinuation<Outcome, Never>
  }

  private struct Queue {
    var waiting: [Write] = []
    var isDraining = false
    var isClosed = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private let queue = Mutex(Queue())
  /// Owned by the drain that runs; there is never more than one.
  private let allocations: Mutex<ServiceAllocations>
  private let thread = DispatchQueue(label: "callsign.store")
  private let database: Database
  private let configuration: StoreConfiguration

  init(database: Database, configuration: StoreConfiguration, objects: [KubeObject]) {
    self.database = database
    self.configuration = configuration
    var allocations = ServiceAllocations(configuration: configuration)
    for object in objects where object.resource == .services { allocations.claim(object.root) }
    self.allocations = Mutex(allocations)
  }

  /// Hands in a write and waits until it is durable and visible.
  func submit(
    to store: ObjectStore, dryRun: Bool,
    _ operation: @escaping @Sendable (inout Transaction) throws(StatusError) -> WriteResult
  ) async throws(StatusError) -> WriteResult {
    let outcome: Outcome = await withCheckedContinuation { continuation in
      let write = Write(operation: operation, isDryRun: dryRun, continuation: continuation)
      let refusal: StatusError? = queue.withLock { queue in
        if queue.isClosed { return StatusError(.serviceUnavailable, "the store is closed") }
        if queue.waiting.count >= Self.maximumWaiting {
          return StatusError(.tooManyRequests, "\(Self.maximumWaiting) writes wait already; try again")
        }
        queue.waiting.append(write)
        if !queue.isDraining {
          queue.isDraining = true
          thread.async { self.drain(store) }
        }
        return nil
      }
      if let refusal { continuation.resume(returning: .failure(refusal)) }
    }
    return try outcome.get()
  }

  /// Waits for the writes under way and closes the database.
  func close() async {
    await withCheckedContinuation { continuation in
      let isIdle = queue.withLock { queue in
        queue.isClosed = true
        if queue.isDraining { queue.closers.append(continuation) }
        return !queue.isDraining
      }
      if isIdle { continuation.resume() }
    }
    database.close()
  }

  private func drain(_ store: ObjectStore) {
    while true {
      let batch: [Write] = queue.withLock { queue in
        let batch = Array(queue.waiting.prefix(Self.maximumBatch))
        queue.waiting.removeFirst(batch.count)
        if batch.isEmpty {
          queue.isDraining = false
          for closer in queue.closers { closer.resume() }
          queue.closers = []
        }
        return batch
      }
      if batch.isEmpty { return }
      carryOut(batch, store)
    }
  }

  private func carryOut(_ batch: [Write], _ store: ObjectStore) {
    let before = allocations.withLock { $0 }
    var transaction = Transaction(store: store, configuration: configuration, allocations: before)
    var outcomes: [Outcome] = []
    for write in batch {
      var attempt = transaction
      let outcome = Result { () throws(StatusError) in try write.operation(&attempt) }
      if case .success = outcome, !write.isDryRun { transaction = attempt }
      outcomes.append(outcome)
    }
    if !transaction.events.isEmpty {
      do {
        try database.commit(transaction.rows, version: transaction.version)
        allocations.withLock { $0 = transaction.allocations }
        store.publish(transaction.events)
      } catch {
        let failure = StatusError(
          .insufficientStorage, "the write could not be made durable and was undone: \(Database.reason(error))")
        outcomes = outcomes.map { if case .success = $0 { .failure(failure) } else { $0 } }
      }
    }
    for (write, outcome) in zip(batch, outcomes) { write.continuation.resume(returning: outcome) }
  }
}

/// What a write did.
enum WriteResult: Sendable {
  /// The object as it is now stored.
  case stored(KubeObject)
  /// The object is gone; this was its last state.
  case removed(KubeObject)

  var object: KubeObject {
    switch self {
    case .stored(let object), .removed(let object): object
    }
  }
}
