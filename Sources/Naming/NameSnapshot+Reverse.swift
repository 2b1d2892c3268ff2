// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension NameSnapshot {
  /// Answers for names under `in-addr.arpa` and `ip6.arpa`. What belongs to no Service is not ours: a resolver outside
  /// may know it. Before the first sync it may only be missing yet, and is not given away.
  func answerReverse(
    _ name: borrowing QueryName, _ type: RecordType, into writer: inout AnswerWriter
  ) -> Resolution {
    guard let zone = reverseZone(of: name) else { return .notOurs }
    guard let address = name.reverseAddress(in: zone) else { return .notOurs }
    let owners = reverseTargets(of: address)
    guard !owners.isEmpty else { return isSynced ? .notOurs : .answered(.serverFailure) }
    let apex = Header.length + name.labelStart(name.labelCount - 2)
    switch type {
    case .ptr:
      for target in owners {
        if writer.beginRecord(
          ownerOffset: Header.length, type: .ptr, ttl: settings.ttl, dataLength: target.count, in: .answer) {
          writer.buffer.append(target)
        }
      }
    case .any:
      _ = write(.version, .any, AnswerPlace(owner: Header.length, zone: apex, random: 0, link: 0), into: &writer)
    default:
      writeSOA(ownerOffset: apex, in: .authority, ttl: settings.negativeTTL, &writer)
    }
    return .answered(.noError)
  }

  private func reverseZone(of name: borrowing QueryName) -> ReverseZone? {
    guard name.labelCount >= 2 else { return nil }
    let top = name.labelRange(name.labelCount - 1)
    guard name.isEqual(top, to: "arpa") else { return nil }
    let below = name.labelRange(name.labelCount - 2)
    if name.isEqual(below, to: "in-addr") { return .inAddrArpa }
    return name.isEqual(below, to: "ip6") ? .ip6Arpa : nil
  }

  /// The names of an address: of the Service that has it as its own, of endpoints with a hostname, and only where
  /// there are none of those, of endpoints named by their address.
  private func reverseTargets(of address: HostAddress) -> [[UInt8]] {
    var named: [[UInt8]] = []
    var unnamed: [[UInt8]] = []
    tables.addresses.forEach(tables.hash(address)) { owner in
      guard owner.address == address else { return }
      let labels = owner.service.labels
      guard let service = tables.services.first(owner.service.hash, where: { $0.key.labels == labels }) else { return }
      if service.isOwnAddress(address) { named.append(service.name) }
      for host in service.hosts where service.contains(address, host.addresses) {
        let label = service.bytes[Int(host.labelStart)..<(Int(host.labelStart) + Int(host.labelLength))]
        if host.hasHostname { named.append(label + service.name) } else { unnamed.append(label + service.name) }
      }
    }
    if settings.givesAllReverseNames { return named + unnamed }
    return named.isEmpty ? unnamed : named
  }
}

extension ServiceRecords {
  /// Whether this is an address of the Service itself, and not of its endpoints.
  func isOwnAddress(_ address: HostAddress) -> Bool {
    isClusterIP && contains(address, addresses)
  }

  /// Whether one of the records in `runs` holds `address`.
  func contains(_ address: HostAddress, _ runs: AddressRuns) -> Bool {
    let type: RecordType = address.family == .ipv4 ? .a : .aaaa
    let run = runs.run(type)
    let stride = Self.stride(type)
    let octets = address.octets
    for index in 0..<Int(run.count) {
      let end = Int(run.start) + (index + 1) * stride
      if bytes[(end - octets.count)..<end].elementsEqual(octets) { return true }
    }
    return false
  }

  /// Every address that the Service has or its hosts have, once each.
  var allAddresses: Set<HostAddress> {
    var all: Set<HostAddress> = []
    for runs in [addresses] + hosts.map(\.addresses) {
      for type in [RecordType.a, .aaaa] {
        let stride = Self.stride(type)
        for index in 0..<Int(runs.run(type).count) {
          let end = Int(runs.run(type).start) + (index + 1) * stride
          all.insert(HostAddress(octets: bytes[(end - (stride - 12))..<end])!)
        }
      }
    }
    return all
  }
}
