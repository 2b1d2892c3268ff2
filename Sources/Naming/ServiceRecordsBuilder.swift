// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Makes the records of one Service from what is known of it.
struct ServiceRecordsBuilder {
  private struct HostDraft {
    var label: [UInt8]
    var hasHostname: Bool
    var ipv4: [HostAddress] = []
    var ipv6: [HostAddress] = []
  }

  private struct TargetDraft {
    var inOrder: [ServiceRecords.Target] = []
    var seen: Set<ServiceRecords.Target> = []
  }

  private struct PortKey: Hashable {
    var name: String
    var transport: String
  }

  private let facts: ServiceFacts
  private let ttl: UInt32
  private var hosts: [HostDraft] = []
  private var hostByLabel: [[UInt8]: Int] = [:]
  /// In order of appearance, so that the same objects give the same records.
  private var portOrder: [PortKey] = []
  private var targets: [PortKey: TargetDraft] = [:]
  private var bytes: [UInt8] = []

  /// - Parameters:
  ///   - slices: in an order that does not change with time (by name).
  ///   - zone: the zone's labels below the Service's own: `svc.ZONE`, wire format.
  static func build(
    key: ServiceKey, facts: ServiceFacts, slices: [SliceFacts], serviceZone zone: [UInt8], ttl: UInt32, seed: UInt64
  ) -> ServiceRecords {
    var builder = ServiceRecordsBuilder(facts: facts, ttl: ttl)
    if case .externalName = facts.kind {} else {
      for slice in slices { builder.add(slice) }
    }
    return builder.finish(key: key, zone: zone, seed: seed)
  }

  private init(facts: ServiceFacts, ttl: UInt32) {
    self.facts = facts
    self.ttl = ttl
  }

  private mutating func add(_ slice: SliceFacts) {
    for endpoint in slice.endpoints where endpoint.isReady || facts.publishesNotReady {
      if let hostname = endpoint.hostname {
        add(endpoint.addresses, label: Array(hostname.utf8), hasHostname: true, ports: slice.ports)
      } else {
        for address in endpoint.addresses {
          add([address], label: address.dashedLabel, hasHostname: false, ports: slice.ports)
        }
      }
    }
  }

  private mutating func add(
    _ addresses: [HostAddress], label: [UInt8], hasHostname: Bool, ports: [ServiceFacts.Port]
  ) {
    guard (1...Name.maximumLabelLength).contains(label.count) else { return }
    let host = hostByLabel[label] ?? hosts.count
    if host == hosts.count {
      hosts.append(HostDraft(label: label, hasHostname: hasHostname))
      hostByLabel[label] = host
    }
    hosts[host].hasHostname = hosts[host].hasHostname || hasHostname
    for address in addresses {
      switch address.family {
      case .ipv4: if !hosts[host].ipv4.contains(address) { hosts[host].ipv4.append(address) }
      case .ipv6: if !hosts[host].ipv6.contains(address) { hosts[host].ipv6.append(address) }
      }
    }
    guard case .headless = facts.kind else { return }
    for port in ports { add(.init(host: Int32(host), port: port.number), for: port) }
  }

  private mutating func add(_ target: ServiceRecords.Target, for port: ServiceFacts.Port) {
    let key = PortKey(name: port.name.lowercased(), transport: port.transport)
    if targets[key] == nil { portOrder.append(key) }
    if targets[key, default: .init()].seen.insert(target).inserted {
      targets[key, default: .init()].inOrder.append(target)
    }
  }

  private mutating func finish(key: ServiceKey, zone: [UInt8], seed: UInt64) -> ServiceRecords {
    var own = ServiceRecords.AddressRuns()
    var runs = [ServiceRecords.AddressRuns](repeating: .init(), count: hosts.count)
    let endpointsA = encodeEndpoints(hosts.map(\.ipv4)) { runs[$0].a = $1 }
    let endpointsAAAA = encodeEndpoints(hosts.map(\.ipv6)) { runs[$0].aaaa = $1 }
    var alias: Name?
    var exists = true
    var isClusterIP = false
    switch facts.kind {
    case .headless:
      own = .init(a: endpointsA, aaaa: endpointsAAAA)
      exists = !hosts.isEmpty
    case .clusterIP(let addresses):
      isClusterIP = true
      own.a = encode(addresses.filter { $0.family == .ipv4 })
      own.aaaa = encode(addresses.filter { $0.family == .ipv6 })
      for port in facts.ports { add(.init(host: ServiceRecords.Target.itself, port: port.number), for: port) }
    case .externalName(let target):
      alias = target
    }

    let finished = hosts.indices.map { index in
      let label = hosts[index].label
      defer { bytes += [UInt8(label.count)] + label }
      return ServiceRecords.Host(
        labelStart: Int32(bytes.count), labelLength: UInt8(label.count + 1), hasHostname: hosts[index].hasHostname,
        addresses: runs[index])
    }
    return ServiceRecords(
      key: key, name: key.labels + zone, bytes: bytes, addresses: own, isClusterIP: isClusterIP, hosts: finished,
      hostSlots: hostSlots(finished, seed: seed), targetSets: targetSets(), alias: alias, exists: exists)
  }

  /// Encodes each address once, host after host, and gives the run of them all. A host that shares an address with an
  /// earlier one gets records of its own behind that run.
  private mutating func encodeEndpoints(
    _ hosts: [[HostAddress]], _ assign: (Int, ServiceRecords.Run) -> Void
  ) -> ServiceRecords.Run {
    var seen: Set<HostAddress> = []
    var shared: [Int] = []
    var all = ServiceRecords.Run(start: Int32(bytes.count), count: 0)
    for (index, addresses) in hosts.enumerated() {
      let fresh = addresses.filter { seen.insert($0).inserted }
      let run = encode(fresh)
      all.count += run.count
      if fresh.count == addresses.count { assign(index, run) } else { shared.append(index) }
    }
    for index in shared { assign(index, encode(hosts[index])) }
    return all
  }

  private mutating func encode(_ addresses: [HostAddress]) -> ServiceRecords.Run {
    let run = ServiceRecords.Run(start: Int32(bytes.count), count: Int32(addresses.count))
    for address in addresses { bytes.appendAddressRecord(address, ttl: ttl) }
    return run
  }

  /// A table at most half full.
  private func hostSlots(_ hosts: [ServiceRecords.Host], seed: UInt64) -> [UInt32] {
    guard !hosts.isEmpty else { return [] }
    var size = 2
    while size < hosts.count * 2 { size *= 2 }
    var slots = [UInt32](repeating: 0, count: size)
    for (index, host) in hosts.enumerated() {
      let start = Int(host.labelStart)
      let hash = bytes.nameHash(start..<(start + Int(host.labelLength)), seed: seed)
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = UInt32(index + 1)
    }
    return slots
  }

  /// One set a named port, and one for the Service's own name with every distinct target and port, host after host.
  private func targetSets() -> [ServiceRecords.TargetSet] {
    guard !portOrder.isEmpty else { return [] }
    var sets: [ServiceRecords.TargetSet] = []
    var own: [ServiceRecords.Target] = []
    var seen: Set<ServiceRecords.Target> = []
    for key in portOrder {
      own += targets[key]!.inOrder.filter { seen.insert($0).inserted }
      guard (1..<Name.maximumLabelLength).contains(key.name.utf8.count) else { continue }
      let port = [UInt8(key.name.utf8.count + 1), UInt8(ascii: "_")] + Array(key.name.utf8)
      let transport = [UInt8(key.transport.utf8.count + 1), UInt8(ascii: "_")] + Array(key.transport.utf8)
      sets.append(.init(prefix: port + transport, portLabelLength: port.count, targets: targets[key]!.inOrder))
    }
    own.sort { ($0.host, $0.port) < ($1.host, $1.port) }
    sets.append(.init(prefix: [], portLabelLength: 0, targets: own))
    return sets
  }
}

extension [UInt8] {
  /// A whole A or AAAA record whose owner is a pointer to the question.
  mutating func appendAddressRecord(_ address: HostAddress, ttl: UInt32) {
    let isIPv4 = address.family == .ipv4
    append(bigEndian: AnswerWriter.questionPointer)
    append(bigEndian: (isIPv4 ? RecordType.a : .aaaa).rawValue)
    append(bigEndian: RecordClass.internet.rawValue)
    append(bigEndian: UInt16(truncatingIfNeeded: ttl >> 16))
    append(bigEndian: UInt16(truncatingIfNeeded: ttl))
    append(bigEndian: isIPv4 ? 4 : 16)
    append(contentsOf: address.octets)
  }

  mutating func append(bigEndian value: UInt16) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }
}
