// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ServiceRecordsBuilder {
  /// Makes room for as many hosts and addresses as the slices can have.
  mutating func prepareSlots() {
    var endpoints = 0
    var addresses = 0
    for index in sliceFacts.indices {
      let slice = sliceFacts[index]
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

  mutating func host(_ endpoint: PackedEndpoint) -> Int {
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
  mutating func add(_ offset: Int, isIPv4: Bool, _ host: Int) {
    var address = Address(offset: offset, isIPv4: isIPv4, host: host)
    let length = isIPv4 ? 4 : 16
    let hash = bytes.withBytes { $0.nameHash(offset..<(offset + length), seed: seed) }
    var slot = ServiceRecords.slot(hash, of: addressSlots.count)
    while addressSlots[slot] != 0 {
      let first = Int(addressSlots[slot]) - 1
      let known = addresses[first].offset
      if addresses[first].isIPv4 == isIPv4, isEqual(known..<(known + length), offset..<(offset + length)) {
        if holds(host, first) { return }
        address.twin = addresses[first].twin
        addresses[first].twin = Int32(addresses.count)
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

  /// Whether a host has an address, `first` for the first host that has it. Goes along the hosts of the address and the
  /// addresses of the host at once, for either may be long: the end of one list is enough.
  private func holds(_ host: Int, _ first: Int) -> Bool {
    let (start, isIPv4) = (addresses[first].offset, addresses[first].isIPv4)
    let octets = start..<(start + (isIPv4 ? 4 : 16))
    var twin = Int32(first)
    var own = isIPv4 ? hosts[host].ipv4.first : hosts[host].ipv6.first
    while twin >= 0, own >= 0 {
      let address = addresses[Int(own)]
      if addresses[Int(twin)].host == host { return true }
      if isEqual(address.offset..<(address.offset + octets.count), octets) { return true }
      (twin, own) = (addresses[Int(twin)].twin, address.next)
    }
    return false
  }
}

extension [UInt32] {
  /// Zeros, `count` of them.
  fileprivate mutating func reset(to count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(0, count: count))
  }
}
