// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension NameSnapshot {
  /// Writes the records of `type` that `node` has. False if it has none.
  func write(_ node: ZoneNode, _ type: RecordType, _ place: AnswerPlace, into writer: inout AnswerWriter) -> Bool {
    switch node {
    case .missing, .empty:
      return false
    case _ where type == .any:
      return writeMinimal(node, place, &writer)
    case .apex:
      return writeApex(type, place, &writer)
    case .nameServer:
      guard type == .a || type == .aaaa else { return false }
      let records = zone.nameServerRecords
      return writeAddresses(unsafe records.span.bytes, zone.nameServerAddresses(type), type, place, &writer)
    case .version:
      return type == .txt && writeRecord(.txt, ttl: ZoneRecords.versionTTL, zone.version, place.owner, .answer, &writer)
    case .service(let service):
      switch type {
      case .a, .aaaa:
        return writeAddresses(service, service.addresses(type), type, place, &writer)
      case .srv:
        guard let set = service.ownTargetSet else { return false }
        return writeTargets(service, set, place, &writer)
      case .cname:
        guard let alias = service.alias else { return false }
        return writeRecord(.cname, ttl: settings.ttl, service.block.octets(alias), place.owner, .answer, &writer)
      default:
        return false
      }
    case .host(let service, let host):
      guard type == .a || type == .aaaa else { return false }
      return writeAddresses(service, service.addresses(host, type), type, place, &writer)
    case .port(let service, let set):
      return type == .srv && writeTargets(service, set, place, &writer)
    case .pod(let address):
      guard type == (address.family == .ipv4 ? .a : .aaaa) else { return false }
      return writeRecord(type, ttl: settings.ttl, address.octets, place.owner, .answer, &writer)
    }
  }

  /// One record instead of all that a name has (RFC 8482 §4.2).
  private func writeMinimal(_ node: ZoneNode, _ place: AnswerPlace, _ writer: inout AnswerWriter) -> Bool {
    let cpuAndSystem = Array("\u{7}RFC8482\u{0}".utf8)
    return writeRecord(.hinfo, ttl: settings.ttl, cpuAndSystem, place.owner, .answer, &writer)
  }

  private func writeApex(_ type: RecordType, _ place: AnswerPlace, _ writer: inout AnswerWriter) -> Bool {
    switch type {
    case .soa:
      writeSOA(ownerOffset: place.owner, in: .answer, ttl: settings.ttl, &writer)
      return true
    case .ns:
      guard writeRecord(.ns, ttl: settings.ttl, zone.nameServer, place.owner, .answer, &writer) else { return true }
      let target = writer.buffer.count - zone.nameServer.count
      let records = zone.nameServerRecords
      for glue in [RecordType.a, .aaaa] {
        writeGlue(unsafe records.span.bytes, zone.nameServerAddresses(glue), glue, owner: target, &writer)
      }
      return true
    default:
      return false
    }
  }

  func writeSOA(ownerOffset: Int, in section: AnswerWriter.Section, ttl: UInt32, _ writer: inout AnswerWriter) {
    _ = writeRecord(.soa, ttl: ttl, zone.soa, ownerOffset, section, &writer)
  }

  /// True also where the record did not fit: it exists, and the answer is marked as cut.
  func writeRecord(
    _ type: RecordType, ttl: UInt32, _ data: [UInt8], _ owner: Int, _ section: AnswerWriter.Section,
    _ writer: inout AnswerWriter
  ) -> Bool {
    if writer.beginRecord(ownerOffset: owner, type: type, ttl: ttl, dataLength: data.count, in: section) {
      writer.buffer.append(data)
    }
    return true
  }

  @inline(__always)
  private func writeAddresses(
    _ service: ServiceRecords, _ run: ServiceRecords.Run, _ type: RecordType, _ place: AnswerPlace,
    _ writer: inout AnswerWriter
  ) -> Bool {
    service.block.withBytes { writeAddresses($0, run, type, place, &writer) }
  }

  /// Writes a run of address records, beginning at a random one.
  @inline(__always)
  private func writeAddresses(
    _ records: borrowing RawSpan, _ run: ServiceRecords.Run, _ type: RecordType, _ place: AnswerPlace,
    _ writer: inout AnswerWriter
  ) -> Bool {
    guard run.count > 0 else { return false }
    let stride = ServiceRecords.stride(type)
    let start = writer.buffer.count
    writer.append(
      records, from: run.start, count: run.count, stride: stride, startingAt: place.first(of: run.count), in: .answer)
    if place.owner != Header.length { writer.setOwners(from: start, stride: stride, to: place.owner) }
    return true
  }
}

extension AnswerPlace {
  /// A random place among `count`. A counter would not do: clients ask for A and AAAA in turn.
  func first(of count: Int) -> Int { Int((UInt64(random) * UInt64(count)) >> 32) }
}

extension AnswerWriter {
  /// Points the owners of the records from `start` to the end of the message, each `stride` octets, to `owner`.
  mutating func setOwners(from start: Int, stride: Int, to owner: Int) {
    var offset = start
    while offset < buffer.count {
      buffer.store(0xC000 | UInt16(owner), at: offset)
      offset += stride
    }
  }
}
