// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Who asks a question, and over what.
struct Client: Sendable {
  enum Transport: String, Sendable, CaseIterable {
    case udp, tcp
    /// DNS over TLS (RFC 7858).
    case tls
    /// DNS over HTTPS (RFC 8484).
    case https

    /// A transport in which a source address is proven, and answers have the size of a length field.
    var isStream: Bool { self != .udp }
  }

  var transport: Transport
  var address: HostAddress
  var port: UInt16

  /// Octets of an answer that the transport takes whatever the client says; `nil` for UDP, where the client decides.
  var streamLimit: Int? { transport.isStream ? StreamConnection.messageLimit : nil }
}
