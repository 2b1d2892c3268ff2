// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How the owner of a glue record is written.
enum GlueOwner {
  /// As a pointer to a name in the message.
  case offset(Int)
  /// In full: `HOST` (empty for none) in front of the Service's name.
  case written(label: Range<Int>, ServiceRecords)
}

extension NameSnapshot {
  /// Priority, weight and port in front of an SRV record's target.
  private static var targetLead: Int { 6 }

  /// Writes SRV records, beginning at a random one, and the addresses of their targets as glue. Targets are not
  /// compressed (RFC 2782); glue is what stays out first where the space is short.
  func writeTargets(
    _ service: ServiceRecords, _ set: Int, _ place: AnswerPlace, _ writer: inout AnswerWriter
  ) -> Bool {
    let targets = service.targetSets[set].targets
    guard !targets.isEmpty else { return false }
    let first = place.first(of: targets.count)
    let start = writer.buffer.count
    var written = 0
    while written < targets.count, writeTarget(service, targets[(first + written) % targets.count], place, &writer) {
      written += 1
    }
    guard !writer.isTruncated else { return true }
    var record = start
    for index in 0..<targets.count {
      let target = targets[(first + index) % targets.count]
      let nameOffset = record + 12 + Self.targetLead
      let label = service.labelRange(target)
      record = nameOffset + label.count + service.name.count
      // Ports of one host are neighbours, but where the round begins in their middle.
      let isRepeated = index > 0 && target.host == targets[(first + index - 1) % targets.count].host
      let isClosingRound = index > 0 && target.host == targets[first].host
      if isRepeated || isClosingRound { continue }
      let owner = nameOffset < AnswerWriter.pointerLimit
        ? GlueOwner.offset(nameOffset) : .written(label: label, service)
      let runs = target.host < 0 ? service.addresses : service.hosts[Int(target.host)].addresses
      let records = service.bytes
      writeGlue(records, runs.a, .a, owner: owner, &writer)
      writeGlue(records, runs.aaaa, .aaaa, owner: owner, &writer)
    }
    return true
  }

  private func writeTarget(
    _ service: ServiceRecords, _ target: ServiceRecords.Target, _ place: AnswerPlace, _ writer: inout AnswerWriter
  ) -> Bool {
    let label = service.labelRange(target)
    guard writer.beginRecord(
      ownerOffset: place.owner, type: .srv, ttl: settings.ttl,
      dataLength: Self.targetLead + label.count + service.name.count, in: .answer)
    else { return false }
    writer.buffer.append(bigEndian: 0 as UInt32)
    writer.buffer.append(bigEndian: target.port)
    writer.buffer.append(service.bytes, label)
    writer.buffer.append(service.name)
    return true
  }

  /// Writes those of a run of address records that fit, as glue.
  func writeGlue(
    _ records: [UInt8], _ run: ServiceRecords.Run, _ type: RecordType, owner: GlueOwner,
    _ writer: inout AnswerWriter
  ) {
    guard run.count > 0 else { return }
    let stride = ServiceRecords.stride(type)
    switch owner {
    case .offset(let offset):
      let start = writer.buffer.count
      writer.append(
        records, from: Int(run.start), count: Int(run.count), stride: stride, startingAt: 0, in: .additional)
      writer.setOwners(from: start, stride: stride, to: offset)
    case .written(let label, let service):
      for index in 0..<Int(run.count) {
        guard writer.remaining >= label.count + service.name.count + stride - 2 else { return }
        let record = Int(run.start) + index * stride
        writer.buffer.append(service.bytes, label)
        writer.buffer.append(service.name)
        writer.buffer.append(records, (record + 2)..<(record + stride))
        writer.count(1, in: .additional)
      }
    }
  }
}

extension ServiceRecords {
  /// Where the label of a target's host is in `bytes`; empty for the Service itself.
  func labelRange(_ target: Target) -> Range<Int> {
    guard target.host >= 0 else { return 0..<0 }
    let host = hosts[Int(target.host)]
    return Int(host.labelStart)..<(Int(host.labelStart) + Int(host.labelLength))
  }
}
