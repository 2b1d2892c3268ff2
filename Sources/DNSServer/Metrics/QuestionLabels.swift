// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Where an answer comes from: CoreDNS' labels `zone` and `plugin`.
enum AnswerSource: Int, Sendable, CaseIterable {
  /// Our own zones.
  case names
  /// Another server, or our memory of what it said.
  case forward
  /// Nobody: refused, or no question that can be answered.
  case nobody

  var plugin: String {
    switch self {
    case .names: "kubernetes"
    case .forward: "forward"
    case .nobody: ""
    }
  }
}

/// The values of the label `type`: those that CoreDNS tells apart, and HTTPS, which browsers ask for.
enum TypeLabel {
  static let names = [
    "other", "A", "AAAA", "ANY", "AXFR", "CNAME", "DNSKEY", "DS", "HTTPS", "IXFR", "MX", "NS", "NSEC", "NSEC3", "PTR",
    "RRSIG", "SOA", "SRV", "TXT",
  ]

  /// Index into `names`.
  @inline(__always)
  static func index(_ type: UInt16) -> Int {
    switch type {
    case 1: 1
    case 28: 2
    case 255: 3
    case 252: 4
    case 5: 5
    case 48: 6
    case 43: 7
    case 65: 8
    case 251: 9
    case 15: 10
    case 2: 11
    case 47: 12
    case 50: 13
    case 12: 14
    case 46: 15
    case 6: 16
    case 33: 17
    case 16: 18
    default: 0
    }
  }
}

/// The values of the label `rcode`. The header has four bits of a code; two longer ones that are sent show in it.
enum ResponseCodeLabel {
  static let badVersion = 16
  static let names =
    [
      "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "BADCOOKIE", "NXRRSET", "NOTAUTH",
      "NOTZONE", "RCODE11", "RCODE12", "RCODE13", "RCODE14", "RCODE15",
    ] + ["BADVERS"]

  /// Index into `names`. A success of nobody is none: BADVERS (16) has zeros in the header's bits, and BADCOOKIE (23)
  /// has those of YXRRSET, which only an UPDATE can get.
  @inline(__always)
  static func index(_ flags: UInt16, _ source: AnswerSource) -> Int {
    let code = Int(flags & 0xF)
    return code == 0 && source == .nobody ? badVersion : code
  }
}
