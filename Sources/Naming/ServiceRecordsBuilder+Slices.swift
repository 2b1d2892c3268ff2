// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ServiceRecordsBuilder {
  mutating func addSlice(_ facts: Range<Int>, publishesNotReady: Bool, isHeadless: Bool) {
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

  func endOfPorts(at start: Int) -> Int {
    var offset = start + 2
    for _ in 0..<bytes.bigEndian16(at: start) { offset += 4 + Int(bytes.octet(at: offset + 3)) }
    return offset
  }

  mutating func forEachPort(
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
  mutating func port(_ prefix: Range<Int>, _ labelLength: Int) -> Int {
    for index in ports.indices where isEqual(ports[index].prefix, prefix) { return index }
    ports.append(Port(prefix: prefix, labelLength: labelLength))
    return ports.count - 1
  }

  func isEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    left.count == right.count
      && bytes.withBytes { $0.isEqual(at: left.lowerBound, to: $0, at: right.lowerBound, count: left.count) }
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
