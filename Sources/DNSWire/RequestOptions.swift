// SPDX-License-Identifier: Apache-2.0

/// What the EDNS options of a request ask for, in a fixed size. Options that are not known here are passed over
/// (RFC 6891 §6.1.2).
package struct RequestOptions: Hashable, Sendable {
  /// Options that are there and carry nothing that a server needs.
  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let nsid = Flags(rawValue: 1)
    package static let tcpKeepalive = Flags(rawValue: 2)
    package static let padding = Flags(rawValue: 4)
    /// `cookie` is set.
    package static let cookie = Flags(rawValue: 8)
  }

  package private(set) var flags: Flags = []
  /// The first COOKIE option; later ones are passed over (RFC 7873 §5.2). Without meaning unless `flags` has
  /// `.cookie`.
  package private(set) var cookie = Cookie(client: 0)

  package var isEmpty: Bool { flags.isEmpty }

  package init() {}

  /// Reads the options that fill `range`.
  /// - Throws: `.badOption` for an option that runs beyond the record, or a COOKIE of a length that none has.
  init(_ message: borrowing RawSpan, _ range: Range<Int>) throws(WireError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let option = try OptionFrame(message, at: offset, before: range.upperBound)
      switch option.code {
      case .nsid: flags.insert(.nsid)
      case .tcpKeepalive: flags.insert(.tcpKeepalive)
      case .padding: flags.insert(.padding)
      case .cookie where !flags.contains(.cookie):
        cookie = try Cookie(message, option.data)
        flags.insert(.cookie)
      default: break
      }
      offset = option.data.upperBound
    }
  }
}
