// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The records that the zone has of its own, encoded: SOA, NS, the name server's addresses, the version.
struct ZoneRecords: Sendable {
  /// The version of the specification that the names follow.
  static let specificationVersion = "1.1.0"
  /// Seconds that the version may be remembered (specification §2.1).
  static let versionTTL: UInt32 = 28_800
  /// Seconds: refresh, retry and expire of the SOA.
  static let timers: [UInt32] = [7200, 1800, 86_400]

  /// Labels of the zone's name, the root not counted.
  let labelCount: Int
  /// RDATA of the NS record: `ns.dns.ZONE`.
  let nameServer: [UInt8]
  /// RDATA of the TXT record of `dns-version.ZONE`.
  let version: [UInt8]
  /// `svc.ZONE`, which the names of all Services end with.
  let serviceZone: [UInt8]
  /// Whole A and AAAA records of the name server.
  let nameServerRecords: [UInt8]
  private let nameServerIPv4Count: Int
  /// RDATA of the SOA.
  private(set) var soa: [UInt8]

  init(_ settings: NamingSettings) {
    let zone = settings.zone.wire
    labelCount = settings.zone.labels.count
    nameServer = Array("\u{2}ns\u{3}dns".utf8) + zone
    serviceZone = Array("\u{3}svc".utf8) + zone
    version = [UInt8(Self.specificationVersion.utf8.count)] + Array(Self.specificationVersion.utf8)
    var soa = nameServer + Array("\u{a}hostmaster".utf8) + zone
    for number in [settings.firstSerial] + Self.timers + [settings.negativeTTL] { soa.append(bigEndian: number) }
    self.soa = soa

    let ipv4 = settings.serverAddresses.filter { $0.family == .ipv4 }
    let ipv6 = settings.serverAddresses.filter { $0.family == .ipv6 }
    nameServerIPv4Count = ipv4.count
    nameServerRecords = (ipv4 + ipv6).reduce(into: []) { $0.appendAddressRecord($1, ttl: settings.ttl) }
  }

  /// The same records with another serial.
  func with(serial: UInt32) -> ZoneRecords {
    var copy = self
    let place = soa.count - 4 * (2 + Self.timers.count)
    for octet in 0..<4 { copy.soa[place + octet] = UInt8(truncatingIfNeeded: serial >> UInt32(24 - 8 * octet)) }
    return copy
  }

  /// Which of `nameServerRecords` are of this type.
  func nameServerAddresses(_ type: RecordType) -> ServiceRecords.Run {
    let ipv4Length = nameServerIPv4Count * ServiceRecords.stride(.a)
    return type == .a
      ? .init(start: 0, count: nameServerIPv4Count)
      : .init(start: ipv4Length, count: (nameServerRecords.count - ipv4Length) / ServiceRecords.stride(.aaaa))
  }
}

extension [UInt8] {
  /// A whole A or AAAA record whose owner is a pointer to the question.
  mutating func appendAddressRecord(_ address: HostAddress, ttl: UInt32) {
    let isIPv4 = address.family == .ipv4
    append(bigEndian: AnswerWriter.questionPointer)
    append(bigEndian: (isIPv4 ? RecordType.a : .aaaa).rawValue)
    append(bigEndian: RecordClass.internet.rawValue)
    append(bigEndian: ttl)
    append(bigEndian: UInt16(isIPv4 ? 4 : 16))
    append(address)
  }

  fileprivate mutating func append(bigEndian value: UInt32) {
    append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
    append(bigEndian: UInt16(truncatingIfNeeded: value))
  }
}
