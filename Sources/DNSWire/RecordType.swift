// SPDX-License-Identifier: Apache-2.0

/// The TYPE of a record, or the QTYPE of a question (RFC 1035 §3.2.2, IANA "Resource Record (RR) TYPEs").
package struct RecordType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let a = RecordType(rawValue: 1)
  package static let ns = RecordType(rawValue: 2)
  package static let cname = RecordType(rawValue: 5)
  package static let soa = RecordType(rawValue: 6)
  package static let ptr = RecordType(rawValue: 12)
  package static let hinfo = RecordType(rawValue: 13)
  package static let mx = RecordType(rawValue: 15)
  package static let txt = RecordType(rawValue: 16)
  package static let aaaa = RecordType(rawValue: 28)
  package static let srv = RecordType(rawValue: 33)
  package static let dname = RecordType(rawValue: 39)
  package static let opt = RecordType(rawValue: 41)
  package static let ixfr = RecordType(rawValue: 251)
  package static let axfr = RecordType(rawValue: 252)
  package static let any = RecordType(rawValue: 255)

  /// Types that ask for a transfer of the zone, which a plain answer cannot give.
  package var isZoneTransfer: Bool { self == .axfr || self == .ixfr }

  private static let mnemonics: [(RecordType, String)] = [
    (.a, "A"), (.ns, "NS"), (.cname, "CNAME"), (.soa, "SOA"), (.ptr, "PTR"), (.hinfo, "HINFO"), (.mx, "MX"),
    (.txt, "TXT"), (.aaaa, "AAAA"), (.srv, "SRV"), (.dname, "DNAME"), (.opt, "OPT"), (.ixfr, "IXFR"),
    (.axfr, "AXFR"), (.any, "ANY"),
  ] + others.map { (RecordType(rawValue: $0.number), $0.name) }

  /// Types that clients ask for, and that nothing here has records of (IANA "Resource Record (RR) TYPEs").
  private static let others: [(name: String, number: UInt16)] = [
    ("LOC", 29), ("NAPTR", 35), ("DS", 43), ("SSHFP", 44), ("RRSIG", 46), ("NSEC", 47), ("DNSKEY", 48), ("NSEC3", 50),
    ("TLSA", 52), ("CDS", 59), ("CDNSKEY", 60), ("SVCB", 64), ("HTTPS", 65), ("SPF", 99), ("URI", 256), ("CAA", 257),
  ]

  /// All that ``init(mnemonic:)`` takes, for people: `A, NS, …, CAA, TYPE0 to TYPE65535`.
  package static let readable =
    (mnemonics.map(\.1) + ["TYPE\(UInt16.min) to TYPE\(UInt16.max)"]).joined(separator: ", ")

  /// Reads a mnemonic in any letter case, or `TYPE123` (RFC 3597 §5). `nil` if it is neither.
  package init?(mnemonic: String) {
    let upper = mnemonic.uppercased()
    if let known = Self.mnemonics.first(where: { $0.1 == upper }) {
      self = known.0
    } else if upper.hasPrefix("TYPE"), let value = UInt16(upper.dropFirst(4)) {
      self.init(rawValue: value)
    } else {
      return nil
    }
  }
}

extension RecordType: CustomStringConvertible {
  /// The mnemonic, or `TYPE123` where there is none (RFC 3597 §5).
  package var description: String {
    Self.mnemonics.first { $0.0 == self }?.1 ?? "TYPE\(rawValue)"
  }
}

/// The CLASS of a record or question (RFC 1035 §3.2.4). Everything served here is `IN`.
package struct RecordClass: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let internet = RecordClass(rawValue: 1)
  /// What a server tells about itself (RFC 4892).
  package static let chaos = RecordClass(rawValue: 3)
}

extension RecordClass: CustomStringConvertible {
  package var description: String { self == .internet ? "IN" : "CLASS\(rawValue)" }
}
