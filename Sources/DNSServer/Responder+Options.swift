// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What the EDNS options of a request get. Off the path of a plain question.
extension Responder {
  /// Octets of which padded answers are a multiple (RFC 8467 §4.1).
  static let paddingBlock = 468

  /// What a client's cookie says about it.
  enum CookieState: Sendable {
    /// There is none, or one without a valid server part.
    case none
    /// Its address is proven.
    case valid
    /// It has to come back with the cookie that it is given.
    case refused
  }

  /// Settles what the answer's OPT record holds.
  @inline(never)
  func answer(_ options: RequestOptions, in opt: inout AnswerOPT, _ client: Client) -> CookieState {
    if options.flags.contains(.nsid), !identity.octets.isEmpty { opt.hasIdentity = true }
    switch client.transport {
    case .udp: break
    case .tcp:
      if options.flags.contains(.tcpKeepalive) { opt.keepalive = keepalive }
    case .tls:
      if options.flags.contains(.tcpKeepalive) { opt.keepalive = keepalive }
      if options.flags.contains(.padding) { opt.paddingBlock = Self.paddingBlock }
    case .https:
      // HTTP has its own ways to keep a connection.
      if options.flags.contains(.padding) { opt.paddingBlock = Self.paddingBlock }
    }
    guard options.flags.contains(.cookie), let cookies else { return .none }
    let (isValid, answer) = cookies.check(options.cookie, from: client.address, now: clock.seconds())
    opt.cookie = answer
    if isValid { return .valid }
    return cookies.isRequired && client.transport == .udp ? .refused : .none
  }

  /// Answers a message that has no question, but a cookie (RFC 7873 §5.4).
  @inline(never)
  func answerCookie(
    id: UInt16, flags: Header.Flags, _ edns: EDNS, in buffer: inout MessageBuffer, client: Client
  ) -> Outcome {
    var opt = AnswerOPT(payloadSize: payloadSize, isDNSSECOK: edns.isDNSSECOK)
    let state = answer(edns.options, in: &opt, client)
    if let limiter, client.transport == .udp, state != .valid,
      limiter.count(client.address, now: clock.nanoseconds()) != .answer {
      return .ignore
    }
    // With cookies off this is a message without a question like any other.
    let code: ResponseCode = cookies == nil ? .formatError : state == .refused ? .badCookie : .noError
    let reserved = opt.reservedLength(identityLength: identity.octets.count)
    var writer = AnswerWriter(
      buffer, questionEnd: Header.length, limit: EDNS.minimumPayloadSize - reserved)
    writer.writeHeader(
      id: id, flags: flags.intersection([.recursionDesired]), responseCode: code, opt: opt, identity: identity.octets)
    buffer = writer.finish()
    buffer.store(0, at: 4)
    return .reply
  }

  /// Answers a message of which no question is taken: a header, and an OPT record where it had one.
  @inline(never)
  func refuse(
    id: UInt16, flags: Header.Flags, _ code: ResponseCode, _ edns: EDNS?, in buffer: inout MessageBuffer,
    client: Client
  ) -> Outcome {
    if let limiter, client.transport == .udp, limiter.count(client.address, now: clock.nanoseconds()) != .answer {
      return .ignore  // No TC: without a question there is nothing to repeat.
    }
    buffer.truncate(to: Header.length)
    let kept = flags.intersection([.recursionDesired]).union(flags.opcodeBits)
    buffer.store(id, at: 0)
    buffer.store(kept.union([.response, Header.Flags(responseCode: code)]).rawValue, at: 2)
    for offset in stride(from: 4, to: Header.length, by: 2) { buffer.store(0, at: offset) }
    if let edns {
      buffer.appendOPT(
        payloadSize: payloadSize, responseCode: code, isDNSSECOK: edns.isDNSSECOK, optionsLength: 0)
      buffer.store(1, at: 10)
    }
    return .reply
  }
}

extension Responder {
  /// The responder of these settings. What it remembers of clients goes on where its settings are the same.
  init(
    _ settings: DNSServerSettings, forwards: Bool, recurses: Bool? = nil,
    transferCounts: TransferCounts = TransferCounts(), after predecessor: Responder? = nil, pods parts: PodParts? = nil
  ) {
    self.init(
      payloadSize: settings.payloadSize, forwards: forwards, recurses: recurses,
      hasFallback: !settings.forwarding.fallback.isEmpty)
    let forwarding = settings.forwarding
    if !self.recurses, forwarding.routes.isEmpty, !forwarding.staticNames.isOn { special = SpecialNames(forwarding) }
    cookies = CookieKeeper(settings.cookies, after: predecessor?.cookies)
    let isSame = predecessor?.limiter?.settings == settings.rateLimit
    limit(by: isSame ? predecessor?.limiter : RateLimiter(settings.rateLimit))
    fallBack(predecessor?.isUnsure ?? false)
    identity = ServerIdentity(name: settings.identity, version: settings.version)
    transfers = ZoneTransfers(settings.transfer, predecessor?.transfers.counts ?? transferCounts)
    keepalive = UInt16(clamping: 10 * settings.connectionIdleSeconds)
    if let predecessor { clock = predecessor.clock }
    hold = settings.hold.milliseconds > 0 ? parts?.hold : nil
    completion = settings.completesNames ? parts.map { SearchCompletion(directory: $0.directory) } : nil
  }
}
