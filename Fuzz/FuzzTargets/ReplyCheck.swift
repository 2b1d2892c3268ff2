// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What every reply of the server is, whatever was asked.
package enum ReplyCheck {
  /// Codes that this server gives.
  private static let codes: Set<UInt16> = [0, 1, 2, 3, 4, 5, 9, 16, 23]

  /// - Parameters:
  ///   - reply: nil where there was none.
  ///   - mayForward: whether a question may have been left to others, and so be without a reply.
  package static func check(
    request: [UInt8], reply: [UInt8]?, overTCP: Bool, mayForward: Bool = false
  ) throws(FuzzFailure) {
    switch Query.check(unsafe request.span.bytes) {
    case .ignore:
      try FuzzFailure.unless(reply == nil, "what has to be ignored was answered")
    case .refuse(_, _, let code, let edns):
      guard let reply else { throw FuzzFailure("no reply to a request that is refused") }
      let message = try parsed(reply, request)
      try FuzzFailure.unless(message.responseCode == code, "\(message.responseCode), not \(code)")
      try FuzzFailure.unless(reply.count <= EDNS.minimumPayloadSize, "a refusal of \(reply.count) octets")
      let records = message.answers.count + message.authorities.count + message.additionals.count
      try FuzzFailure.unless(records == 0, "a refusal with records")
      try FuzzFailure.unless((message.edns != nil) == (edns != nil), "OPT in only one of request and refusal")
    case .cookieRequest:
      guard let reply else { throw FuzzFailure("no reply to a request for a cookie") }
      let message = try parsed(reply, request)
      try FuzzFailure.unless(message.questions.isEmpty && message.answers.isEmpty, "a cookie with an answer")
    case .query(let query):
      guard let reply else {
        try FuzzFailure.unless(mayForward, "no reply to a question")
        return
      }
      let limit = overTCP ? 65_535 : sizeLimit(query.edns)
      try FuzzFailure.unless(reply.count <= limit, "\(reply.count) octets where \(limit) are allowed")
      try checkAnswer(query, try parsed(reply, request), request: request, reply: reply, overTCP: overTCP)
    }
  }

  private static func sizeLimit(_ edns: EDNS?) -> Int {
    min(edns?.payloadSize ?? EDNS.minimumPayloadSize, EDNS.defaultPayloadSize)
  }

  /// Reads the reply, which has to be a response to this request.
  private static func parsed(_ reply: [UInt8], _ request: [UInt8]) throws(FuzzFailure) -> Message {
    let message: Message
    do { message = try Message(parsing: reply) } catch { throw FuzzFailure("the reply is no message: \(error)") }
    try FuzzFailure.unless(reply[0] == request[0] && reply[1] == request[1], "the reply has another id")
    try FuzzFailure.unless(message.header.flags.contains(.response), "the reply is a request")
    try FuzzFailure.unless(reply[2] & 0x79 == request[2] & 0x79, "OPCODE or RD differs")
    try FuzzFailure.unless(reply[3] & 0x40 == 0, "Z is set")
    try FuzzFailure.unless(codes.contains(message.responseCode.rawValue), "\(message.responseCode)")
    return message
  }

  private static func checkAnswer(
    _ query: borrowing Query, _ message: Message, request: [UInt8], reply: [UInt8], overTCP: Bool
  ) throws(FuzzFailure) {
    let end = query.questionEnd
    try FuzzFailure.unless(
      message.questions.count == 1 && reply.count >= end && reply[12..<end] == request[12..<end],
      "the question did not come back as it was")
    let hasOPT = query.edns != nil
    try FuzzFailure.unless((message.edns != nil) == hasOPT, "OPT in only one of request and reply")
    let code = message.responseCode
    let isTruncated = message.header.flags.contains(.truncated)
    let isAuthoritative = message.header.flags.contains(.authoritative)
    if let version = query.edns?.version, version != EDNS.supportedVersion {
      try FuzzFailure.unless(code == .badVersion, "EDNS version \(version): \(code)")
    }
    if code == .refused || code == .badVersion || code == .serverFailure, !isAuthoritative {
      try FuzzFailure.unless(message.answers.isEmpty, "\(code) with an answer")
    }
    // A "no" of ours says for how long (RFC 2308 §3).
    if isAuthoritative, message.answers.isEmpty, !isTruncated, code == .noError || code == .nameError {
      try FuzzFailure.unless(message.authorities.map(\.type) == [.soa], "a \"no\" without a SOA")
    }
    try checkOwners(message)
  }

  /// Each record of the answer belongs to the question, or to where CNAME records before it lead.
  private static func checkOwners(_ message: Message) throws(FuzzFailure) {
    var owner = message.questions[0].name
    for record in message.answers {
      try FuzzFailure.unless(record.name == owner, "\(record) does not answer \(owner)")
      let isAsked = record.recordClass == message.questions[0].recordClass
      try FuzzFailure.unless(isAsked, "\(record) has a class of its own")
      if record.type == .cname, message.questions[0].type != .cname, let target = record.target { owner = target }
    }
    // A loop of aliases, which ends in SERVFAIL, is told as it was followed.
    try FuzzFailure.unless(
      message.responseCode == .serverFailure || Set(message.answers).count == message.answers.count,
      "a record is there twice")
  }
}

extension Record {
  /// Where a CNAME record leads.
  fileprivate var target: Name? {
    var reader = MessageReader(offset: 0)
    return try? reader.readName(unsafe data.span.bytes)
  }
}
