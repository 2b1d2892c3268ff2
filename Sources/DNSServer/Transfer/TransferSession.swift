// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// One transfer to one client: the messages that answer its question, in their order (RFC 5936 §2.2).
struct TransferSession: Sendable {
  /// When the whole transfer has to be done, nanoseconds of `ServerClock`.
  let deadline: UInt64

  private let id: UInt16
  private let flags: Header.Flags
  /// Header and question as they came.
  private let request: [UInt8]
  private let messageSize: Int
  private let slot: TransferCounts.Slot
  /// For the first message, where the client sent one too (RFC 5936 §2.2.5).
  private var opt: AnswerOPT?
  private let identity: [UInt8]
  private var transfer: ZoneTransfer

  /// - Parameters:
  ///   - request: the client's message up to the end of its question.
  ///   - opt: `nil` for a client without EDNS.
  ///   - identity: the server's name for itself, which `opt` may tell.
  ///   - now: nanoseconds of `ServerClock`.
  init(
    _ query: borrowing Query, request: [UInt8], opt: AnswerOPT?, identity: [UInt8], snapshot: NameSnapshot,
    settings: TransferSettings, slot: TransferCounts.Slot, now: UInt64
  ) {
    id = query.id
    flags = query.flags.intersection([.recursionDesired, .checkingDisabled]).union(.authoritative)
    self.request = request
    self.opt = opt
    self.identity = identity
    self.slot = slot
    messageSize = min(
      max(settings.messageSize, TransferSettings.messageSizeRange.lowerBound),
      TransferSettings.messageSizeRange.upperBound)
    deadline = now &+ UInt64(clamping: settings.maximumSeconds) &* 1_000_000_000
    transfer = ZoneTransfer(snapshot)
  }

  /// The next message; `nil` after the last.
  mutating func next() -> [UInt8]? {
    guard !transfer.isDone else { return nil }
    var buffer = MessageBuffer(capacity: messageSize)
    buffer.append(request)
    let reserved = opt?.reservedLength(identityLength: identity.count) ?? 0
    var writer = AnswerWriter(buffer, questionEnd: request.count, limit: messageSize - reserved)
    transfer.write(into: &writer)
    writer.writeHeader(id: id, flags: flags, responseCode: .noError, opt: opt, identity: identity)
    opt = nil
    return writer.finish().octets
  }
}
