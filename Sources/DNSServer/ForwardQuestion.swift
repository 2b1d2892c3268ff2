// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// A client's question whose answer has to come from elsewhere, and what of the answer is there already.
struct ForwardQuestion: Sendable {
  let id: UInt16
  /// The flags of the answer, without its response code.
  let flags: Header.Flags
  /// What to ask for: the client's name, or where CNAME records of our zone have led.
  let question: Question
  /// Header, question and CNAME records so far.
  let beginning: [UInt8]
  let aliasCount: Int
  /// The OPT record that the answer gets; `nil` where the client sent none.
  let opt: AnswerOPT?
  /// The server's name for itself, for the OPT record.
  let identity: [UInt8]
  /// Octets that the answer may have, without an OPT record.
  let limit: Int
  /// The whole answer for where others have no records either; `nil`: theirs is given.
  var fallback: [UInt8]?

  init(
    _ query: borrowing Query, _ buffer: borrowing MessageBuffer, aliasCount: Int, target: Name?, limit: Int,
    flags: Header.Flags, opt: AnswerOPT?, identity: [UInt8]
  ) {
    id = query.id
    self.flags = flags
    question = Question(name: target ?? query.name.name, type: query.type)
    beginning = buffer.octets
    self.aliasCount = aliasCount
    self.opt = opt
    self.identity = identity
    self.limit = limit
  }

  /// Puts the answer together. CNAME records of ours are kept whatever became of their target.
  func reply(_ answer: ForwardedAnswer, payloadSize: Int) -> [UInt8] {
    if let fallback, answer.answers.isEmpty { return fallback }
    var opt = opt
    opt?.payloadSize = payloadSize
    if let error = answer.extendedError { opt?.extendedError = error }
    let reserved = opt?.reservedLength(identityLength: identity.count) ?? 0
    var buffer = MessageBuffer(capacity: limit + reserved + beginning.count)
    buffer.append(beginning)
    var writer = AnswerWriter(buffer, questionEnd: beginning.count, limit: limit)
    writer.count(aliasCount, in: .answer)
    for record in answer.answers where !writer.isTruncated { writer.append(record, in: .answer) }
    for record in answer.authorities where !writer.isTruncated { writer.append(record, in: .authority) }
    writer.writeHeader(
      id: id, flags: flags, responseCode: answer.responseCode, opt: opt, identity: identity)
    return writer.finish().octets
  }
}

/// What an upstream said, as far as clients are told.
struct ForwardedAnswer: Hashable, Sendable {
  var responseCode: ResponseCode
  var answers: [Record]
  var authorities: [Record]
  /// Why there is no better answer, for clients that use EDNS.
  var extendedError: ExtendedError?

  init(
    responseCode: ResponseCode, answers: [Record] = [], authorities: [Record] = [], extendedError: ExtendedError? = nil
  ) {
    self.responseCode = responseCode
    self.extendedError = extendedError
    self.answers = answers
    self.authorities = authorities
  }

  /// Code and records of class IN; hints in the additional section, and what only concerns the upstream, stay out.
  init(_ message: Message) {
    responseCode = message.header.flags.responseCode
    answers = message.answers.filter { $0.recordClass == .internet }
    authorities = message.authorities.filter { $0.recordClass == .internet }
  }

  /// No upstream was heard of.
  static let failure = ForwardedAnswer(responseCode: .serverFailure, extendedError: .networkError)
}
