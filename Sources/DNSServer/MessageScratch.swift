// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOPosix
import Naming
import Synchronization

/// Room for the largest message, one for each thread that answers over connections: a question comes into it, and its
/// answer is built there. A buffer for each connection would be 64 KiB for each of a thousand idle clients; one for
/// each question, as much memory to be found and given back.
final class MessageScratch: Sendable {
  private static let ofThread = ThreadSpecificVariable<MessageScratch>()

  /// Never waited for: one thread has it.
  private let buffer = Mutex(MessageBuffer(capacity: StreamConnection.messageLimit))

  /// Answers a message in the room of this thread.
  /// - Parameter message: at most `StreamConnection.messageLimit` octets.
  /// - Returns: what is to be done, and for `reply` and `transfer` what the buffer holds then.
  static func answer(
    _ message: some Collection<UInt8>, by responder: Responder, from snapshot: NameSnapshot, client: Client,
    random: UInt32
  ) -> (outcome: Responder.Outcome, octets: [UInt8]) {
    let scratch: MessageScratch
    if let known = ofThread.currentValue {
      scratch = known
    } else {
      scratch = MessageScratch()
      ofThread.currentValue = scratch
    }
    return scratch.buffer.withLock { buffer in
      buffer.truncate(to: 0)
      buffer.append(Array(message))
      let outcome = responder.respond(to: &buffer, from: snapshot, client: client, random: random)
      switch outcome {
      case .reply, .transfer: return (outcome, buffer.octets)
      case .ignore, .forward, .hold: return (outcome, [])
      }
    }
  }
}
