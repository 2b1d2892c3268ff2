// SPDX-License-Identifier: Apache-2.0

/// The question of a message (RFC 1035 §4.1.2).
package struct Question: Hashable, Sendable {
  package var name: Name
  package var type: RecordType
  package var recordClass: RecordClass

  package init(name: Name, type: RecordType, recordClass: RecordClass = .internet) {
    self.name = name
    self.type = type
    self.recordClass = recordClass
  }
}

/// A whole message that owns its parts: what clients and the forwarder work with. The server's own answers never
/// take this shape.
package struct Message: Hashable, Sendable {
  package var header: Header
  package var questions: [Question]
  package var answers: [Record]
  package var authorities: [Record]
  /// Without the OPT record, which is in `edns`.
  package var additionals: [Record]
  package var edns: EDNS?
  /// The options of the OPT record.
  package var options: [EDNSOption] = []

  /// A request with one question, RD set.
  package init(id: UInt16, question: Question, edns: EDNS? = EDNS(payloadSize: EDNS.defaultPayloadSize)) {
    header = Header(id: id, flags: .recursionDesired)
    questions = [question]
    answers = []
    authorities = []
    additionals = []
    self.edns = edns
  }

  /// Reads a message whole; every count must hold and nothing may follow.
  package init(parsing message: borrowing RawSpan) throws(WireError) {
    header = try Header(parsing: message)
    questions = []
    answers = []
    authorities = []
    additionals = []
    var reader = MessageReader(offset: Header.length)
    for _ in 0..<header.questionCount { questions.append(try reader.readQuestion(message)) }
    for _ in 0..<header.answerCount { answers.append(try reader.readRecord(message)) }
    for _ in 0..<header.authorityCount { authorities.append(try reader.readRecord(message)) }
    for _ in 0..<header.additionalCount {
      let start = reader
      let record = try reader.readRecord(message)
      guard record.type == .opt else {
        additionals.append(record)
        continue
      }
      var frame = start
      guard edns == nil, record.name == .root else { throw .badOption }
      let opt = try frame.skipRecord(message)
      edns = EDNS(opt)
      options = try EDNSOption.list(message, opt.data)
    }
    guard reader.offset == message.byteCount else { throw .trailingBytes }
  }

  package init(parsing octets: [UInt8]) throws(WireError) {
    try self.init(parsing: unsafe octets.span.bytes)
  }

  /// The response code, with the bits from the OPT record.
  package var responseCode: ResponseCode {
    ResponseCode(rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | header.flags.responseCode.rawValue)
  }

  /// The wire format, names uncompressed: for requests, which hold one name.
  package var encoded: [UInt8] {
    let optionsLength = options.reduce(0) { $0 + EDNSOption.headerLength + $1.data.count }
    var buffer = MessageBuffer(
      capacity: Header.length + questions.count * (Name.maximumLength + 4) + EDNS.bareLength + optionsLength)
    buffer.append(bigEndian: header.id)
    buffer.append(bigEndian: header.flags.rawValue)
    buffer.append(bigEndian: UInt16(questions.count))
    buffer.append(bigEndian: 0 as UInt32)
    buffer.append(bigEndian: UInt16(edns == nil ? 0 : 1))
    for question in questions {
      buffer.append(question.name.wire)
      buffer.append(bigEndian: question.type.rawValue)
      buffer.append(bigEndian: question.recordClass.rawValue)
    }
    if let edns {
      buffer.appendOPT(
        payloadSize: edns.payloadSize, responseCode: .noError, isDNSSECOK: edns.isDNSSECOK,
        optionsLength: optionsLength)
      for option in options { buffer.append(option) }
    }
    return buffer.octets
  }
}

extension MessageReader {
  package mutating func readQuestion(_ message: borrowing RawSpan) throws(WireError) -> Question {
    let name = try readName(message)
    let type = RecordType(rawValue: try message.bigEndian16(at: offset))
    let recordClass = RecordClass(rawValue: try message.bigEndian16(at: offset + 2))
    self = MessageReader(offset: offset + 4)
    return Question(name: name, type: type, recordClass: recordClass)
  }
}
