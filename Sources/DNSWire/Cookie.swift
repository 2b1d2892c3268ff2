// SPDX-License-Identifier: Apache-2.0

/// The COOKIE option (RFC 7873 §4): what a client made up, and what a server gave it before.
package struct Cookie: Hashable, Sendable {
  /// Octets of the client's part.
  package static let clientLength = 8
  /// Octets that a server's part may have (RFC 7873 §4.2).
  package static let serverLengths = 8...32
  /// Octets of the option in our answers.
  package static let optionLength = EDNSOption.headerLength + clientLength + ServerCookie.length

  /// The client's eight octets, the first of them highest.
  package var client: UInt64
  /// The server's part, if it has the interoperable form's length: no other can be one of ours.
  package var server: ServerCookie?

  package init(client: UInt64, server: ServerCookie? = nil) {
    self.client = client
    self.server = server
  }

  /// - Throws: `.badOption` for a length that a cookie cannot have: a format error (RFC 7873 §5.2.2).
  init(_ message: borrowing RawSpan, _ data: Range<Int>) throws(WireError) {
    let serverLength = data.count - Self.clientLength
    guard serverLength == 0 || Self.serverLengths.contains(serverLength) else { throw .badOption }
    client = try message.bigEndian64(at: data.lowerBound)
    if serverLength == ServerCookie.length {
      server = ServerCookie(
        head: try message.bigEndian64(at: data.lowerBound + 8), hash: try message.bigEndian64(at: data.lowerBound + 16))
    }
  }

  /// The option's data.
  package var octets: [UInt8] {
    var buffer = MessageBuffer(capacity: Self.optionLength)
    buffer.append(bigEndian: client)
    if let server {
      buffer.append(bigEndian: server.head)
      buffer.append(bigEndian: server.hash)
    }
    return buffer.octets
  }
}

/// A server's part of a cookie in the interoperable form (RFC 9018 §4): version, three reserved octets, time, hash.
package struct ServerCookie: Hashable, Sendable {
  package static let length = 16
  package static let version: UInt8 = 1

  /// Version, reserved octets and time, the first octet highest.
  package var head: UInt64
  package var hash: UInt64

  package init(head: UInt64, hash: UInt64) {
    self.head = head
    self.hash = hash
  }

  package var version: UInt8 { UInt8(truncatingIfNeeded: head >> 56) }
  /// When it was made, in seconds since 1970; a serial number (RFC 1982).
  package var time: UInt32 { UInt32(truncatingIfNeeded: head) }
}

extension RawSpan {
  /// The 64 bits at `offset`, in network order.
  func bigEndian64(at offset: Int) throws(WireError) -> UInt64 {
    UInt64(try bigEndian32(at: offset)) << 32 | UInt64(try bigEndian32(at: offset + 4))
  }
}

extension MessageBuffer {
  mutating func append(bigEndian value: UInt64) {
    append(bigEndian: UInt32(truncatingIfNeeded: value >> 32))
    append(bigEndian: UInt32(truncatingIfNeeded: value))
  }
}
