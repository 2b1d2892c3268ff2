// SPDX-License-Identifier: Apache-2.0

/// The commonest message that comes in, read in one go: one question for A or AAAA, class IN, and no record but an OPT
/// record without options. Everything else is for `Query`, which reads this too, and says the same of it.
@safe
package struct PlainQuestion {
  /// A or AAAA.
  package let isIPv4: Bool
  /// Octets of the name, the root label included.
  package let length: Int
  /// Where the first eight labels begin in the name: an octet each, the first one lowest; 0 for those not there.
  package let labelStarts: UInt64
  /// What the OPT record says: the octets that the client takes, as they stand there. `nil`: there is no record.
  package let payloadSize: Int?
  /// DO of the OPT record.
  package let isDNSSECOK: Bool
  /// The name in lower case, valid as long as the buffer's memory.
  @unsafe package let name: UnsafeRawPointer

  /// Where the question ends in the message.
  package let end: Int

  private static let address4 = UInt32(RecordType.a.rawValue) << 16 | UInt32(RecordClass.internet.rawValue)
  private static let address6 = UInt32(RecordType.aaaa.rawValue) << 16 | UInt32(RecordClass.internet.rawValue)

  /// `nil` for any other message, and for one that is not as it should be.
  package init?(_ buffer: borrowing MessageBuffer) {
    var nameEnd = buffer.count - 4
    guard nameEnd > Header.length else { return nil }
    let message = unsafe UnsafeRawPointer(buffer.memory.baseAddress!)
    // QR and opcode 0, one question and no answer; then no authority record, and at most one additional.
    let head = UInt64(bigEndian: unsafe message.loadUnaligned(as: UInt64.self))
    guard head & 0xF800_FFFF_FFFF == 0x0001_0000 else { return nil }
    switch UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) {
    case 0:
      payloadSize = nil
      isDNSSECOK = false
    case 1:
      // Root, type OPT, payload size, extended code and version 0; then flags and no options (RFC 6891 §6.1.2).
      let opt = buffer.count - EDNS.bareLength
      nameEnd = opt - 4
      guard nameEnd > Header.length else { return nil }
      let start = UInt64(bigEndian: unsafe message.loadUnaligned(fromByteOffset: opt, as: UInt64.self))
      let end = UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: opt + 7, as: UInt32.self))
      guard start & 0xFFFF_FF00_00FF_FF00 == 0x0000_2900_0000_0000, end & 0x7FFF_FFFF == 0 else { return nil }
      payloadSize = Int(truncatingIfNeeded: start >> 24 & 0xFFFF)
      isDNSSECOK = end != 0
    default:
      return nil
    }

    var offset = Header.length
    var starts: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < nameEnd else { return nil }
      let size = unsafe message.load(fromByteOffset: offset, as: UInt8.self)
      guard size &- 1 < 0x3F else {
        if size == 0 { break }
        return nil
      }
      starts |= UInt64(truncatingIfNeeded: offset &- Header.length) << shift
      shift &+= 8
      offset = offset &+ 1 &+ Int(size)
    }
    length = offset &+ 1 &- Header.length
    end = nameEnd &+ 4
    guard offset &+ 1 == nameEnd, length <= Name.maximumLength else { return nil }
    let kind = UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: nameEnd, as: UInt32.self))
    guard kind == Self.address4 || kind == Self.address6 else { return nil }
    isIPv4 = kind == Self.address4
    labelStarts = starts
    let scratch = unsafe buffer.scratch
    let span = unsafe RawSpan(_unsafeStart: message, byteCount: nameEnd)
    unsafe QueryName.copyLowercased(span, at: Header.length, length: length, to: scratch)
    unsafe name = UnsafeRawPointer(scratch)
  }
}

extension MessageBuffer {
  /// Turns a plain question into its answer: whole address records behind it, beginning with the one numbered `first`
  /// and going round, and a header that says so.
  /// - Parameters:
  ///   - question: what is in the buffer.
  ///   - payloadSize: what our OPT record says, if the question has one.
  ///   - start: where the records are, each `stride` octets. The buffer has room for them.
  ///   - flags: what the answer says beside what it repeats.
  package mutating func answerPlain(
    _ question: borrowing PlainQuestion, _ records: borrowing RawSpan, from start: Int, count: Int, stride: Int,
    startingAt first: Int, flags: UInt16, payloadSize: Int
  ) {
    if question.payloadSize != nil { truncate(to: question.end) }
    let end = start + count * stride
    let middle = start + first * stride
    append(records, middle..<end)
    if first > 0 { append(records, start..<middle) }
    if question.payloadSize != nil {
      appendOPT(
        payloadSize: payloadSize, responseCode: .noError, isDNSSECOK: question.isDNSSECOK, optionsLength: 0)
    }
    let own = unsafe UInt16(bigEndian: memory.load(fromByteOffset: 2, as: UInt16.self))
    store(Header.Flags(rawValue: own).repeatedInAnswer.rawValue | flags, at: 2)
    store(UInt16(truncatingIfNeeded: count), at: 6)
  }
}
