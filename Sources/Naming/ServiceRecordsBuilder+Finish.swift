// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ServiceRecordsBuilder {
  /// Where the addresses of the Service's own name come from.
  enum OwnAddresses {
    case none
    /// A headless Service: every address of its hosts, once.
    case ofHosts
    /// Its own, among its facts.
    case given(at: Int, ipv4: Int, ipv6: Int)
  }

  /// Writes what comes behind the facts: SRV sets, hosts, slots and records.
  mutating func finish(_ flags: ServiceRecords.Flags, _ own: OwnAddresses) {
    let isWide = max(bytes.count, addresses.count, hosts.count + 1) > Int(UInt16.max)
    bytes.store((isWide ? flags.union(.isWide) : flags).rawValue, at: Field.flags)
    appendSets()
    bytes.store(UInt32(hosts.count), at: Field.hostCount)
    appendHosts(isWide)
    appendSlots(isWide)
    for type in [RecordType.a, .aaaa] {
      let isIPv4 = type == .a
      let start = bytes.count
      bytes.store(UInt32(start), at: Field.hostRecords + (isIPv4 ? 0 : 4))
      appendHostRecords(isIPv4: isIPv4, twins: true)
      appendOwnRecords(own, isIPv4: isIPv4, hostRecords: start)
    }
  }

  // MARK: SRV

  private mutating func appendSets() {
    if ports.count == 1, !ports[0].prefix.isEmpty { return appendOnlySet() }
    var own: [TargetRun] = []
    var sets: [(port: Port, runs: Int)] = []
    for port in ports {
      for run in port.runs { own.add(run) }
      guard !port.prefix.isEmpty, sets.count < Int(UInt16.max) - 1 else { continue }
      sets.append((port, bytes.count))
      append(port.runs)
    }
    guard !own.isEmpty else { return }
    sets.append((Port(prefix: 0..<0, labelLength: 0, runs: own), bytes.count))
    append(own)
    bytes.store(UInt16(sets.count), at: Field.setCount)
    bytes.store(UInt32(bytes.count), at: Field.sets)
    for (port, runs) in sets { append(set: port, runs: runs, port.runs) }
  }

  /// The sets of a Service with one port, which has a name: they share their runs. Most are such, so it takes no memory
  /// for lists.
  private mutating func appendOnlySet() {
    let port = ports[0]
    let runs = bytes.count
    append(port.runs)
    bytes.store(2 as UInt16, at: Field.setCount)
    bytes.store(UInt32(bytes.count), at: Field.sets)
    append(set: port, runs: runs, port.runs)
    append(set: Port(prefix: 0..<0, labelLength: 0), runs: runs, port.runs)
  }

  private mutating func append(set port: Port, runs start: Int, _ runs: [TargetRun]) {
    bytes.append(UInt32(port.prefix.lowerBound))
    bytes.append(UInt32(start))
    var count = 0
    for run in runs { count += run.count }
    bytes.append(UInt32(count))
    bytes.append(UInt32(runs.count))
    bytes.append(UInt8(port.prefix.count))
    bytes.append(UInt8(port.labelLength))
  }

  private mutating func append(_ runs: [TargetRun]) {
    for run in runs {
      bytes.append(UInt32(run.first))
      bytes.append(UInt32(run.count))
      bytes.append(run.port)
    }
  }

  // MARK: Hosts

  @inline(__always)
  private mutating func append(number: Int, _ isWide: Bool) {
    if isWide { bytes.append(UInt32(number)) } else { bytes.append(UInt16(number)) }
  }

  private mutating func appendHosts(_ isWide: Bool) {
    bytes.store(UInt32(bytes.count), at: Field.hosts)
    guard !hosts.isEmpty else { return }
    var (ipv4, ipv6) = (0, 0)
    for index in hosts.indices {
      append(number: hosts[index].label, isWide)
      append(number: ipv4, isWide)
      append(number: ipv6, isWide)
      ipv4 += count(hosts[index].ipv4)
      ipv6 += count(hosts[index].ipv6)
    }
    append(number: 0, isWide)
    append(number: ipv4, isWide)
    append(number: ipv6, isWide)
  }

  private func count(_ list: AddressList) -> Int {
    var count = 0
    var index = list.first
    while index >= 0 {
      count += 1
      index = addresses[Int(index)].next
    }
    return count
  }

  private mutating func appendSlots(_ isWide: Bool) {
    let count = Self.slots(for: hosts.count)
    bytes.store(UInt32(bytes.count), at: Field.slots)
    bytes.store(UInt32(count), at: Field.slotCount)
    if hostSlots.count != count, count > 0 {  // Several endpoints have one name, or are not ready.
      hostSlots.removeAll(keepingCapacity: true)
      hostSlots.append(contentsOf: repeatElement(0, count: count))
      for index in hosts.indices {
        var slot = ServiceRecords.slot(hosts[index].hash, of: count)
        while hostSlots[slot] != 0 { slot = slot + 1 == count ? 0 : slot + 1 }
        hostSlots[slot] = UInt32(index + 1)
      }
    }
    for slot in 0..<count { append(number: Int(hostSlots[slot]), isWide) }
  }

  // MARK: Addresses

  private mutating func appendHostRecords(isIPv4: Bool, twins: Bool) {
    for host in hosts.indices {
      var index = isIPv4 ? hosts[host].ipv4.first : hosts[host].ipv6.first
      while index >= 0 {
        let address = addresses[Int(index)]
        if twins || !address.isTwin { appendRecord(address.offset, isIPv4: isIPv4) }
        index = address.next
      }
    }
  }

  private mutating func appendOwnRecords(_ own: OwnAddresses, isIPv4: Bool, hostRecords: Int) {
    var start = bytes.count
    switch own {
    case .none:
      break
    case .ofHosts where hasTwins:
      appendHostRecords(isIPv4: isIPv4, twins: false)
    case .ofHosts:
      start = hostRecords
    case .given(let given, let ipv4, let ipv6):
      for index in 0..<(isIPv4 ? ipv4 : ipv6) {
        appendRecord(isIPv4 ? given + index * 4 : given + ipv4 * 4 + index * 16, isIPv4: isIPv4)
      }
    }
    let place = isIPv4 ? Field.own : Field.own + 8
    let stride = ServiceRecords.stride(isIPv4 ? .a : .aaaa)
    bytes.store(UInt32(start), at: place)
    bytes.store(UInt32((bytes.count - start) / stride), at: place + 4)
  }

  /// A whole A or AAAA record, whose owner is a pointer to the question.
  @inline(__always)
  private mutating func appendRecord(_ address: Int, isIPv4: Bool) {
    let type = UInt64((isIPv4 ? RecordType.a : .aaaa).rawValue)
    let head = UInt64(AnswerWriter.questionPointer) << 48 | type << 32 | UInt64(RecordClass.internet.rawValue) << 16
    bytes.append((head | UInt64(ttl >> 16)).bigEndian)
    bytes.append((ttl << 16 | (isIPv4 ? 4 : 16)).bigEndian)
    if isIPv4 {
      bytes.append(bytes.word32(at: address))
    } else {
      bytes.append(bytes.word64(at: address))
      bytes.append(bytes.word64(at: address + 8))
    }
  }
}

extension [ServiceRecords.TargetRun] {
  /// Adds those of a run that are not there yet.
  fileprivate mutating func add(_ run: ServiceRecords.TargetRun) {
    guard run.first != ServiceRecords.Target.itself, !contains(where: { $0.port == run.port }) else {
      for host in run.first..<(run.first + run.count) { addHost(host, run.port) }
      return
    }
    append(run)
  }
}
