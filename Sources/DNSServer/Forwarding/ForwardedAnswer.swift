// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What is answered to a question for a name of others: by an upstream, or by this server itself.
///
/// Its records are octets that are copied behind a client's question; only their TTLs change.
struct ForwardedAnswer: Hashable, Sendable {
  enum Kind: Sendable { case success, denial, failure }

  let responseCode: ResponseCode
  let kind: Kind
  /// Seconds that it may be remembered; 0 for not at all.
  let lifetime: UInt32
  /// The name asked for: what the pointers in `sections` rely on.
  let name: Name
  /// Answer and authority section, as they stand behind a question for `name`.
  let sections: [UInt8]
  /// Where in `sections` the TTLs are.
  let ttlOffsets: [UInt16]
  let answerCount: Int
  let authorityCount: Int
  /// Whether records are missing, since no message could hold them, or the upstream's did not.
  let isCut: Bool
  /// Where its CNAME records lead, one after the other.
  let aliases: [Name]
  /// Nobody is asked for such names.
  private(set) var isOurRefusal = false
  /// Whether this server is the source of it (AA).
  var isAuthoritative = false
  /// Why there is no better answer, for clients that use EDNS.
  var extendedError: ExtendedError?

  init(
    _ responseCode: ResponseCode, to question: Question, answers: [Record] = [], authorities: [Record] = [],
    isCut: Bool = false, limits: ForwardCacheSettings
  ) {
    // What was read from a message is well formed; what is not would be read by nobody.
    let answers = answers.filter(\.isWellFormed)
    let authorities = authorities.filter(\.isWellFormed)
    var encoder = SectionEncoder(behind: question.name)
    var answerCount = 0
    for record in answers where encoder.append(record) { answerCount += 1 }
    var authorityCount = 0
    for record in authorities where encoder.append(record) { authorityCount += 1 }
    self.responseCode = responseCode
    self.name = question.name
    let isAliasAsked = question.type == .cname || question.type == .any
    aliases = isAliasAsked ? [] : answers.filter { $0.type == .cname }.map { Name(uncheckedWire: $0.data) }
    self.answerCount = answerCount
    self.authorityCount = authorityCount
    sections = encoder.octets
    ttlOffsets = encoder.ttlOffsets
    self.isCut = isCut || encoder.isCut
    kind = Self.kind(responseCode, question.type, answers)
    lifetime = self.isCut ? 0 : Self.lifetime(kind, answers, authorities, limits)
  }

  /// No upstream was heard of.
  static func silence(_ question: Question, limits: ForwardCacheSettings) -> ForwardedAnswer {
    var answer = failure(to: question, limits: limits)
    answer.extendedError = .networkError
    return answer
  }

  /// No upstream has an answer.
  static func failure(
    _ code: ResponseCode = .serverFailure, to question: Question, limits: ForwardCacheSettings
  ) -> ForwardedAnswer {
    ForwardedAnswer(code, to: question, limits: limits)
  }

  /// Not to be asked for here.
  static func refused(_ question: Question) -> ForwardedAnswer {
    var answer = ForwardedAnswer(.refused, to: question, limits: ForwardCacheSettings())
    answer.extendedError = .prohibited
    answer.isOurRefusal = true
    return answer
  }

  /// The records, read back from the octets; `nil` for octets that cannot be read.
  var records: (answers: [Record], authorities: [Record])? {
    var message = Message(id: 0, question: Question(name: name, type: .any), edns: nil).encoded
    message += sections
    for (offset, count) in [(6, answerCount), (8, authorityCount)] {
      message[offset] = UInt8(truncatingIfNeeded: count >> 8)
      message[offset + 1] = UInt8(truncatingIfNeeded: count)
    }
    guard let parsed = try? Message(parsing: message) else { return nil }
    return (parsed.answers, parsed.authorities)
  }

  private static func kind(_ code: ResponseCode, _ type: RecordType, _ answers: [Record]) -> Kind {
    switch code {
    case .nameError: .denial
    case .noError: answers.contains { type == .any || $0.type == type } ? .success : .denial
    default: .failure
    }
  }

  /// Its shortest TTL; for a "no" what the SOA allows as well (RFC 2308 §5), and without one nothing.
  private static func lifetime(
    _ kind: Kind, _ answers: [Record], _ authorities: [Record], _ limits: ForwardCacheSettings
  ) -> UInt32 {
    let shortest = answers.map(\.ttl).min() ?? .max
    switch kind {
    case .failure: return limits.failureTTL
    case .success: return min(shortest, limits.maximumTTL)
    case .denial:
      guard let soa = authorities.first(where: { $0.type == .soa }), soa.data.count >= 20 else { return 0 }
      let minimum = soa.data.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return min(shortest, soa.ttl, minimum, limits.maximumNegativeTTL)
    }
  }
}

/// An answer at some time of its life.
struct ServedAnswer: Sendable {
  /// Seconds that clients may remember an answer whose own time is over (RFC 8767 §4).
  static let staleTTL: UInt32 = 30

  let answer: ForwardedAnswer
  /// Seconds since the upstream gave it.
  var age: UInt32 = 0
  /// Its time is over, and there is no newer one.
  var isStale = false

  /// RFC 8914; for old answers its codes 3 and 19.
  var extendedError: ExtendedError? {
    if isStale { return answer.responseCode == .nameError ? .staleNameError : .staleAnswer }
    return answer.extendedError
  }

  /// What a TTL has become. All of an answer ends together: with its shortest TTL.
  func ttl(_ original: UInt32) -> UInt32 {
    if isStale { return min(original, Self.staleTTL) }
    let limited = answer.isAuthoritative ? original : min(original, answer.lifetime)
    return limited - min(limited, age)
  }
}
