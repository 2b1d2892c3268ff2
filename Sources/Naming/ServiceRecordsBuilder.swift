// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Octets that go into the records of a Service: just given, or kept from its last records.
enum FactsSource {
  case array([UInt8])
  case block(Block, Range<Int>)

  func append(to bytes: inout GrowingBytes) {
    switch self {
    case .array(let octets): bytes.append(octets)
    case .block(let block, let range): block.withBytes { bytes.append($0, range) }
    }
  }

  var count: Int {
    switch self {
    case .array(let octets): octets.count
    case .block(_, let range): range.count
    }
  }
}

/// Makes the records of one Service after the other, in memory that it keeps.
///
/// It copies the facts to the front of the new block and reads them there, so that labels are found where they will
/// stay. Hosts have the order in which the slices name them: the same objects give the same records.
struct ServiceRecordsBuilder: ~Copyable {
  typealias Field = ServiceRecords.Field
  typealias TargetRun = ServiceRecords.TargetRun

  /// Where a slice's facts come from.
  struct Slice {
    var name: FactsSource
    var facts: FactsSource
  }

  /// One name under the Service's.
  struct Host {
    /// Where the label is, its length octet included.
    var label: Int
    var hash: UInt64
    var ipv4 = AddressList()
    var ipv6 = AddressList()
  }

  /// Addresses of one host, linked through `addresses`.
  struct AddressList {
    var first: Int32 = -1
    var last: Int32 = -1

    /// Gives what was the last, -1 if there was none: from there the link has to be set.
    mutating func append(_ index: Int32) -> Int32 {
      defer { last = index }
      if last < 0 { first = index }
      return last
    }
  }

  struct Address {
    /// Where its octets are.
    var offset: Int
    var isIPv4: Bool
    var host: Int
    /// The next of the same host and family.
    var next: Int32 = -1
    /// The same address of another host.
    var twin: Int32 = -1
    /// An earlier host has the address too.
    var isTwin = false
  }

  /// The SRV records under one `_port._proto`, or of all unnamed ports.
  struct Port {
    /// Empty for unnamed ports.
    var prefix: Range<Int>
    var labelLength: Int
    var runs: [TargetRun] = []
  }

  let ttl: UInt32
  let seed: UInt64
  var bytes = GrowingBytes(capacity: 4096)
  var hosts: [Host] = []
  /// Open addressing over `hosts`: index + 1.
  var hostSlots: [UInt32] = []
  var addresses: [Address] = []
  /// Open addressing over `addresses` without twins: index + 1.
  var addressSlots: [UInt32] = []
  var hasTwins = false
  var ports: [Port] = []
  /// Hosts of the slice at hand that an earlier slice has named.
  private var knownHosts: [Int] = []
  /// Where the facts of each slice are.
  private var sliceFacts: [Range<Int>] = []

  init(ttl: UInt32, seed: UInt64) {
    self.ttl = ttl
    self.seed = seed
  }

  /// - Parameters:
  ///   - key: `SVC.NS`, lower case, wire format without the root.
  ///   - service: packed facts; `nil` where only slices are known.
  ///   - slices: in order of name.
  ///   - isHidden: the Service is kept with its facts, and has no records.
  mutating func build(key: [UInt8], service: FactsSource?, slices: [Slice], isHidden: Bool) -> Block {
    reset()
    for _ in 0..<(Field.length / 8) { bytes.append(0 as UInt64) }
    bytes.append(key)
    bytes.store(UInt8(key.count), at: Field.keyLength)
    service?.append(to: &bytes)
    bytes.store(UInt32(bytes.count), at: Field.slices)
    bytes.store(UInt32(slices.count), at: Field.sliceCount)
    sliceFacts.removeAll(keepingCapacity: true)
    for slice in slices {
      bytes.append(UInt8(slice.name.count))
      slice.name.append(to: &bytes)
      bytes.append(UInt32(slice.facts.count))
      sliceFacts.append(bytes.count..<(bytes.count + slice.facts.count))
      slice.facts.append(to: &bytes)
    }
    if service != nil, isHidden {
      bytes.store(ServiceRecords.Flags.hasService.rawValue, at: Field.flags)
    } else if service != nil {
      addService(at: Field.length + key.count, sliceFacts)
    }
    defer { releaseExcess() }
    return bytes.block
  }

  /// Hosts beyond which the memory for a Service is not kept for the next.
  private static let keptHosts = 4096

  private mutating func releaseExcess() {
    guard hostSlots.count > Self.slots(for: Self.keptHosts) else { return }
    (hosts, hostSlots, addresses, addressSlots) = ([], [], [], [])
    bytes = GrowingBytes(capacity: 4096)
  }

  private mutating func reset() {
    bytes.removeAll()
    hosts.removeAll(keepingCapacity: true)
    addresses.removeAll(keepingCapacity: true)
    ports.removeAll(keepingCapacity: true)
    hasTwins = false
  }

  private mutating func addService(at start: Int, _ slices: [Range<Int>]) {
    let kind = bytes.octet(at: start) & PackedFacts.Service.kindMask
    let publishesNotReady = bytes.octet(at: start) & PackedFacts.Service.publishesNotReady != 0
    let ipv4 = Int(bytes.octet(at: start + 1))
    let ipv6 = Int(bytes.octet(at: start + 2))
    let aliasStart = start + 3 + ipv4 * 4 + ipv6 * 16
    let aliasLength = Int(bytes.octet(at: aliasStart))
    let isHeadless = kind == PackedFacts.Service.headless
    var flags = ServiceRecords.Flags.hasService
    if kind != PackedFacts.Service.externalName {
      prepareSlots(slices)
      for slice in slices { addSlice(slice, publishesNotReady: publishesNotReady, isHeadless: isHeadless) }
    } else if aliasLength > 0 {
      flags.insert(.hasAlias)
    }
    if kind == PackedFacts.Service.clusterIP {
      flags.insert(.isClusterIP)
      forEachPort(at: aliasStart + 1 + aliasLength) { builder, number, prefix, labelLength in
        let port = builder.port(prefix, labelLength)
        builder.ports[port].runs.addHost(ServiceRecords.Target.itself, number)
      }
    }
    if !isHeadless || !hosts.isEmpty { flags.insert(.exists) }
    let own = kind == PackedFacts.Service.clusterIP
      ? OwnAddresses.given(at: start + 3, ipv4: ipv4, ipv6: ipv6) : isHeadless ? .ofHosts : .none
    finish(flags, own)
  }

  // MARK: Slices

  private mutating func addSlice(_ facts: Range<Int>, publishesNotReady: Bool, isHeadless: Bool) {
    let firstNew = hosts.count
    knownHosts.removeAll(keepingCapacity: true)
    var offset = endOfPorts(at: facts.lowerBound)
    while offset < facts.upperBound {
      let endpoint = PackedEndpoint(at: offset, bytes)
      offset = endpoint.end
      guard publishesNotReady || endpoint.flags & PackedFacts.Endpoint.isReady != 0 else { continue }
      let host = host(endpoint)
      if host < firstNew { knownHosts.append(host) }
      for index in 0..<endpoint.ipv4 { add(endpoint.addresses + index * 4, isIPv4: true, host) }
      for index in 0..<endpoint.ipv6 { add(endpoint.addresses + endpoint.ipv4 * 4 + index * 16, isIPv4: false, host) }
    }
    guard isHeadless, hosts.count > firstNew || !knownHosts.isEmpty else { return }
    let new = firstNew..<hosts.count
    forEachPort(at: facts.lowerBound) { builder, number, prefix, labelLength in
      let port = builder.port(prefix, labelLength)
      for host in builder.knownHosts { builder.ports[port].runs.addHost(host, number) }
      if !new.isEmpty { builder.ports[port].runs.append(hosts: new, number) }
    }
  }

  private func endOfPorts(at start: Int) -> Int {
    var offset = start + 2
    for _ in 0..<bytes.bigEndian16(at: start) { offset += 4 + Int(bytes.octet(at: offset + 3)) }
    return offset
  }

  private mutating func forEachPort(
    at start: Int, _ body: (inout Self, _ number: UInt16, _ prefix: Range<Int>, _ labelLength: Int) -> Void
  ) {
    var offset = start + 2
    for _ in 0..<bytes.bigEndian16(at: start) {
      let prefix = (offset + 4)..<(offset + 4 + Int(bytes.octet(at: offset + 3)))
      body(&self, bytes.bigEndian16(at: offset), prefix, Int(bytes.octet(at: offset + 2)))
      offset = prefix.upperBound
    }
  }

  /// The place in `ports` of those with this prefix.
  private mutating func port(_ prefix: Range<Int>, _ labelLength: Int) -> Int {
    for index in ports.indices where isEqual(ports[index].prefix, prefix) { return index }
    ports.append(Port(prefix: prefix, labelLength: labelLength))
    return ports.count - 1
  }

  private func isEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    left.count == right.count
      && bytes.withBytes { $0.isEqual(at: left.lowerBound, to: $0, at: right.lowerBound, count: left.count) }
  }

  // MARK: Hosts and addresses

  /// Makes room for as many hosts and addresses as the slices can have.
  private mutating func prepareSlots(_ slices: [Range<Int>]) {
    var endpoints = 0
    var addresses = 0
    for slice in slices {
      var offset = endOfPorts(at: slice.lowerBound)
      while offset < slice.upperBound {
        let endpoint = PackedEndpoint(at: offset, bytes)
        offset = endpoint.end
        endpoints += 1
        addresses += endpoint.ipv4 + endpoint.ipv6
      }
    }
    hostSlots.reset(to: Self.slots(for: endpoints))
    addressSlots.reset(to: addresses * 2)
    hosts.reserveCapacity(endpoints)
    self.addresses.reserveCapacity(addresses)
  }

  /// Slots of a table of hosts: at most two thirds full.
  static func slots(for hosts: Int) -> Int { hosts == 0 ? 0 : hosts + hosts / 2 + 1 }

  private mutating func host(_ endpoint: PackedEndpoint) -> Int {
    let label = endpoint.label
    let hash = bytes.withBytes { $0.nameHash(label, seed: seed) }
    var slot = ServiceRecords.slot(hash, of: hostSlots.count)
    while hostSlots[slot] != 0 {
      let index = Int(hostSlots[slot]) - 1
      let known = hosts[index].label
      if hosts[index].hash == hash, isEqual(known..<(known + 1 + Int(bytes.octet(at: known))), label) {
        // Where a hostname looks like an address, the name counts as given.
        if endpoint.flags & PackedFacts.Endpoint.hasHostname != 0 { hosts[index].label = label.lowerBound }
        return index
      }
      slot = slot + 1 == hostSlots.count ? 0 : slot + 1
    }
    hosts.append(Host(label: label.lowerBound, hash: hash))
    hostSlots[slot] = UInt32(hosts.count)
    return hosts.count - 1
  }

  /// Gives the host an address, if it has not got it.
  private mutating func add(_ offset: Int, isIPv4: Bool, _ host: Int) {
    var address = Address(offset: offset, isIPv4: isIPv4, host: host)
    let length = isIPv4 ? 4 : 16
    let hash = bytes.withBytes { $0.nameHash(offset..<(offset + length), seed: seed) }
    var slot = ServiceRecords.slot(hash, of: addressSlots.count)
    while addressSlots[slot] != 0 {
      var index = Int(addressSlots[slot]) - 1
      let known = addresses[index].offset
      if addresses[index].isIPv4 == isIPv4, isEqual(known..<(known + length), offset..<(offset + length)) {
        while addresses[index].host != host, addresses[index].twin >= 0 { index = Int(addresses[index].twin) }
        if addresses[index].host == host { return }
        addresses[index].twin = Int32(addresses.count)
        address.isTwin = true
        hasTwins = true
        break
      }
      slot = slot + 1 == addressSlots.count ? 0 : slot + 1
    }
    let index = Int32(addresses.count)
    if !address.isTwin { addressSlots[slot] = UInt32(index) + 1 }
    addresses.append(address)
    let last = isIPv4 ? hosts[host].ipv4.append(index) : hosts[host].ipv6.append(index)
    if last >= 0 { addresses[Int(last)].next = index }
  }
}

/// One endpoint among packed facts.
struct PackedEndpoint {
  let flags: UInt8
  /// The length octet included.
  let label: Range<Int>
  let addresses: Int
  let ipv4: Int
  let ipv6: Int
  let end: Int

  @inline(__always)
  init(at start: Int, _ bytes: borrowing GrowingBytes) {
    flags = bytes.octet(at: start)
    label = (start + 1)..<(start + 2 + Int(bytes.octet(at: start + 1)))
    if flags & PackedFacts.Endpoint.isOneIPv4 != 0 {
      (ipv4, ipv6, addresses) = (1, 0, label.upperBound)
    } else if flags & PackedFacts.Endpoint.isOneIPv6 != 0 {
      (ipv4, ipv6, addresses) = (0, 1, label.upperBound)
    } else {
      ipv4 = Int(bytes.bigEndian16(at: label.upperBound))
      ipv6 = Int(bytes.bigEndian16(at: label.upperBound + 2))
      addresses = label.upperBound + 4
    }
    end = addresses + ipv4 * 4 + ipv6 * 16
  }
}

extension [UInt32] {
  /// Zeros, `count` of them.
  fileprivate mutating func reset(to count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(0, count: count))
  }
}

extension [ServiceRecords.TargetRun] {
  /// Adds hosts that have no record for the port yet.
  mutating func append(hosts: Range<Int>, _ port: UInt16) {
    if let last, last.port == port, last.first + last.count == hosts.lowerBound {
      self[count - 1].count += hosts.count
    } else {
      append(.init(first: hosts.lowerBound, count: hosts.count, port: port))
    }
  }

  /// Adds a host, if it has no record for the port.
  mutating func addHost(_ host: Int, _ port: UInt16) {
    for run in self where run.port == port && run.contains(host) { return }
    append(hosts: host..<(host + 1), port)
  }
}
