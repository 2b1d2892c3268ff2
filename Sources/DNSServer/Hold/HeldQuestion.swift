// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// A question of our zone that is answered later, from the names as they are then.
struct HeldQuestion: Sendable {
  let id: UInt16
  /// The flags of the answer, without its response code.
  let flags: Header.Flags
  let name: Name
  let type: RecordType
  /// Header and question.
  let beginning: [UInt8]
  /// The OPT record that the answer gets; `nil` where the client sent none.
  let opt: AnswerOPT?
  /// The server's name for itself, for the OPT record.
  let identity: [UInt8]
  /// Octets that the answer may have, without an OPT record.
  let limit: Int

  /// - Parameter buffer: its header and question are taken.
  init(
    _ query: borrowing Query, _ buffer: borrowing MessageBuffer, limit: Int, flags: Header.Flags, opt: AnswerOPT?,
    identity: [UInt8]
  ) {
    id = query.id
    self.flags = flags.union(.authoritative)
    name = query.name.name
    type = query.type
    beginning = Array(buffer.octets.prefix(query.questionEnd))
    self.opt = opt
    self.identity = identity
    self.limit = limit
  }

  /// The whole answer.
  func reply(from snapshot: NameSnapshot) -> [UInt8] {
    let reserved = opt?.reservedLength(identityLength: identity.count) ?? 0
    var buffer = MessageBuffer(capacity: limit + reserved + beginning.count)
    buffer.append(beginning)
    var writer = AnswerWriter(buffer, questionEnd: beginning.count, limit: limit)
    let resolution = snapshot.answer(
      QueryName(name), type, into: &writer, random: .random(in: .min ... .max))
    // Names of pods have no alias, and are ours.
    let code = if case .answered(let code) = resolution { code } else { ResponseCode.serverFailure }
    writer.writeHeader(id: id, flags: flags, responseCode: code, opt: opt, identity: identity)
    return writer.finish().octets
  }
}
