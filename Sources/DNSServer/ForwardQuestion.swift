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
  /// It is for a name of ours, and goes to those who are asked in our place.
  var isFallback = false
  /// What is done where those fail; `nil`: SERVFAIL.
  var lastResort: LastResort?

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
  func reply(_ served: ServedAnswer, payloadSize: Int) -> [UInt8] {
    let answer = served.answer
    var code = answer.responseCode
    if let fallback, answer.answerCount == 0 { return fallback }
    var flags = flags
    if answer.isAuthoritative { flags.insert(.authoritative) }
    var opt = opt
    opt?.payloadSize = payloadSize
    if let error = served.extendedError { opt?.extendedError = error }
    let reserved = opt?.reservedLength(identityLength: identity.count) ?? 0
    var buffer = MessageBuffer(capacity: limit + reserved + beginning.count)
    buffer.append(beginning)
    var writer = AnswerWriter(buffer, questionEnd: beginning.count, limit: limit)
    writer.count(aliasCount, in: .answer)
    if aliasCount == 0, answer.sections.count <= writer.remaining, !answer.isCut {
      writer.append(served)
    } else if let (answers, authorities) = answer.records {
      for record in answers where !writer.isTruncated { writer.append(record, of: served, in: .answer) }
      for record in authorities where !writer.isTruncated { writer.append(record, of: served, in: .authority) }
      if answer.isCut { writer.isTruncated = true }
    } else {
      code = .serverFailure
    }
    writer.writeHeader(id: id, flags: flags, responseCode: code, opt: opt, identity: identity)
    return writer.finish().octets
  }
}

extension AnswerWriter {
  /// Appends the whole of an answer, which must fit, right behind the question that it answers.
  fileprivate mutating func append(_ served: ServedAnswer) {
    let answer = served.answer
    let start = buffer.count
    buffer.append(answer.sections)
    for offset in answer.ttlOffsets {
      let offset = Int(offset)
      let ttl = served.ttl(answer.sections[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) })
      buffer.store(UInt16(truncatingIfNeeded: ttl >> 16), at: start + offset)
      buffer.store(UInt16(truncatingIfNeeded: ttl), at: start + offset + 2)
    }
    count(answer.answerCount, in: .answer)
    count(answer.authorityCount, in: .authority)
  }

  fileprivate mutating func append(_ record: Record, of served: ServedAnswer, in section: Section) {
    var record = record
    record.ttl = served.ttl(record.ttl)
    append(record, in: section)
  }
}
