// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// All records of the zone at one moment, given message after message (RFC 5936): SOA, everything else, SOA.
///
/// It keeps the snapshot and a place; the records of a message are made when it is asked for. So a zone of any size
/// needs no second copy, and a client that is slow costs no more than one that is not. Names that are made up when
/// they are asked for (`10-0-0-1.NS.pod.ZONE`) are no records of the zone.
package struct ZoneTransfer: Sendable {
  private enum Part: Sendable {
    case begin, apex, services, end, done
  }

  private let snapshot: NameSnapshot
  private var part = Part.begin
  /// Of the apex's records, the next.
  private var apexIndex = 0
  /// The number of the Service whose records come next, and how far in it we are.
  private var ordinal: UInt32 = 0
  private var place = ServicePlace()

  package init(_ snapshot: NameSnapshot) { self.snapshot = snapshot }

  /// The serial that all messages belong to.
  package var serial: SerialNumber { SerialNumber(rawValue: snapshot.serial) }

  package var isDone: Bool { part == .done }

  /// Appends the next records to the answer section of a message whose question is the zone's name, as many as fit.
  /// An empty message takes at least one; where the limit is too small even for that, nothing is written.
  package mutating func write(into writer: inout AnswerWriter) {
    var writing = ZoneTransferWriter(serviceZone: snapshot.zone.serviceZone, zone: snapshot.settings.zone)
    while true {
      switch part {
      case .begin:
        guard writing.write(soa, into: &writer) else { return }
        part = .apex
      case .apex:
        let records = apexRecords
        while apexIndex < records.count {
          guard writing.write(records[apexIndex], into: &writer) else { return }
          apexIndex += 1
        }
        part = .services
      case .services:
        let blocks = snapshot.tables.records
        while ordinal < blocks.end {
          if let records = blocks[ordinal].map(ServiceRecords.init), records.exists,
            !writing.write(records, from: &place, ttl: snapshot.settings.ttl, into: &writer) { return }
          ordinal += 1
          place = ServicePlace()
        }
        part = .end
      case .end:
        guard writing.write(soa, into: &writer) else { return }
        part = .done
      case .done:
        return
      }
    }
  }

  private var soa: ZoneTransferWriter.ZoneRecord {
    .init(labels: [], type: .soa, ttl: snapshot.settings.ttl, data: snapshot.zone.soa)
  }

  /// The zone's own records without the SOA: NS, the name server's addresses, the version.
  private var apexRecords: [ZoneTransferWriter.ZoneRecord] {
    let ttl = snapshot.settings.ttl
    let addresses = snapshot.settings.serverAddresses.map { address in
      ZoneTransferWriter.ZoneRecord(
        labels: Array("\u{2}ns\u{3}dns".utf8), type: address.family == .ipv4 ? .a : .aaaa, ttl: ttl,
        data: address.octets)
    }
    return [.init(labels: [], type: .ns, ttl: ttl, data: snapshot.zone.nameServer)] + addresses + [
      .init(
        labels: Array("\u{b}dns-version".utf8), type: .txt, ttl: ZoneRecords.versionTTL, data: snapshot.zone.version)
    ]
  }
}
