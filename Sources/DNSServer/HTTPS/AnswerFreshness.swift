// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How long a finished answer may be kept by HTTP's caches (RFC 8484 §5.1).
enum AnswerFreshness {
  /// Seconds: the lowest TTL of the answer section; without one, the negative TTL of the SOA record; 0 for errors.
  static func seconds(_ answer: [UInt8]) -> UInt32 {
    guard let message = try? Message(parsing: answer) else { return 0 }
    switch message.responseCode {
    case .noError, .nameError: break
    default: return 0
    }
    if message.header.flags.contains(.truncated) { return 0 }
    if let lowest = message.answers.map(\.ttl).min() { return lowest }
    guard let soa = message.authorities.first(where: { $0.type == .soa }), soa.data.count >= 4 else { return 0 }
    // MINIMUM is the last field (RFC 2308 §4).
    return min(soa.ttl, soa.data.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
  }
}
