// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How far a transfer is among the records of one Service.
struct ServicePlace: Sendable {
  /// The set, of `ServiceRecords.transferSetCount`.
  var set = 0
  /// The record of that set.
  var record = 0
}

/// Records of a Service that have one owner and one type.
enum TransferSet {
  /// Where the target is.
  case alias(Range<Int>)
  /// Of the Service (`host` is nil) or of one of its hosts.
  case addresses(host: Int?, ServiceRecords.Run, RecordType)
  case targets(ServiceRecords.TargetSet)
  case empty

  var count: Int {
    switch self {
    case .alias: 1
    case .addresses(_, let run, _): run.count
    case .targets(let set): set.count
    case .empty: 0
    }
  }
}

/// All records of a Service as numbered sets: a CNAME, its addresses of both families, its SRV sets, and for each host
/// the addresses of both families.
extension ServiceRecords {
  var transferSetCount: Int { 3 + setCount + 2 * hostCount }

  func transferSet(_ number: Int) -> TransferSet {
    switch number {
    case 0: return alias.map { .alias($0) } ?? .empty
    case 1: return .addresses(host: nil, addresses(.a), .a)
    case 2: return .addresses(host: nil, addresses(.aaaa), .aaaa)
    case 3..<(3 + setCount): return .targets(set(number - 3))
    default:
      let index = number - 3 - setCount
      let type = index % 2 == 0 ? RecordType.a : .aaaa
      return .addresses(host: index / 2, addresses(index / 2, type), type)
    }
  }

  /// Where the owner's labels in front of the Service's are.
  private func prefix(_ set: TransferSet) -> Range<Int> {
    switch set {
    case .addresses(.some(let host), _, _): label(host)
    case .targets(let set): set.prefix
    case .alias, .addresses, .empty: 0..<0
    }
  }

  /// Octets of the owner's labels in front of `svc.ZONE`.
  func longestOwner(_ set: TransferSet) -> Int { key.count + prefix(set).count }

  /// Appends the owner's labels in front of the Service's; gives how many octets that are.
  func writePrefix(_ set: TransferSet, into writer: inout AnswerWriter) -> Int {
    let prefix = prefix(set)
    block.withBytes { writer.buffer.append($0, prefix) }
    return prefix.count
  }

  /// - Parameter zone: octets of `svc.ZONE`.
  func dataLength(_ set: TransferSet, _ index: Int, serviceZone zone: Int) -> Int {
    switch set {
    case .alias(let target): target.count
    case .addresses(_, _, let type): type == .a ? 4 : 16
    case .targets(let set): 6 + label(target(index, of: set)).count + key.count + zone
    case .empty: 0
    }
  }

  private func target(_ index: Int, of set: TargetSet) -> Target {
    var cursor = TargetCursor(self, set, from: index)
    return cursor.next()
  }

  /// Appends everything of a record behind its owner.
  func writeRecord(
    _ set: TransferSet, _ index: Int, ttl: UInt32, serviceZone zone: [UInt8], into writer: inout AnswerWriter
  ) {
    switch set {
    case .alias(let target):
      writer.beginData(.cname, ttl: ttl, length: target.count)
      block.withBytes { writer.buffer.append($0, target) }
    case .addresses(_, let run, let type):
      let stride = Self.stride(type)
      let record = run.start + index * stride
      block.withBytes { writer.buffer.append($0, (record + ZoneTransferWriter.pointerLength)..<(record + stride)) }
      writer.count(1, in: .answer)
    case .targets(let targets):
      let target = target(index, of: targets)
      writer.beginData(.srv, ttl: ttl, length: dataLength(set, index, serviceZone: zone.count))
      writer.buffer.append(bigEndian: 0 as UInt32)
      writer.buffer.append(bigEndian: target.port)
      block.withBytes {
        writer.buffer.append($0, label(target))
        writer.buffer.append($0, key)
      }
      writer.buffer.append(zone)
    case .empty:
      break
    }
  }
}
