// SPDX-License-Identifier: Apache-2.0

/// A request that has been checked as far as a server has to before it looks anything up.
package struct Query: ~Copyable {
  package var id: UInt16
  /// The request's flags, as they came.
  package var flags: Header.Flags
  package var name: QueryName
  package var type: RecordType
  package var recordClass: RecordClass
  /// Where the question ends and the answer begins, in octets from the start of the message.
  package var questionEnd: Int
  /// What the client said in its OPT record; `nil` without one.
  package var edns: EDNS?

  /// What to do with a datagram or TCP message that came in.
  package enum Outcome: ~Copyable {
    /// Answer it.
    case query(Query)
    /// No question, but a COOKIE: the client wants a fresh one (RFC 7873 §5.4).
    case cookieRequest(id: UInt16, flags: Header.Flags, EDNS)
    /// Answer with this code and no question: the message's body is not to be trusted. With an OPT record where one
    /// can be read in it: its options are left out.
    case refuse(id: UInt16, flags: Header.Flags, ResponseCode, EDNS?)
    /// Say nothing: it is too short to have an id, or is itself an answer, and answering answers makes loops.
    case ignore
  }

  /// Checks a message: one question, opcode QUERY, sections that are as long as the header says, at most one OPT.
  package static func check(_ message: borrowing RawSpan) -> Outcome { unsafe check(message, scratch: nil) }

  /// The same without memory from the heap. The query is valid as long as the buffer's memory.
  @inline(__always)
  package static func check(_ buffer: borrowing MessageBuffer) -> Outcome {
    let scratch = unsafe buffer.scratch
    return buffer.withMessage { unsafe check($0, scratch: scratch) }
  }

  /// - Parameter scratch: memory for the name; `nil`: its own.
  @unsafe
  private static func check(_ message: borrowing RawSpan, scratch: UnsafeMutableRawPointer?) -> Outcome {
    guard let header = try? Header(parsing: message), !header.flags.contains(.response) else { return .ignore }
    guard header.flags.opcode == 0 else { return refusal(of: message, header, .notImplemented) }
    if header.questionCount == 0, let edns = try? readRecords(message, header, from: Header.length),
      edns.options.flags.contains(.cookie) {
      return .cookieRequest(id: header.id, flags: header.flags, edns)
    }
    guard header.questionCount == 1, let query = try? unsafe Query(header: header, message, scratch) else {
      return refusal(of: message, header, .formatError)
    }
    return .query(query)
  }

  /// Who sends an OPT record understands one, and is to get one (RFC 6891 §6.1.1).
  @inline(never)
  private static func refusal(
    of message: borrowing RawSpan, _ header: Header, _ code: ResponseCode
  ) -> Outcome {
    .refuse(id: header.id, flags: header.flags, code, findOPT(message, header))
  }

  /// The first OPT record of the additional section, whatever follows it.
  private static func findOPT(_ message: borrowing RawSpan, _ header: Header) -> EDNS? {
    let firstAdditional = Int(header.answerCount) + Int(header.authorityCount)
    var reader = MessageReader(offset: Header.length)
    do {
      for _ in 0..<header.questionCount { try reader.skipQuestion(message) }
      for index in 0..<(firstAdditional + Int(header.additionalCount)) {
        let record = try reader.skipRecord(message)
        if record.type == .opt, record.isRootOwned, index >= firstAdditional { return EDNS(record) }
      }
    } catch {
      // There is no way past what cannot be read.
    }
    return nil
  }

  @unsafe
  private init(
    header: Header, _ message: borrowing RawSpan, _ scratch: UnsafeMutableRawPointer?
  ) throws(WireError) {
    let name: QueryName
    if let scratch = unsafe scratch {
      name = try unsafe QueryName(parsing: message, at: Header.length, in: scratch)
    } else {
      name = try QueryName(parsing: message, at: Header.length)
    }
    let nameEnd = Header.length + name.length
    let type = RecordType(rawValue: try message.bigEndian16(at: nameEnd))
    let recordClass = RecordClass(rawValue: try message.bigEndian16(at: nameEnd + 2))
    guard type != .opt else { throw .badOption }
    let edns = try Self.readRecords(message, header, from: nameEnd + 4)

    self.id = header.id
    self.flags = header.flags
    self.name = name
    self.type = type
    self.recordClass = recordClass
    self.questionEnd = nameEnd + 4
    self.edns = edns
  }

  /// Walks over whatever follows the question, in search of the OPT record.
  private static func readRecords(
    _ message: borrowing RawSpan, _ header: Header, from start: Int
  ) throws(WireError) -> EDNS? {
    let firstAdditional = Int(header.answerCount) + Int(header.authorityCount)
    var edns: EDNS?
    var reader = MessageReader(offset: start)
    for index in 0..<(firstAdditional + Int(header.additionalCount)) {
      let record = try reader.skipRecord(message)
      guard record.type == .opt else { continue }
      guard edns == nil, record.isRootOwned, index >= firstAdditional else { throw .badOption }
      edns = try EDNS(record, options: message)
    }
    guard reader.offset == message.byteCount else { throw .trailingBytes }
    return edns
  }
}
