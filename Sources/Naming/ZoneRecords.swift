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
  /// RDATA of the SOA.
  let soa: [UInt8]
  /// RDATA of the NS record: `ns.dns.ZONE`.
  let nameServer: [UInt8]
  /// RDATA of the TXT record of `dns-version.ZONE`.
  let version: [UInt8]
  /// `svc.ZONE`, which the names of all Services end with.
  let serviceZone: [UInt8]
  /// Whole A and AAAA records of the name server.
  let nameServerRecords: [UInt8]
  let nameServerAddresses: ServiceRecords.AddressRuns

  init(_ settings: NamingSettings, serial: UInt32) {
    let zone = settings.zone.wire
    labelCount = settings.zone.labels.count
    nameServer = Array("\u{2}ns\u{3}dns".utf8) + zone
    serviceZone = Array("\u{3}svc".utf8) + zone
    version = [UInt8(Self.specificationVersion.utf8.count)] + Array(Self.specificationVersion.utf8)
    var soa = nameServer + Array("\u{a}hostmaster".utf8) + zone
    for number in [serial] + Self.timers + [settings.negativeTTL] {
      soa.append(bigEndian: UInt16(truncatingIfNeeded: number >> 16))
      soa.append(bigEndian: UInt16(truncatingIfNeeded: number))
    }
    self.soa = soa

    var records: [UInt8] = []
    var runs = ServiceRecords.AddressRuns()
    for address in settings.serverAddresses where address.family == .ipv4 {
      records.appendAddressRecord(address, ttl: settings.ttl)
      runs.a.count += 1
    }
    runs.aaaa.start = Int32(records.count)
    for address in settings.serverAddresses where address.family == .ipv6 {
      records.appendAddressRecord(address, ttl: settings.ttl)
      runs.aaaa.count += 1
    }
    nameServerRecords = records
    nameServerAddresses = runs
  }
}
