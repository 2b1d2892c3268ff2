// SPDX-License-Identifier: Apache-2.0

/// The twelve octets that every message starts with (RFC 1035 §4.1.1).
package struct Header: Hashable, Sendable {
  /// Octets of a header on the wire.
  package static let length = 12

  package var id: UInt16
  /// QR, OPCODE, AA, TC, RD, RA, Z, AD, CD and RCODE as they lie on the wire.
  package var flags: Flags
  package var questionCount: UInt16
  package var answerCount: UInt16
  package var authorityCount: UInt16
  package var additionalCount: UInt16

  package init(
    id: UInt16, flags: Flags, questionCount: UInt16 = 0, answerCount: UInt16 = 0, authorityCount: UInt16 = 0,
    additionalCount: UInt16 = 0
  ) {
    self.id = id
    self.flags = flags
    self.questionCount = questionCount
    self.answerCount = answerCount
    self.authorityCount = authorityCount
    self.additionalCount = additionalCount
  }

  /// Reads the header at the start of `message`.
  package init(parsing message: borrowing RawSpan) throws(WireError) {
    id = try message.bigEndian16(at: 0)
    flags = Flags(rawValue: try message.bigEndian16(at: 2))
    questionCount = try message.bigEndian16(at: 4)
    answerCount = try message.bigEndian16(at: 6)
    authorityCount = try message.bigEndian16(at: 8)
    additionalCount = try message.bigEndian16(at: 10)
  }

  /// The second 16 bits of a header (RFC 1035 §4.1.1, RFC 4035 §3.1.6 for AD and CD).
  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let response = Flags(rawValue: 1 << 15)
    package static let authoritative = Flags(rawValue: 1 << 10)
    package static let truncated = Flags(rawValue: 1 << 9)
    package static let recursionDesired = Flags(rawValue: 1 << 8)
    package static let recursionAvailable = Flags(rawValue: 1 << 7)
    package static let authenticData = Flags(rawValue: 1 << 5)
    package static let checkingDisabled = Flags(rawValue: 1 << 4)

    /// The kind of request: 0 is QUERY, the only one answered here.
    package var opcode: UInt8 { UInt8((rawValue >> 11) & 0xF) }

    /// What an answer repeats: RD and CD (RFC 1035 §4.1.1, RFC 4035 §3.2.2).
    package var repeatedInAnswer: Flags {
      Flags(rawValue: rawValue & (Self.recursionDesired.rawValue | Self.checkingDisabled.rawValue))
    }

    /// The opcode's bits, to be copied into a response.
    package var opcodeBits: Flags { Flags(rawValue: rawValue & 0x7800) }

    /// The lower four bits of the response code.
    package var responseCode: ResponseCode { ResponseCode(rawValue: rawValue & 0xF) }

    package init(responseCode: ResponseCode) { self.init(rawValue: responseCode.headerBits) }
  }
}
