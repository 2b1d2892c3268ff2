// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension DNSClient {
  /// How long a secondary has for its answer, milliseconds.
  private static let notifyTimeoutMilliseconds: Int64 = 3000

  /// Tells a secondary over UDP that a zone has changed (NOTIFY, RFC 1996 §3.6).
  /// - Returns: what it says to that.
  func notify(_ peer: Upstream, of zone: Name) async throws(DNSClientError) -> ResponseCode {
    var request = Message(id: .random(in: .min ... .max), question: Question(name: zone, type: .soa), edns: nil)
    request.header.flags = [.notify, .authoritative]
    return try await exchange(request, peer, Self.notifyTimeoutMilliseconds, isStream: false).responseCode
  }
}

extension Header.Flags {
  /// Opcode 4.
  static let notify = Header.Flags(rawValue: 4 << 11)
}
