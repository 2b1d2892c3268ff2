// SPDX-License-Identifier: Apache-2.0

/// What an OPT record says about its sender (RFC 6891 §6.1).
package struct EDNS: Hashable, Sendable {
  /// The one version there is.
  package static let supportedVersion: UInt8 = 0
  /// Octets that a client without EDNS takes over UDP, and the least that an OPT can mean (RFC 6891 §6.2.3).
  package static let minimumPayloadSize = 512
  /// Octets sent over UDP at most, and announced: fits an IPv6 packet on any link (DNS Flag Day 2020).
  package static let defaultPayloadSize = 1232
  /// Octets of an OPT record without options.
  package static let bareLength = 11
  /// The flag DO in the lower half of an OPT record's TTL (RFC 3225 §3).
  static let dnssecFlag: UInt16 = 0x8000

  /// Octets that the sender takes over UDP.
  package var payloadSize: Int
  package var version: UInt8
  /// The upper eight bits of the response code.
  package var extendedResponseCode: UInt8
  /// DO: the sender can take DNSSEC records.
  package var isDNSSECOK = false
  /// Of a request: what its options ask for. In a ``Message`` the options are in its `options`.
  package var options = RequestOptions()

  /// For a request.
  package init(payloadSize: Int) {
    self.payloadSize = payloadSize
    version = Self.supportedVersion
    extendedResponseCode = 0
  }

  /// Takes the fields that OPT keeps in CLASS and TTL, without the options.
  init(_ record: MessageReader.RecordFrame) {
    payloadSize = max(Int(record.recordClass.rawValue), Self.minimumPayloadSize)
    version = UInt8(truncatingIfNeeded: record.ttl >> 16)
    extendedResponseCode = UInt8(truncatingIfNeeded: record.ttl >> 24)
    isDNSSECOK = UInt16(truncatingIfNeeded: record.ttl) & Self.dnssecFlag != 0
  }

  /// Reads the OPT record of a request whole.
  init(_ record: MessageReader.RecordFrame, options message: borrowing RawSpan) throws(WireError) {
    self.init(record)
    // The options of another version could have another form.
    if !record.data.isEmpty, version == Self.supportedVersion {
      options = try RequestOptions(message, record.data)
    }
  }
}

extension MessageBuffer {
  /// Appends an OPT record without options, for an answer without an error: owner root, CLASS the payload size, TTL the
  /// extended code, version 0 and the client's DO flag.
  @inlinable @inline(__always)
  mutating func appendBareOPT(payloadSize: Int, isDNSSECOK: Bool) {
    append(0)
    append(bigEndian: 41 as UInt16)
    append(bigEndian: UInt16(truncatingIfNeeded: payloadSize))
    append(bigEndian: isDNSSECOK ? 0x8000 : 0 as UInt32)
    append(bigEndian: 0 as UInt16)
  }

  /// Appends an OPT record whose options, `optionsLength` octets, follow.
  package mutating func appendOPT(
    payloadSize: Int, responseCode: ResponseCode, isDNSSECOK: Bool, optionsLength: Int
  ) {
    append(0)
    append(bigEndian: RecordType.opt.rawValue)
    append(bigEndian: UInt16(payloadSize))
    append(bigEndian: UInt32(responseCode.extendedBits) << 24 | UInt32(isDNSSECOK ? EDNS.dnssecFlag : 0))
    append(bigEndian: UInt16(optionsLength))
  }

  /// Appends one option.
  package mutating func append(_ option: EDNSOption) {
    append(bigEndian: option.code.rawValue)
    append(bigEndian: UInt16(option.data.count))
    append(option.data)
  }
}
