// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// A client's question whose answer has to come from elsewhere, and what of the answer is there already.
struct ForwardQuestion: Sendable {
  /// What becomes of it.
  indirect enum Outcome: Sendable {
    /// The whole answer.
    case reply([UInt8])
    /// Names have led to another one, or know nothing of it: it goes on with this.
    case forward(ForwardQuestion)
  }

  let id: UInt16
  /// The flags of the answer, without its response code.
  let flags: Header.Flags
  /// What to ask for: the client's name, or where CNAME records of our zone have led.
  private(set) var question: Question
  /// Header, question and CNAME records so far.
  private(set) var beginning: [UInt8]
  private(set) var aliasCount: Int
  /// The OPT record that the answer gets; `nil` where the client sent none.
  private(set) var opt: AnswerOPT?
  /// The server's name for itself, for the OPT record.
  let identity: [UInt8]
  /// Octets that the answer may have, without an OPT record.
  let limit: Int
  /// The whole answer for where the name that is asked for does not exist, or nobody is asked for it; `nil`: what comes
  /// of it is given.
  var fallback: [UInt8]?
  /// It is for a name of ours, and goes to those who are asked in our place.
  var isFallback = false
  /// What is done where those fail; `nil`: SERVFAIL.
  var lastResort: Outcome?
  /// Names that have answers here are below the one asked for: it exists, whatever others say.
  var isParent = false
  /// Our names as they were when it came: chains may lead back to them.
  private let snapshot: NameSnapshot

  init(
    _ query: borrowing Query, _ buffer: borrowing MessageBuffer, aliasCount: Int, target: Name?, limit: Int,
    flags: Header.Flags, opt: AnswerOPT?, identity: [UInt8], snapshot: NameSnapshot
  ) {
    id = query.id
    self.flags = flags
    question = Question(name: target ?? query.name.name, type: query.type)
    beginning = buffer.octets
    self.aliasCount = aliasCount
    self.opt = opt
    self.identity = identity
    self.limit = limit
    self.snapshot = snapshot
  }

  /// Puts the answer together. CNAME records of ours are kept whatever became of their target.
  func outcome(of served: ServedAnswer, payloadSize: Int) -> Outcome {
    let answer = served.answer
    if answer.kind == .failure, let lastResort { return lastResort }
    if let fallback, answer.answerCount == 0, answer.responseCode == .nameError || answer.isOurRefusal {
      return .reply(fallback)
    }
    var flags = flags
    if answer.isAuthoritative { flags.insert(.authoritative) }
    var opt = opt
    opt?.payloadSize = payloadSize
    if let error = served.extendedError, !(answer.isOurRefusal && aliasCount > 0) { opt?.extendedError = error }
    let reserved = opt?.reservedLength(identityLength: identity.count) ?? 0
    var buffer = MessageBuffer(capacity: limit + reserved + beginning.count)
    buffer.append(beginning)
    var writer = AnswerWriter(buffer, questionEnd: beginning.count, limit: limit)
    writer.count(aliasCount, in: .answer)
    var code = code(answer)
    let isTooLong = aliasCount > 0 && aliasCount + answer.aliases.count > NameSnapshot.maximumAliasLinks
    // Who is asked in our place knows our names better.
    let wayBack = isFallback ? nil : answer.aliases.firstIndex { snapshot.isInZone($0) }
    if aliasCount == 0, wayBack == nil, answer.sections.count <= writer.remaining, !answer.isCut {
      writer.append(served)
    } else if !isTooLong, let (answers, authorities) = answer.records {
      if let wayBack {
        switch writer.append(served, answers, leadingBackBy: wayBack, to: snapshot, question.type) {
        case .answered(let answered): code = answered
        case .notOurs: code = .serverFailure
        case .alias(let target):
          let count = Int(writer.answerCount)
          code = count > NameSnapshot.maximumAliasLinks ? .serverFailure : .noError
          // Without RD a client follows chains itself (RFC 1034 §4.3.2).
          if code == .noError, flags.contains(.recursionDesired) {
            return .forward(following(target, behind: writer.finish().octets, count, opt))
          }
        }
      } else {
        var encoder = SectionEncoder(behind: beginning, leadingTo: question.name, limit: limit)
        writer.append(served, answers, authorities, &encoder)
      }
    } else {
      code = .serverFailure
    }
    writer.writeHeader(id: id, flags: flags, responseCode: code, opt: opt, identity: identity)
    return .reply(writer.finish().octets)
  }

  /// The same question for the name to which all CNAME records so far have led.
  private func following(
    _ target: Name, behind beginning: [UInt8], _ aliasCount: Int, _ opt: AnswerOPT?
  ) -> ForwardQuestion {
    var next = self
    next.question.name = target
    next.beginning = beginning
    next.aliasCount = aliasCount
    next.opt = opt
    next.fallback = nil
    return next
  }

  /// The response code, for which it counts what of the name is known here.
  private func code(_ answer: ForwardedAnswer) -> ResponseCode {
    let code = answer.responseCode
    // Who is asked in our place and refuses knows no better.
    if isFallback, answer.kind == .failure, !answer.isOurRefusal { return .serverFailure }
    // Where nobody is asked, our part is the whole answer; where somebody does not answer, it is not.
    if aliasCount > 0, code == .refused { return answer.isOurRefusal ? .noError : .serverFailure }
    // A domain above names that have answers here exists, whatever others know of it (RFC 8020).
    if code == .nameError, answer.answerCount == 0, isParent || snapshot.isParent(question.name) { return .noError }
    return code
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

  /// Appends as many of an answer's records as fit.
  fileprivate mutating func append(
    _ served: ServedAnswer, _ answers: [Record], _ authorities: [Record], _ encoder: inout SectionEncoder
  ) {
    for (section, records) in [(Section.answer, answers), (.authority, authorities)] {
      for record in records where !encoder.isCut {
        var record = record
        record.ttl = served.ttl(record.ttl)
        if encoder.append(record) { count(1, in: section) }
      }
    }
    buffer.append(encoder.octets)
    isTruncated = encoder.isCut || served.answer.isCut
  }

  /// Appends the CNAME records up to the one that leads to a name of ours, numbered `last`, and then what this server
  /// knows of that name: nobody else is asked for it, or believed.
  fileprivate mutating func append(
    _ served: ServedAnswer, _ answers: [Record], leadingBackBy last: Int, to snapshot: NameSnapshot, _ type: RecordType
  ) -> Resolution {
    var links = 0
    for var record in answers where links <= last {
      record.ttl = served.ttl(record.ttl)
      append(record, in: .answer)
      if record.type == .cname { links += 1 }
    }
    let target = served.answer.aliases[last]
    let offset = buffer.count - target.wire.count
    // What follows points into the name, not only to its start.
    guard !isTruncated, buffer.count <= Self.pointerLimit else {
      isTruncated = true
      return .answered(.noError)
    }
    return snapshot.answer(target, at: offset, type, into: &self, random: .random(in: .min ... .max))
  }
}
