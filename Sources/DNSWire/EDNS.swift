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

  /// Octets that the sender takes over UDP.
  package var payloadSize: Int
  package var version: UInt8
  /// The upper eight bits of the response code.
  package var extendedResponseCode: UInt8

  /// For a request.
  package init(payloadSize: Int) {
    self.payloadSize = payloadSize
    version = Self.supportedVersion
    extendedResponseCode = 0
  }

  /// Takes the fields that OPT keeps in CLASS and TTL.
  init(_ record: MessageReader.RecordFrame) {
    payloadSize = max(Int(record.recordClass.rawValue), Self.minimumPayloadSize)
    version = UInt8(truncatingIfNeeded: record.ttl >> 16)
    extendedResponseCode = UInt8(truncatingIfNeeded: record.ttl >> 24)
  }
}

extension MessageBuffer {
  /// Appends an OPT record without options: owner root, CLASS the payload size, TTL the extended code, version 0 and
  /// no flags.
  package mutating func appendOPT(payloadSize: Int, responseCode: ResponseCode) {
    append(0)
    append(bigEndian: RecordType.opt.rawValue)
    append(bigEndian: UInt16(payloadSize))
    append(bigEndian: UInt32(responseCode.extendedBits) << 24)
    append(bigEndian: 0 as UInt16)
  }
}
