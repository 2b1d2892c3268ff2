// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Writes records into one message of a transfer. Owners are compressed: the zone to the question, a Service to its
/// first record in the message, a host to its own first. RDATA is not (for SRV it may not be, RFC 2782).
struct ZoneTransferWriter {
  /// A record with an owner right below the zone, or at its apex.
  struct ZoneRecord {
    /// Wire format without the zone; empty for the apex.
    var labels: [UInt8]
    var type: RecordType
    var ttl: UInt32
    var data: [UInt8]
  }

  /// Type, class, TTL and data length.
  static let fixedLength = 10
  /// A compression pointer.
  static let pointerLength = 2

  /// `svc.ZONE`.
  private let serviceZone: [UInt8]
  /// The same without the zone.
  private let serviceLabels: [UInt8]
  /// Where `svc.ZONE` is in the message, once it is there.
  private var serviceZoneOffset: Int?
  /// The Service that `serviceOffset` is for.
  private var service: Block?
  private var serviceOffset = 0
  /// The set of the record before this one, whose owner is at `ownerOffset`.
  private var set = -1
  private var ownerOffset = 0

  init(serviceZone: [UInt8], zone: Name) {
    self.serviceZone = serviceZone
    serviceLabels = Array(serviceZone.dropLast(zone.wire.count))
  }

  /// False if the record does not fit.
  mutating func write(_ record: ZoneRecord, into writer: inout AnswerWriter) -> Bool {
    let length = record.labels.count + Self.pointerLength + Self.fixedLength + record.data.count
    guard writer.remaining >= length else { return false }
    writer.buffer.append(record.labels)
    writer.buffer.append(bigEndian: AnswerWriter.questionPointer)
    writer.beginData(record.type, ttl: record.ttl, length: record.data.count)
    writer.buffer.append(record.data)
    return true
  }

  /// Writes a Service's records from `place` on; false, with `place` at the first that did not fit, if the message is
  /// full.
  mutating func write(
    _ records: ServiceRecords, from place: inout ServicePlace, ttl: UInt32, into writer: inout AnswerWriter
  ) -> Bool {
    while place.set < records.transferSetCount {
      let content = records.transferSet(place.set)
      while place.record < content.count {
        let size = records.longestOwner(content) + serviceLabels.count + 2 * Self.pointerLength
        let data = records.dataLength(content, place.record, serviceZone: serviceZone.count)
        guard writer.remaining >= size + Self.fixedLength + data else { return false }
        writeOwner(of: records, content, place.set, into: &writer)
        records.writeRecord(content, place.record, ttl: ttl, serviceZone: serviceZone, into: &writer)
        place.record += 1
      }
      place.set += 1
      place.record = 0
    }
    return true
  }

  private mutating func writeOwner(
    of records: ServiceRecords, _ content: TransferSet, _ set: Int, into writer: inout AnswerWriter
  ) {
    if service != records.block {
      service = records.block
      self.set = -1
      serviceOffset = -1
    }
    if self.set == set { return writer.appendPointer(to: ownerOffset) }
    self.set = set
    let start = writer.buffer.count
    let prefix = records.writePrefix(content, into: &writer)
    if serviceOffset >= 0 {
      if prefix == 0 {
        ownerOffset = serviceOffset
        return writer.appendPointer(to: serviceOffset)
      }
      writer.appendPointer(to: serviceOffset)
    } else {
      serviceOffset = writer.buffer.count
      records.block.withBytes { writer.buffer.append($0, records.key) }
      if let serviceZoneOffset {
        writer.appendPointer(to: serviceZoneOffset)
      } else {
        serviceZoneOffset = writer.buffer.count
        writer.buffer.append(serviceLabels)
        writer.buffer.append(bigEndian: AnswerWriter.questionPointer)
      }
    }
    ownerOffset = start
  }
}

extension AnswerWriter {
  /// Appends what stands between a record's owner and its data, and counts the record.
  mutating func beginData(_ type: RecordType, ttl: UInt32, length: Int) {
    buffer.append(bigEndian: type.rawValue)
    buffer.append(bigEndian: RecordClass.internet.rawValue)
    buffer.append(bigEndian: ttl)
    buffer.append(bigEndian: UInt16(length))
    count(1, in: .answer)
  }

  /// - Parameter offset: of a name in this message, below `pointerLimit`: messages of a transfer are no longer.
  mutating func appendPointer(to offset: Int) {
    precondition(offset < Self.pointerLimit)
    buffer.append(bigEndian: 0xC000 | UInt16(offset))
  }
}
