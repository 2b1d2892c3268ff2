// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Names with a meaning of their own that no upstream is to be asked for (IANA "Special-Use Domain Names"). A route of
/// the settings for such a domain, or for one below it, goes before.
struct SpecialNames: Sendable {
  /// Seconds that clients may remember: these names never change.
  static let ttl: UInt32 = 3600

  private enum Meaning: Sendable {
    /// `127.0.0.1` and `::1`.
    case loopback
    /// The names of those: PTR to `localhost`.
    case loopbackReverse
    /// Exists, without records.
    case empty
    case nonexistent
    /// A zone that exists, with nothing in it.
    case emptyZone
  }

  private var meanings = SuffixTable<Meaning>()

  init(_ settings: ForwardingSettings) {
    if !settings.forwardsPrivateNames {
      for domain in Self.privateDomains { meanings[Self.name(domain)] = .emptyZone }
    }
    if settings.answersSpecialNames {
      // RFC 6761 §6.3.
      meanings[Self.localhost] = .loopback
      meanings[HostAddress(ipv4: 0x7F00_0001).reverseName] = .loopbackReverse
      meanings[HostAddress(ipv6High: 0, low: 1).reverseName] = .loopbackReverse
      // RFC 6761 §6.2 and §6.4; multicast names, RFC 6762 §22.1; Tor, RFC 7686 §2; other systems, RFC 9476 §3.
      for domain in ["test", "invalid", "local", "onion", "alt"] { meanings[Self.name(domain)] = .nonexistent }
      // Discovery of designated resolvers: there are none here (RFC 9462 §6.5).
      meanings[Self.name("resolver.arpa")] = .empty
    }
  }

  /// Whether a name has an answer.
  func has(_ name: Name) -> Bool { meanings.longestMatch(name.lowercased.wire) != nil }

  func answer(_ question: Question) -> ForwardedAnswer? {
    guard let (domain, meaning) = meanings.longestMatch(question.name.lowercased.wire) else { return nil }
    let zone = Name(uncheckedWire: Array(domain))
    var records: [Record] = []
    func add(_ type: RecordType, _ data: [UInt8]) {
      guard question.type == type || question.type == .any else { return }
      records.append(Record(name: question.name, type: type, ttl: Self.ttl, data: data))
    }
    switch meaning {
    case .loopback:
      add(.a, HostAddress(ipv4: 0x7F00_0001).octets)
      add(.aaaa, HostAddress(ipv6High: 0, low: 1).octets)
    case .loopbackReverse:
      guard question.name == zone else { return .local(question, [], code: .nameError, zone: zone, ttl: Self.ttl) }
      add(.ptr, Self.localhost.wire)
    case .empty:
      break
    case .nonexistent:
      return .local(question, [], code: .nameError, zone: zone, ttl: Self.ttl)
    case .emptyZone:
      guard question.name == zone else { return .local(question, [], code: .nameError, zone: zone, ttl: Self.ttl) }
      add(.soa, ForwardedAnswer.localSOA(zone, ttl: Self.ttl).data)
    }
    return .local(question, records, zone: zone, ttl: Self.ttl)
  }

  /// The domain that gives a name its meaning, and that meaning in words; `nil` for other names.
  func reason(_ name: Name) -> (domain: Name, meaning: String)? {
    guard let (octets, meaning) = meanings.longestMatch(name.lowercased.wire) else { return nil }
    let domain = Name(uncheckedWire: Array(octets))
    switch meaning {
    case .loopback, .loopbackReverse: return (domain, "they stand for the machine that asks (RFC 6761)")
    case .empty: return (domain, "they are for finding this server's other addresses, and it has none (RFC 9462)")
    case .nonexistent:
      let sources = ["test": 6761, "invalid": 6761, "local": 6762, "onion": 7686, "alt": 9476]
      let number = sources["\(domain)".replacing(".", with: ""), default: 6761]
      return (domain, "they are not names of the DNS (RFC \(number))")
    case .emptyZone:
      return (domain, "they are private, and forward.privateNames is false (RFC 6303)")
    }
  }

  private static let localhost = name("localhost")

  /// For names written in this file.
  private static func name(_ text: String) -> Name { try! Name(text) }

  /// RFC 6303 §4, RFC 7793 and RFC 8375.
  private static let privateDomains: [String] =
    ["home.arpa", "10.in-addr.arpa", "168.192.in-addr.arpa", "254.169.in-addr.arpa"]
    + ["0.in-addr.arpa", "127.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"]
    + ["113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa", "d.f.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"]
    + (16...31).map { "\($0).172.in-addr.arpa" } + (64...127).map { "\($0).100.in-addr.arpa" }
    + ["8", "9", "a", "b"].map { "\($0).e.f.ip6.arpa" }
    + [HostAddress(ipv6High: 0, low: 0), HostAddress(ipv6High: 0, low: 1)].map { "\($0.reverseName)" }
}
