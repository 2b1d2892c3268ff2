// SPDX-License-Identifier: Apache-2.0

/// The commonest message that comes in, read in one go: one question for A or AAAA, class IN, for two or three labels
/// in front of a suffix, and no record but an OPT record without options. Everything else is for `Query`, which reads
/// this too, and says the same of it.
///
/// It and its answer are inlined where they are used: each question passes here.
@safe @usableFromInline
package struct PlainQuestion {
  /// A or AAAA.
  @usableFromInline package let isIPv4: Bool
  /// Octets of the name in front of its last two labels before the suffix: 0 where there are no more than those.
  @usableFromInline package let hostEnd: Int
  /// Octets of the name in front of the suffix.
  @usableFromInline package let suffixStart: Int
  /// What the OPT record says: the octets that the client takes, as they stand there. `nil`: there is no record.
  @usableFromInline package let payloadSize: Int?
  /// DO of the OPT record.
  @usableFromInline let isDNSSECOK: Bool
  /// Where the question ends in the message.
  @usableFromInline package let end: Int

  /// The name in lower case, valid as long as the buffer's memory.
  @unsafe @usableFromInline package let name: UnsafeRawPointer
  /// Octets of the name, the root label included.
  @usableFromInline package let length: Int

  /// `nil` for any other message, and for one that is not as it should be.
  /// - Parameter suffix: the last labels of the name, in wire format and lower case, the root included.
  @inlinable @inline(__always)
  package init?(_ buffer: borrowing MessageBuffer, under suffix: [UInt8]) {
    let count = buffer.count
    guard count > Self.headerLength &+ Self.typeLength else { return nil }
    let message = unsafe UnsafeRawPointer(buffer.base)
    // QR and opcode 0, one question and no answer; then no authority record, and at most one additional.
    let head = UInt64(bigEndian: unsafe message.loadUnaligned(as: UInt64.self))
    guard head & 0xF800_FFFF_FFFF == 0x0001_0000 else { return nil }
    let nameEnd: Int
    switch UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) {
    case 0:
      nameEnd = count &- Self.typeLength
      payloadSize = nil
      isDNSSECOK = false
    case 1:
      // Root, type OPT, payload size, extended code and version 0; then flags and no options (RFC 6891 §6.1.2).
      let opt = count &- Self.optLength
      nameEnd = opt &- Self.typeLength
      guard nameEnd > Self.headerLength else { return nil }
      let start = UInt64(bigEndian: unsafe message.loadUnaligned(fromByteOffset: opt, as: UInt64.self))
      let end = UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: opt &+ 7, as: UInt32.self))
      guard start & 0xFFFF_FF00_00FF_FF00 == 0x0000_2900_0000_0000, end & 0x7FFF_FFFF == 0 else { return nil }
      payloadSize = Int(truncatingIfNeeded: start >> 24 & 0xFFFF)
      isDNSSECOK = end != 0
    default:
      return nil
    }
    end = nameEnd &+ Self.typeLength
    let kind = UInt32(bigEndian: unsafe message.loadUnaligned(fromByteOffset: nameEnd, as: UInt32.self))
    guard kind == Self.address4 || kind == Self.address6 else { return nil }
    isIPv4 = kind == Self.address4

    length = nameEnd &- Self.headerLength
    suffixStart = length &- suffix.count
    guard suffixStart > 0, length <= Self.maximumNameLength else { return nil }
    // Each label ends before the suffix, or with it: so all that is read is in the name.
    let labels = unsafe message + Self.headerLength
    guard let first = unsafe Self.labelEnd(labels, 0), first < suffixStart,
      let second = unsafe Self.labelEnd(labels, first) else { return nil }
    if second == suffixStart {
      hostEnd = 0
    } else {
      guard second < suffixStart, let third = unsafe Self.labelEnd(labels, second), third == suffixStart
      else { return nil }
      hostEnd = first
    }
    let scratch = unsafe buffer.scratch
    unsafe scratch.copyLowercased(from: labels, count: length)
    unsafe name = UnsafeRawPointer(scratch)
    let lowercased = unsafe RawSpan(_unsafeStart: scratch, byteCount: length)
    guard lowercased.isEqual(at: suffixStart, to: unsafe suffix.span.bytes, at: 0, count: suffix.count)
    else { return nil }
  }

  /// Where the label at `start` ends; `nil` for the root and for what is no label.
  @inlinable @inline(__always) @unsafe
  static func labelEnd(_ labels: UnsafeRawPointer, _ start: Int) -> Int? {
    let size = unsafe labels.load(fromByteOffset: start, as: UInt8.self)
    return size &- 1 < 0x3F ? start &+ 1 &+ Int(size) : nil
  }

  // Numbers, for constants are calls where they are not in the same module.

  @inlinable static var headerLength: Int { 12 }
  @inlinable static var maximumNameLength: Int { 255 }
  /// Type and class of a question.
  @inlinable static var typeLength: Int { 4 }
  /// Octets of an OPT record without options.
  @inlinable package static var optLength: Int { 11 }
  /// A and IN.
  @inlinable static var address4: UInt32 { 0x0001_0001 }
  /// AAAA and IN.
  @inlinable static var address6: UInt32 { 0x001C_0001 }
}

extension MessageBuffer {
  /// Turns a plain question into its answer: whole address records behind it, beginning with the one numbered `first`
  /// and going round, and a header that says so.
  /// - Parameters:
  ///   - question: what is in the buffer.
  ///   - payloadSize: what our OPT record says, if the question has one.
  ///   - start: where the records are, each `stride` octets. The buffer has room for them.
  ///   - flags: what the answer says beside RD and CD, which it repeats.
  @inlinable @inline(__always)
  package mutating func answerPlain(
    _ question: borrowing PlainQuestion, _ records: borrowing RawSpan, from start: Int, count: Int, stride: Int,
    startingAt first: Int, flags: UInt16, payloadSize: Int
  ) {
    if question.payloadSize != nil { truncate(to: question.end) }
    let end = start &+ count &* stride
    let middle = start &+ first &* stride
    append(records, middle..<end)
    if first > 0 { append(records, start..<middle) }
    if question.payloadSize != nil { appendBareOPT(payloadSize: payloadSize, isDNSSECOK: question.isDNSSECOK) }
    let own = unsafe UInt16(bigEndian: base.load(fromByteOffset: 2, as: UInt16.self))
    store(own & 0x0110 | flags, at: 2)
    store(UInt16(truncatingIfNeeded: count), at: 6)
  }
}
