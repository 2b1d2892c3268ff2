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
    /// The name is about to exist: the answer may wait. The buffer is as it came.
    case hold(HeldQuestion, QuestionHold)
    /// The answer is many messages, which the session makes; over connections only.
    case transfer(TransferSession)
  }

  /// Octets that the OPT record of an answer announces, and that UDP carries at most.
  let payloadSize: Int
  /// Whether other names have answers: from upstreams, or as names with fixed answers.
  let forwards: Bool
  /// Whether upstreams are asked (RA).
  let recurses: Bool
  /// The only names of others that have answers; `nil` where there may be more. So a flood of others is refused at
  /// once.
  var special: SpecialNames?
  /// `nil` where cookies are off.
  var cookies: CookieKeeper?
  /// `nil` where answers are not limited.
  private(set) var limiter: RateLimiter?
  /// What is known of our names cannot be relied on: questions for them are asked of others, where there are any.
  private(set) var isUnsure = false
  /// There are others who can be asked for our names.
  private let hasFallback: Bool
  private var fallsBack: Bool { hasFallback && isUnsure }
  /// Whether there is a limiter, or another reason to go the long way. The hot path looks here, for looking at the
  /// limiter counts a reference.
  private var needsLongWay = false
  var identity = ServerIdentity()
  /// Who may have the whole zone.
  var transfers = ZoneTransfers()
  /// What clients that ask for it are told about idle connections, in units of 100 milliseconds (RFC 7828).
  var keepalive: UInt16 = 100
  var clock = ServerClock.system
  /// `nil` where no question waits for its name.
  var hold: QuestionHold?
  /// `nil` where names are not completed.
  var completion: SearchCompletion?

  /// - Parameter recurses: as `forwards` where nothing is said.
  init(payloadSize: Int, forwards: Bool, recurses: Bool? = nil, hasFallback: Bool = false) {
    // The buffers of UDP rely on it.
    self.payloadSize = min(
      max(payloadSize, DNSServerSettings.payloadSizes.lowerBound), DNSServerSettings.payloadSizes.upperBound)
    self.forwards = forwards
    self.recurses = recurses ?? forwards
    self.hasFallback = hasFallback
  }

  mutating func limit(by limiter: RateLimiter?) {
    self.limiter = limiter
    needsLongWay = limiter != nil || fallsBack
  }

  mutating func fallBack(_ isUnsure: Bool) {
    self.isUnsure = isUnsure
    needsLongWay = limiter != nil || fallsBack
  }

  /// - Parameter random: decides which of several records comes first.
  func respond(
    to buffer: inout MessageBuffer, from snapshot: NameSnapshot, client: Client, random: UInt32
  ) -> Outcome {
    let limit = client.streamLimit ?? Self.datagramLimit
    guard case .none = answerPlain(&buffer, from: snapshot, limit: limit, random: random) else { return .reply }
    return respondFully(to: &buffer, from: snapshot, client: client, random: random)
  }

  /// Octets that a client without EDNS takes over UDP. A number, for a constant of another module is a call.
  static var datagramLimit: Int { 512 }

  /// Answers the commonest questions in one go; see `NameSnapshot.answerPlain`. Who the client is does not matter.
  /// - Parameter limit: octets that the client takes if it says nothing of it.
  @inline(__always)
  func answerPlain(
    _ buffer: inout MessageBuffer, from snapshot: NameSnapshot, limit: Int, random: UInt32
  ) -> NameSnapshot.PlainAnswer {
    if needsLongWay { return .none }
    return snapshot.answerPlain(
      &buffer, limit: limit, payloadSize: payloadSize, isRecursionAvailable: recurses, random: random)
  }

  /// Answers any question, also those that `answerPlain` would.
  func respondFully(
    to buffer: inout MessageBuffer, from snapshot: NameSnapshot, client: Client, random: UInt32
  ) -> Outcome {
    switch Query.check(buffer) {
    case .query(let query):
      return answer(query, in: &buffer, from: snapshot, client: client, random: random)
    case .ignore:
      return .ignore
    case .cookieRequest(let id, let flags, let edns):
      return answerCookie(id: id, flags: flags, edns, in: &buffer, client: client)
    case .refuse(let id, let flags, let code, let edns):
      return refuse(id: id, flags: flags, code, edns, in: &buffer, client: client)
    }
  }

  private func answer(
    _ query: borrowing Query, in buffer: inout MessageBuffer, from snapshot: NameSnapshot, client: Client,
    random: UInt32
  ) -> Outcome {
    let clientLimit = min(query.edns?.payloadSize ?? EDNS.minimumPayloadSize, payloadSize)
    let limit = client.streamLimit ?? clientLimit
    var flags = query.flags.repeatedInAnswer
    if recurses { flags.insert(.recursionAvailable) }

    var opt: AnswerOPT?
    var reserved = 0
    var cookie = CookieState.none
    if let edns = query.edns {
      var answerOPT = AnswerOPT(payloadSize: payloadSize, isDNSSECOK: edns.isDNSSECOK)
      reserved = EDNS.bareLength
      if !edns.options.isEmpty {
        cookie = answer(edns.options, in: &answerOPT, client)
        reserved = answerOPT.reservedLength(identityLength: identity.octets.count)
      }
      opt = answerOPT
    }
    let clientSerial = query.type == .ixfr ? buffer.withMessage { ZoneTransfers.clientSerial($0) } : nil
    var writer = AnswerWriter(buffer, questionEnd: query.questionEnd, limit: limit - reserved)

    if let limiter, client.transport == .udp, cookie != .valid {
      let verdict = limiter.count(client.address, now: clock.nanoseconds())
      if verdict != .answer {
        writer.isTruncated = true
        writer.writeHeader(id: query.id, flags: flags, responseCode: .noError, opt: opt, identity: identity.octets)
        buffer = writer.finish()
        return verdict == .slip ? .reply : .ignore
      }
    }

    var resolution = Resolution.answered(.refused)
    if let version = query.edns?.version, version != EDNS.supportedVersion {
      resolution = .answered(.badVersion)
    } else if cookie == .refused {
      resolution = .answered(.badCookie)
    } else if query.type.isZoneTransfer {
      switch transfers.decide(query, clientSerial: clientSerial, from: snapshot, client: client) {
      case .refuse(let code): resolution = .answered(code)
      case .authority: resolution = snapshot.answer(query.name, .soa, into: &writer, random: random)
      case .zone(let slot):
        buffer = writer.finish()
        return .transfer(
          TransferSession(
            query, request: buffer.octets, opt: opt, identity: identity.octets, snapshot: snapshot,
            settings: transfers.settings, slot: slot, now: clock.nanoseconds()))
      }
    } else if query.recordClass == .internet {
      if fallsBack, snapshot.isOurs(query.name) {
        buffer = writer.finish()
        var question = ForwardQuestion(
          query, buffer, aliasCount: 0, target: nil, limit: limit - reserved, flags: flags, opt: opt,
          identity: identity.octets, snapshot: snapshot)
        question.isFallback = true
        // Before all is known here, "no such name" could be wrong.
        if snapshot.isSynced { question.lastResort = lastResort(query, question, from: snapshot, random: random) }
        return .forward(question)
      }
      resolution = snapshot.answer(query.name, query.type, into: &writer, random: random)
    } else if query.recordClass == .chaos {
      resolution = .answered(identity.answer(query.name, query.type, into: &writer))
    }

    if case .answered(.nameError) = resolution, hold != nil || completion != nil {
      // By name, and so off the path of good questions.
      let held = HeldQuestion(
        query, writer.buffer, limit: limit - reserved, flags: flags, opt: opt, identity: identity.octets)
      if let hold, hold.isWorthwhile(query.name, in: snapshot) {
        buffer = writer.finish()
        return .hold(held, hold)
      }
      if let namespace = completion?.namespace(of: client) {
        writer.restart(questionEnd: query.questionEnd)
        let completed = snapshot.complete(
          query.name, query.type, namespace: namespace,
          forwards: forwards && query.flags.contains(.recursionDesired), into: &writer, random: random)
        if case .alias(let target) = completed {
          let count = Int(writer.answerCount)
          buffer = writer.finish()
          var question = ForwardQuestion(
            query, buffer, aliasCount: count, target: target, limit: limit - reserved,
            flags: flags.union(.authoritative), opt: opt, identity: identity.octets, snapshot: snapshot)
          question.fallback = held.reply(from: snapshot)
          return .forward(question)
        }
        resolution = completed ?? snapshot.answer(query.name, query.type, into: &writer, random: random)
      }
    }

    let code: ResponseCode
    switch resolution {
    case .answered(let answered):
      code = answered
      if code == .noError || code == .nameError || code == .serverFailure { flags.insert(.authoritative) }
    case .notOurs where forwards && special?.has(query.name.name) != false:
      buffer = writer.finish()
      return .forward(
        ForwardQuestion(
          query, buffer, aliasCount: 0, target: nil, limit: limit - reserved, flags: flags, opt: opt,
          identity: identity.octets, snapshot: snapshot))
    // Without RD a client follows chains itself (RFC 1034 §4.3.2).
    case .alias(let target) where forwards && query.flags.contains(.recursionDesired):
      flags.insert(.authoritative)
      let count = Int(writer.answerCount)
      buffer = writer.finish()
      return .forward(
        ForwardQuestion(
          query, buffer, aliasCount: count, target: target, limit: limit - reserved, flags: flags, opt: opt,
          identity: identity.octets, snapshot: snapshot))
    case .notOurs:
      code = .refused
      opt?.extendedError = .notAuthoritative
    case .alias:
      code = .noError
      flags.insert(.authoritative)
    }
    if code == .serverFailure, !snapshot.isSynced { opt?.extendedError = .notReady }
    writer.writeHeader(id: query.id, flags: flags, responseCode: code, opt: opt, identity: identity.octets)
    buffer = writer.finish()
    return .reply
  }
}
