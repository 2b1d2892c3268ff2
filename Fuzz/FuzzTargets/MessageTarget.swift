// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Reads octets as a message in both ways that there are: as a server reads requests (`Query`) and whole (`Message`).
enum MessageTarget {
  static func run(_ input: [UInt8]) throws(FuzzFailure) {
    guard input.count <= 65_535 else { return }
    let message = try? Message(parsing: input)
    try compareNames(input)
    try compareQuery(input, message)
    guard let message else { return }
    try FuzzFailure.unless((try? Message(parsing: input)) == message, "read twice, and not the same")
    for record in message.answers + message.authorities + message.additionals {
      try FuzzFailure.unless(!record.description.isEmpty, "a record without a text")
      try checkText(record.name)
    }
    try rewrite(message)
  }

  /// The name of the question, as both readers see it.
  private static func compareNames(_ input: [UInt8]) throws(FuzzFailure) {
    let bytes = unsafe input.span.bytes
    var reader = MessageReader(offset: Header.length)
    var skipper = reader
    let whole = try? reader.readName(bytes)
    let skipped = try? skipper.skipName(bytes)
    if let whole {
      try FuzzFailure.unless(
        skipped != nil && reader.offset == skipper.offset, "reading a name and skipping it end in two places")
      try FuzzFailure.unless(whole.wire.count <= Name.maximumLength, "a name of \(whole.wire.count) octets")
    }
    do {
      let name = try QueryName(parsing: bytes, at: Header.length)
      try FuzzFailure.unless(whole != nil, "QueryName reads what MessageReader refuses")
      try FuzzFailure.unless(name.name.wire == whole?.lowercased.wire, "two readers, two names")
      try FuzzFailure.unless(name.labelCount == whole?.labels.count, "two readers, two counts of labels")
      try FuzzFailure.unless(QueryName(name.name).name.wire == name.name.wire, "a name changes when it is read again")
      for label in 0..<name.labelCount {
        let octets = name.labelRange(label).map { name.octets[$0] }
        try FuzzFailure.unless(whole?.lowercased.labels[label].elementsEqual(octets) == true, "label \(label) differs")
      }
    } catch let failure as FuzzFailure {
      throw failure
    } catch {
      // It takes no pointer, and nothing else that the other one does not.
      try FuzzFailure.unless(
        whole == nil || error as? WireError == .badPointer, "QueryName refuses a good name: \(error)")
    }
  }

  /// What a server makes of it, beside what the whole message says.
  private static func compareQuery(_ input: [UInt8], _ message: Message?) throws(FuzzFailure) {
    switch Query.check(unsafe input.span.bytes) {
    case .ignore:
      let isShort = input.count < Header.length
      try FuzzFailure.unless(isShort || input[2] & 0x80 != 0, "a request was ignored")
    case .refuse(let id, _, let code, _):
      try FuzzFailure.unless(id == UInt16(input[0]) << 8 | UInt16(input[1]), "the id changed")
      try FuzzFailure.unless(code == .formatError || code == .notImplemented, "refused with \(code)")
      guard code == .formatError, let message else { return }
      try FuzzFailure.unless(!isProper(message, input), "a good request is refused")
    case .cookieRequest(let id, _, _):
      try FuzzFailure.unless(id == UInt16(input[0]) << 8 | UInt16(input[1]), "the id changed")
      if let message { try FuzzFailure.unless(message.questions.isEmpty, "a question was passed over") }
    case .query(let query):
      try FuzzFailure.unless(
        query.questionEnd == Header.length + query.name.length + 4 && query.questionEnd <= input.count,
        "the question ends at \(query.questionEnd)")
      guard let message else { return }  // A server does not read what it does not need.
      try FuzzFailure.unless(message.questions.count == 1, "\(message.questions.count) questions")
      let question = message.questions[0]
      try FuzzFailure.unless(
        question.name == query.name.name && question.type == query.type && question.recordClass == query.recordClass,
        "two readers, two questions")
      try FuzzFailure.unless(
        message.edns?.payloadSize == query.edns?.payloadSize && message.edns?.version == query.edns?.version,
        "two readers, two OPT records")
    }
  }

  /// Whether a server has to take it: a plain question, and OPT at most where it belongs.
  private static func isProper(_ message: Message, _ input: [UInt8]) -> Bool {
    guard message.questions.count == 1, message.questions[0].type != .opt else { return false }
    guard !(message.answers + message.authorities).contains(where: { $0.type == .opt }) else { return false }
    // A client's part, and with it a server's part or none (RFC 7873 §4).
    if let cookie = message.options.first(where: { $0.code == .cookie }) {
      guard cookie.data.count == 8 || (16...40).contains(cookie.data.count) else { return false }
    }
    return (try? QueryName(parsing: unsafe input.span.bytes, at: Header.length)) != nil
  }

  /// The text of a name is that name, whatever octets it has.
  private static func checkText(_ name: Name) throws(FuzzFailure) {
    try FuzzFailure.unless((try? Name(name.description))?.wire == name.wire, "\(name) is read as another name")
  }

  /// Writes the message without compression, and reads it again.
  private static func rewrite(_ message: Message) throws(FuzzFailure) {
    guard message.questions.count == 1 else { return }
    let request = Message(id: message.header.id, question: message.questions[0], edns: nil).encoded
    var buffer = MessageBuffer(capacity: 65_535)
    buffer.append(request)
    var writer = AnswerWriter(buffer, questionEnd: request.count, limit: 65_535)
    for record in message.answers { writer.append(record, in: .answer) }
    for record in message.authorities { writer.append(record, in: .authority) }
    for record in message.additionals { writer.append(record, in: .additional) }
    let isWhole = !writer.isTruncated && Int(writer.additionalCount) == message.additionals.count
    writer.writeHeader(
      id: message.header.id, flags: message.header.flags, responseCode: message.header.flags.responseCode)
    guard let again = try? Message(parsing: writer.finish().octets) else {
      throw FuzzFailure("what was read and written cannot be read")
    }
    guard isWhole else { return }
    try FuzzFailure.unless(again.questions == message.questions, "the question changed")
    try FuzzFailure.unless(
      again.answers == message.answers && again.authorities == message.authorities
        && again.additionals == message.additionals, "records changed on their way through the writer")
  }
}
