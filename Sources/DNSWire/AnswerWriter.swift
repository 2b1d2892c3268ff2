// SPDX-License-Identifier: Apache-2.0

/// Builds the sections of an answer behind its question, in the buffer that the question arrived in, within the size
/// that the client takes.
package struct AnswerWriter: ~Copyable {
  /// A compression pointer to the question's name, which always stands right after the header.
  package static let questionPointer: UInt16 = 0xC000 | UInt16(Header.length)
  /// The first offset that a compression pointer cannot hold.
  package static let pointerLimit = 0x4000

  package enum Section: Sendable { case answer, authority, additional }

  package var buffer: MessageBuffer
  /// Octets that the message may have in all, the OPT record's octets already taken off.
  package let limit: Int
  package var answerCount: UInt16 = 0
  package var authorityCount: UInt16 = 0
  package var additionalCount: UInt16 = 0
  /// A record of the answer or authority section did not fit.
  package var isTruncated = false

  /// Starts behind the question of `buffer`, at `questionEnd`.
  package init(_ buffer: consuming MessageBuffer, questionEnd: Int, limit: Int) {
    self.limit = min(limit, buffer.capacity)
    self.buffer = buffer
    self.buffer.truncate(to: questionEnd)
  }

  /// Drops all records.
  package mutating func restart(questionEnd: Int) {
    buffer.truncate(to: questionEnd)
    (answerCount, authorityCount, additionalCount) = (0, 0, 0)
    isTruncated = false
  }

  /// Gives the buffer back.
  package consuming func finish() -> MessageBuffer { buffer }

  package var remaining: Int { max(limit - buffer.count, 0) }

  @inline(__always)
  package mutating func count(_ records: Int, in section: Section) {
    switch section {
    case .answer: answerCount += UInt16(truncatingIfNeeded: records)
    case .authority: authorityCount += UInt16(truncatingIfNeeded: records)
    case .additional: additionalCount += UInt16(truncatingIfNeeded: records)
    }
  }

  /// Appends records of one size that are encoded one after the other, beginning with the one numbered `first` and
  /// going round. Those that do not fit are left out; outside the additional section that marks a truncation.
  package mutating func append(
    _ records: borrowing RawSpan, from start: Int, count: Int, stride: Int, startingAt first: Int,
    in section: Section
  ) {
    let fitting = min(count, remaining / stride)
    let head = min(fitting, count - first)
    let headStart = start + first * stride
    buffer.append(records, headStart..<(headStart + head * stride))
    buffer.append(records, start..<(start + (fitting - head) * stride))
    self.count(fitting, in: section)
    if fitting < count, section != .additional { isTruncated = true }
  }

  /// Starts a record if all of it fits: owner (a pointer to `ownerOffset`), type, class IN, TTL, data length.
  /// The caller then appends exactly `dataLength` octets.
  package mutating func beginRecord(
    ownerOffset: Int, type: RecordType, ttl: UInt32, dataLength: Int, in section: Section
  ) -> Bool {
    guard remaining >= 12 + dataLength else {
      if section != .additional { isTruncated = true }
      return false
    }
    precondition(ownerOffset < Self.pointerLimit)
    buffer.append(bigEndian: 0xC000 | UInt16(ownerOffset))
    buffer.append(bigEndian: type.rawValue)
    buffer.append(bigEndian: RecordClass.internet.rawValue)
    buffer.append(bigEndian: ttl)
    buffer.append(bigEndian: UInt16(dataLength))
    count(1, in: section)
    return true
  }

  /// Appends a whole record with its owner written out, if it fits.
  package mutating func append(_ record: Record, in section: Section) {
    let isQuestionName = buffer.withMessage { message in
      var reader = MessageReader(offset: Header.length)
      return (try? reader.readName(message)) == record.name
    }
    let ownerLength = isQuestionName ? 2 : record.name.wire.count
    guard remaining >= ownerLength + 10 + record.data.count else {
      if section != .additional { isTruncated = true }
      return
    }
    if isQuestionName { buffer.append(bigEndian: Self.questionPointer) } else { buffer.append(record.name.wire) }
    buffer.append(bigEndian: record.type.rawValue)
    buffer.append(bigEndian: record.recordClass.rawValue)
    buffer.append(bigEndian: record.ttl)
    buffer.append(bigEndian: UInt16(record.data.count))
    buffer.append(record.data)
    count(1, in: section)
  }

  /// Fills in the header.
  package mutating func writeHeader(id: UInt16, flags: Header.Flags, responseCode: ResponseCode) {
    let truncated = isTruncated ? Header.Flags.truncated.rawValue : 0
    let flags = flags.rawValue | Header.Flags.response.rawValue | responseCode.headerBits | truncated
    buffer.store(id, at: 0)
    buffer.store(flags, at: 2)
    buffer.store(1, at: 4)
    buffer.store(answerCount, at: 6)
    buffer.store(authorityCount, at: 8)
    buffer.store(additionalCount, at: 10)
  }
}
