// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// Answers one message, in the buffer that it came in. Plain computation: the same for UDP and TCP.
struct Responder: Sendable {
  /// What is to be done with the message.
  enum Outcome: Sendable {
    /// The buffer holds the answer.
    case reply
    /// No answer.
    case ignore
    /// Others know the answer. The buffer is as it came, or holds the beginning of an answer.
    case forward(ForwardQuestion)
  }

  /// Octets that the OPT record of an answer announces, and that UDP carries at most.
  let payloadSize: Int
  /// Whether other names are asked for elsewhere (RA).
  let forwards: Bool

  /// - Parameter random: decides which of several records comes first.
  func respond(
    to buffer: inout MessageBuffer, from snapshot: NameSnapshot, client: Client, random: UInt32
  ) -> Outcome {
    switch buffer.withMessage({ Query.check($0) }) {
    case .ignore:
      return .ignore
    case .refuse(let id, let flags, let code):
      buffer.truncate(to: Header.length)
      let kept = flags.intersection([.recursionDesired]).union(flags.opcodeBits)
      buffer.store(id, at: 0)
      buffer.store(kept.union([.response, Header.Flags(responseCode: code)]).rawValue, at: 2)
      for offset in stride(from: 4, to: Header.length, by: 2) { buffer.store(0, at: offset) }
      return .reply
    case .query(let query):
      return answer(query, in: &buffer, from: snapshot, client: client, random: random)
    }
  }

  private func answer(
    _ query: borrowing Query, in buffer: inout MessageBuffer, from snapshot: NameSnapshot, client: Client,
    random: UInt32
  ) -> Outcome {
    let clientLimit = min(query.edns?.payloadSize ?? EDNS.minimumPayloadSize, payloadSize)
    let limit = client.streamLimit ?? clientLimit
    var flags = query.flags.intersection([.recursionDesired, .checkingDisabled])
    if forwards { flags.insert(.recursionAvailable) }
    var writer = AnswerWriter(
      buffer, questionEnd: query.questionEnd, limit: limit - (query.edns == nil ? 0 : EDNS.bareLength))

    var resolution = Resolution.answered(.refused)
    if let version = query.edns?.version, version != EDNS.supportedVersion {
      resolution = .answered(.badVersion)
    } else if query.recordClass == .internet {
      resolution = snapshot.answer(query.name, query.type, into: &writer, random: random)
    }

    let code: ResponseCode
    switch resolution {
    case .answered(let answered):
      code = answered
      if code != .refused, code != .badVersion { flags.insert(.authoritative) }
    case .notOurs where forwards:
      buffer = writer.finish()
      return .forward(ForwardQuestion(query, buffer, aliasCount: 0, target: nil, limit: limit, flags: flags))
    case .alias(let target) where forwards:
      flags.insert(.authoritative)
      let count = Int(writer.answerCount)
      buffer = writer.finish()
      return .forward(ForwardQuestion(query, buffer, aliasCount: count, target: target, limit: limit, flags: flags))
    case .notOurs:
      code = .refused
    case .alias:
      code = .noError
      flags.insert(.authoritative)
    }
    writer.writeHeader(
      id: query.id, flags: flags, responseCode: code, payloadSize: query.edns == nil ? nil : payloadSize)
    buffer = writer.finish()
    return .reply
  }
}
