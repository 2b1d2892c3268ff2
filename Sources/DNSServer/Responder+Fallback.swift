// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

extension Responder {
  /// What this server says by itself: from names that may be out of date, for the API server is away.
  /// - Parameter question: the same question as it goes to others.
  @inline(never)
  func lastResort(
    _ query: borrowing Query, _ question: ForwardQuestion, from snapshot: NameSnapshot, random: UInt32
  ) -> ForwardQuestion.Outcome {
    var flags = question.flags
    var opt = question.opt
    let reserved = opt?.reservedLength(identityLength: question.identity.count) ?? 0
    var buffer = MessageBuffer(capacity: question.limit + reserved + question.beginning.count)
    buffer.append(question.beginning)
    var writer = AnswerWriter(buffer, questionEnd: question.beginning.count, limit: question.limit)
    let resolution = snapshot.answer(query.name, query.type, into: &writer, random: random)
    var target: Name?
    var code = ResponseCode.noError
    switch resolution {
    case .answered(let answered): code = answered
    case .alias(let name): target = name
    case .notOurs: code = .refused
    }
    if code != .refused { flags.insert(.authoritative) }
    if forwards, target != nil && query.flags.contains(.recursionDesired) || code == .refused {
      let count = Int(writer.answerCount)
      buffer = writer.finish()
      return .forward(
        ForwardQuestion(
          query, buffer, aliasCount: count, target: target, limit: question.limit, flags: flags, opt: opt,
          identity: question.identity, snapshot: snapshot))
    }
    if code == .refused { opt?.extendedError = .notAuthoritative }
    writer.writeHeader(id: question.id, flags: flags, responseCode: code, opt: opt, identity: question.identity)
    return .reply(writer.finish().octets)
  }
}
