// SPDX-License-Identifier: Apache-2.0
package import DNSWire

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

  /// Whether a name is in the zone, or is a reverse name that may be ours.
  package func isOurs(_ name: borrowing QueryName) -> Bool {
    let count = name.labelCount - zone.labelCount
    if count >= 0, name.hasSuffix(settings.zone.wire, fromLabel: count) { return true }
    return settings.answersReverse && reverseZone(of: name) != nil
  }

  package func isInZone(_ name: Name) -> Bool { name.isEqual(toOrBelow: settings.zone) }

  /// Whether a name that is not ours exists, whatever others say of it: the zone, or reverse names that may be ours,
  /// are below it (RFC 8020).
  package func isParent(_ name: Name) -> Bool {
    if name != settings.zone, settings.zone.isEqual(toOrBelow: name) { return true }
    return settings.answersReverse && QueryName(name).isAboveAddresses
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
    tables.addresses.forEach(tables.hash(address)) { ordinal in
      guard let block = tables.records[ordinal] else { return }
      let service = ServiceRecords(block)
      let name = block.octets(service.key) + zone.serviceZone
      if service.isOwnAddress(address) { named.append(name) }
      service.forEachHost(with: address) { host in
        let target = block.octets(service.label(host)) + name
        if service.hasHostname(host) { named.append(target) } else { unnamed.append(target) }
      }
    }
    if settings.givesAllReverseNames { return named + unnamed }
    return named.isEmpty ? unnamed : named
  }
}

extension ServiceRecords {
  /// Whether this is an address of the Service itself, and not of its endpoints.
  func isOwnAddress(_ address: HostAddress) -> Bool {
    guard flags.contains(.isClusterIP) else { return false }
    let run = addresses(address.family == .ipv4 ? .a : .aaaa)
    return (0..<run.count).contains { holds(address, run, $0) }
  }

  /// Calls `body` with each host that has the address.
  func forEachHost(with address: HostAddress, _ body: (Int) -> Void) {
    let type: RecordType = address.family == .ipv4 ? .a : .aaaa
    let all = hostAddresses(type)
    var host = 0
    for index in 0..<all.count where holds(address, all, index) {
      let place = all.start + index * Self.stride(type)
      while host + 1 < hostCount, addresses(host + 1, type).start <= place { host += 1 }
      body(host)
    }
  }

  /// Calls `body` with every address that the Service or one of its hosts has; some may come twice.
  func forEachAddress(_ body: (HostAddress) -> Void) {
    for type in [RecordType.a, .aaaa] {
      for run in [hostAddresses(type), flags.contains(.isClusterIP) ? addresses(type) : Run()] {
        for index in 0..<run.count { body(address(type, run, index)) }
      }
    }
  }

  /// Calls `body` with every address that the Service's own name answers.
  func forEachOwnAddress(_ body: (HostAddress) -> Void) {
    for type in [RecordType.a, .aaaa] {
      let run = addresses(type)
      for index in 0..<run.count { body(address(type, run, index)) }
    }
  }

  /// The address in one record of a run.
  func address(_ type: RecordType, _ run: Run, _ index: Int) -> HostAddress {
    let place = run.start + index * Self.stride(type) + Self.addressOffset
    if type == .a { return HostAddress(ipv4: UInt32(bigEndian: block.word32(at: place))) }
    return HostAddress(
      ipv6High: UInt64(bigEndian: block.word64(at: place)), low: UInt64(bigEndian: block.word64(at: place + 8)))
  }

  @inline(__always)
  private func holds(_ address: HostAddress, _ run: Run, _ index: Int) -> Bool {
    if address.family == .ipv4 {
      let place = run.start + index * Self.stride(.a) + Self.addressOffset
      return block.word32(at: place) == UInt32(truncatingIfNeeded: address.low).bigEndian
    }
    return self.address(.aaaa, run, index) == address
  }
}
