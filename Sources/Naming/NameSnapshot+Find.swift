// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a name inside the zone stands for.
enum ZoneNode {
  /// Neither it nor anything below it exists.
  case missing
  /// It exists, with no records of its own: something is below it (RFC 8020).
  case empty
  case apex
  case nameServer
  case version
  case service(ServiceRecords)
  /// `HOST.SVC…`: the number of the host.
  case host(ServiceRecords, Int)
  /// `_PORT._PROTO.SVC…`: the number of the set.
  case port(ServiceRecords, Int)
  /// `10-244-0-7.NS.pod…`
  case pod(HostAddress)
}

extension NameSnapshot {
  /// Finds what `name` stands for. Its first `count` labels are those in front of the zone.
  func find(_ name: borrowing QueryName, labelsInZone count: Int) -> ZoneNode {
    guard count > 0 else { return .apex }
    let top = name.labelRange(count - 1)
    switch top.count {
    case 3:
      if name.isEqual(top, to: "svc") { return findService(name, count - 1) }
      if name.isEqual(top, to: "pod"), settings.podNames != .disabled { return findPod(name, count - 1) }
      if name.isEqual(top, to: "dns") { return findServer(name, count - 1) }
      return .missing
    case 11 where count == 1 && name.isEqual(top, to: "dns-version"):
      return .version
    default:
      return .missing
    }
  }

  private func findServer(_ name: borrowing QueryName, _ count: Int) -> ZoneNode {
    if count == 0 { return .empty }
    return count == 1 && name.isEqual(name.labelRange(0), to: "ns") ? .nameServer : .missing
  }

  /// `count` labels stand in front of `svc`.
  private func findService(_ name: borrowing QueryName, _ count: Int) -> ZoneNode {
    if count == 0 { return .empty }
    if count == 1 { return hasNamespace(name, 0) ? .empty : .missing }
    let start = name.labelStart(count - 2)
    let key = start..<name.labelStart(count)
    guard let service = name.withBytes({ tables.service($0, key) }), service.exists else { return .missing }
    switch count {
    case 2:
      return .service(service)
    case 3:
      if let host = name.withBytes({ service.host($0, 0..<start, seed: tables.seed) }) { return .host(service, host) }
      return service.hasTransport(name, upTo: start) ? .empty : .missing
    case 4:
      return service.targetSet(name, upTo: start).map { .port(service, $0) } ?? .missing
    default:
      return .missing
    }
  }

  private func hasNamespace(_ name: borrowing QueryName, _ label: Int) -> Bool {
    tables.hasNamespace(name, name.labelStart(label)..<name.labelStart(label + 1))
  }

  /// `count` labels stand in front of `pod`.
  private func findPod(_ name: borrowing QueryName, _ count: Int) -> ZoneNode {
    if count == 0 { return .empty }
    guard count <= 2, hasNamespace(name, count - 1) else { return .missing }
    if count == 1 { return .empty }
    let label = name.labelRange(0)
    guard let address = HostAddress(dashed: name.octets[label]) else { return .missing }
    if settings.podNames == .verified {
      guard tables.hasPod(address, name, name.labelStart(1)..<name.labelStart(2)) else { return .missing }
    }
    return .pod(address)
  }
}
