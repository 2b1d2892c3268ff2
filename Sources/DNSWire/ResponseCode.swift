// SPDX-License-Identifier: Apache-2.0

/// How a question ended (RCODE: RFC 1035 §4.1.1; values above 15 need EDNS: RFC 6891 §6.1.3).
package struct ResponseCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let noError = ResponseCode(rawValue: 0)
  package static let formatError = ResponseCode(rawValue: 1)
  package static let serverFailure = ResponseCode(rawValue: 2)
  package static let nameError = ResponseCode(rawValue: 3)
  package static let notImplemented = ResponseCode(rawValue: 4)
  package static let refused = ResponseCode(rawValue: 5)
  /// The server has no authority for the zone (RFC 2136 §2.2, RFC 5936 §2.2.1).
  package static let notAuthoritative = ResponseCode(rawValue: 9)
  package static let badVersion = ResponseCode(rawValue: 16)
  /// The cookie is missing its server part, or that is not one of ours (RFC 7873 §8).
  package static let badCookie = ResponseCode(rawValue: 23)

  /// The four bits that go into the header.
  package var headerBits: UInt16 { rawValue & 0xF }

  /// The eight bits that go into the OPT record.
  package var extendedBits: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 4) }
}

extension ResponseCode: CustomStringConvertible {
  /// The mnemonic as `dig` prints it.
  package var description: String {
    switch self {
    case .noError: "NOERROR"
    case .formatError: "FORMERR"
    case .serverFailure: "SERVFAIL"
    case .nameError: "NXDOMAIN"
    case .notImplemented: "NOTIMP"
    case .refused: "REFUSED"
    case .notAuthoritative: "NOTAUTH"
    case .badVersion: "BADVERS"
    case .badCookie: "BADCOOKIE"
    default: "RCODE\(rawValue)"
    }
  }
}
