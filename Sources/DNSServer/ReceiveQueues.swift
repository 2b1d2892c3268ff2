// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The sockets that one thread takes questions from: a single one, until questions are lost.
///
/// From one queue batches are fullest, and a question costs least. But where more comes than can be answered, the queue
/// is full of what the busiest client sends, and everybody's questions are lost. So when the kernel has lost some, the
/// spare sockets are bound to the same address and port, for good. The kernel gives each client, by its address and
/// port, one of the queues; each gets its share of a batch, and a flood from a few clients fills only theirs.
struct ReceiveQueues: ~Copyable {
  /// Sockets of one place, of all its threads.
  static let maximumCount = 32
  /// Datagrams that one of several queues may have of a batch.
  static let share = 32
  /// Full batches between two looks at what was lost.
  static let fullBatchesBetweenLooks = 16

  /// Those that questions are taken from.
  private(set) var sockets: [Descriptor]
  private var spares: [Descriptor]
  private let receiveBufferSize: Int
  private var fullBatches = 0
  private var first = 0

  /// - Parameter spares: see `DatagramSocket.spare`; none where the one socket has to do.
  init(_ socket: Descriptor, spares: [Descriptor], receiveBufferSize: Int) {
    sockets = [socket]
    self.spares = spares
    self.receiveBufferSize = receiveBufferSize
  }

  /// Waits for datagrams and takes those that are there; gives how many.
  mutating func receive(_ batch: inout DatagramBatch) throws(SystemError) -> Int {
    if sockets.count == 1 { return try batch.receive(from: sockets[0]) }
    first = first + 1 == sockets.count ? 0 : first + 1
    return try batch.receive(from: sockets, first: first, share: Self.share)
  }

  /// Whether questions were lost since the last time, and there are spare sockets. To be asked after each batch; it is
  /// seldom looked up.
  mutating func isOverrun(after batch: borrowing DatagramBatch) -> Bool {
    guard batch.count == batch.capacity, !spares.isEmpty else { return false }
    defer { fullBatches += 1 }
    return fullBatches % Self.fullBatchesBetweenLooks == 0 && DatagramSocket.lost(at: sockets[0]) > 0
  }

  /// Whether a batch of so many datagrams is part of a flood: one queue at least has had its share, after questions
  /// were lost before.
  func isFlooded(by count: Int) -> Bool { sockets.count > 1 && count >= Self.share }

  /// Binds the spare sockets. Where one cannot be bound, those before it are used, and no other is tried again.
  mutating func open() throws(SystemError) {
    let new = spares
    spares = []
    for spare in new {
      try DatagramSocket.join(spare, to: sockets[0])
      _ = try? DatagramSocket.setReceiveBuffer(spare, size: receiveBufferSize)
      sockets.append(spare)
    }
  }
}
