// SPDX-License-Identifier: Apache-2.0

/// The kind of an EDNS option, as IANA numbers them.
package struct EDNSOptionCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The server's name for itself (RFC 5001).
  package static let nsid = EDNSOptionCode(rawValue: 3)
  /// RFC 7873.
  package static let cookie = EDNSOptionCode(rawValue: 10)
  /// How long a connection may stay open without a question (RFC 7828).
  package static let tcpKeepalive = EDNSOptionCode(rawValue: 11)
  /// RFC 7830.
  package static let padding = EDNSOptionCode(rawValue: 12)
  /// Why an answer is as it is (RFC 8914).
  package static let extendedError = EDNSOptionCode(rawValue: 15)
}

/// An option with octets of its own: what a ``Message`` holds.
package struct EDNSOption: Hashable, Sendable {
  /// Octets of an option's code and length.
  package static let headerLength = 4

  package var code: EDNSOptionCode
  package var data: [UInt8]

  package init(_ code: EDNSOptionCode, _ data: [UInt8] = []) {
    self.code = code
    self.data = data
  }

  /// Reads the options that fill `range`.
  static func list(_ message: borrowing RawSpan, _ range: Range<Int>) throws(WireError) -> [EDNSOption] {
    var options: [EDNSOption] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      let frame = try OptionFrame(message, at: offset, before: range.upperBound)
      options.append(EDNSOption(frame.code, try message.octets(in: frame.data)))
      offset = frame.data.upperBound
    }
    return options
  }
}

/// Where an option lies in a message.
struct OptionFrame {
  let code: EDNSOptionCode
  let data: Range<Int>

  /// - Throws: `.badOption` where the option does not end at `end` or before.
  init(_ message: borrowing RawSpan, at offset: Int, before end: Int) throws(WireError) {
    let start = offset + EDNSOption.headerLength
    guard start <= end else { throw .badOption }
    code = EDNSOptionCode(rawValue: try message.bigEndian16(at: offset))
    let length = Int(try message.bigEndian16(at: offset + 2))
    guard length <= end - start else { throw .badOption }
    data = start..<(start + length)
  }
}

/// Why an answer is as it is (RFC 8914 §4), for people who look at it; programs go by the response code.
package struct ExtendedError: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let other = ExtendedError(rawValue: 0)
  package static let staleAnswer = ExtendedError(rawValue: 3)
  package static let notReady = ExtendedError(rawValue: 14)
  package static let prohibited = ExtendedError(rawValue: 18)
  package static let staleNameError = ExtendedError(rawValue: 19)
  package static let notAuthoritative = ExtendedError(rawValue: 20)
  package static let notSupported = ExtendedError(rawValue: 21)
  package static let networkError = ExtendedError(rawValue: 23)

  /// Octets of the option without text.
  static let optionLength = EDNSOption.headerLength + 2
}
