// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension NameSnapshot {
  /// Priority, weight and port in front of an SRV record's target.
  private static var targetLead: Int { 6 }

  /// Writes SRV records, beginning at a random one, and the addresses of their targets as glue. Targets are not
  /// compressed (RFC 2782); glue is what stays out first where the space is short.
  func writeTargets(
    _ service: ServiceRecords, _ index: Int, _ place: AnswerPlace, _ writer: inout AnswerWriter
  ) -> Bool {
    let set = service.set(index)
    guard set.count > 0 else { return false }
    let first = place.first(of: set.count)
    let start = writer.buffer.count
    var cursor = ServiceRecords.TargetCursor(service, set, from: first)
    for _ in 0..<set.count {
      guard writeTarget(service, cursor.next(), place, &writer) else { return true }
    }
    var record = start
    cursor = ServiceRecords.TargetCursor(service, set, from: first)
    for step in 0..<set.count {
      let target = cursor.next()
      let nameOffset = record + 12 + Self.targetLead
      record = nameOffset + service.label(target).count + nameLength(service)
      if service.hasTarget(target.host, set, before: step, from: first) { continue }
      for type in [RecordType.a, .aaaa] {
        let run = service.addresses(target, type)
        if nameOffset < AnswerWriter.pointerLimit {
          service.block.withBytes { writeGlue($0, run, type, owner: nameOffset, &writer) }
        } else {
          writeFarGlue(service, target, run, type, &writer)
        }
      }
    }
    return true
  }

  private func writeTarget(
    _ service: ServiceRecords, _ target: ServiceRecords.Target, _ place: AnswerPlace, _ writer: inout AnswerWriter
  ) -> Bool {
    let dataLength = Self.targetLead + service.label(target).count + nameLength(service)
    guard writer.beginRecord(
      ownerOffset: place.owner, type: .srv, ttl: settings.ttl, dataLength: dataLength, in: .answer)
    else { return false }
    writer.buffer.append(bigEndian: 0 as UInt32)
    writer.buffer.append(bigEndian: target.port)
    appendName(service, service.label(target), &writer)
    return true
  }

  /// Octets of a Service's whole name.
  private func nameLength(_ service: ServiceRecords) -> Int { service.key.count + zone.serviceZone.count }

  /// Appends the name of a host, or of the Service where the label is empty.
  private func appendName(_ service: ServiceRecords, _ label: Range<Int>, _ writer: inout AnswerWriter) {
    service.block.withBytes {
      writer.buffer.append($0, label)
      writer.buffer.append($0, service.key)
    }
    writer.buffer.append(zone.serviceZone)
  }

  /// Writes those of a run of address records that fit, as glue for the name at `owner` in the message.
  func writeGlue(
    _ records: borrowing RawSpan, _ run: ServiceRecords.Run, _ type: RecordType, owner: Int,
    _ writer: inout AnswerWriter
  ) {
    guard run.count > 0 else { return }
    let stride = ServiceRecords.stride(type)
    let start = writer.buffer.count
    writer.append(records, from: run.start, count: run.count, stride: stride, startingAt: 0, in: .additional)
    writer.setOwners(from: start, stride: stride, to: owner)
  }

  /// The same for a name that a pointer cannot reach: the owner is written in full.
  private func writeFarGlue(
    _ service: ServiceRecords, _ target: ServiceRecords.Target, _ run: ServiceRecords.Run, _ type: RecordType,
    _ writer: inout AnswerWriter
  ) {
    let stride = ServiceRecords.stride(type)
    let label = service.label(target)
    for index in 0..<run.count {
      guard writer.remaining >= label.count + nameLength(service) + stride - 2 else { return }
      let record = run.start + index * stride
      appendName(service, label, &writer)
      service.block.withBytes { writer.buffer.append($0, (record + 2)..<(record + stride)) }
      writer.count(1, in: .additional)
    }
  }
}

extension ServiceRecords {
  /// Whether a host is the target of one of the first `steps` records of a set, counted from `first` on and round.
  fileprivate func hasTarget(_ host: Int, _ set: TargetSet, before steps: Int, from first: Int) -> Bool {
    guard set.runCount > 1 else { return false }
    var start = 0
    for index in 0..<set.runCount {
      let run = run(index, of: set)
      if run.contains(host) {
        let place = start + host - run.first
        if (place >= first ? place - first : place - first + set.count) < steps { return true }
      }
      start += run.count
    }
    return false
  }
}
