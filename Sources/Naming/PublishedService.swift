// SPDX-License-Identifier: Apache-2.0
package import DNSWire

extension NameSnapshot {
  /// Calls `body` with each Service that has a name, in no particular order.
  package func forEachService<Failure: Error>(
    _ body: (PublishedService) throws(Failure) -> Void
  ) throws(Failure) {
    var cursor = services
    while let service = cursor.next() { try body(service) }
  }

  /// The Services that have a name, one after the other: for whoever has to pause in between.
  package var services: ServiceCursor { ServiceCursor(self) }
}

/// Goes over all Services of one snapshot.
package struct ServiceCursor: Sendable {
  private let snapshot: NameSnapshot
  private var ordinal: UInt32 = 0

  fileprivate init(_ snapshot: NameSnapshot) { self.snapshot = snapshot }

  package mutating func next() -> PublishedService? {
    while ordinal < snapshot.tables.records.end {
      defer { ordinal += 1 }
      guard let records = snapshot.tables.records[ordinal].map(ServiceRecords.init), records.exists else { continue }
      return PublishedService(snapshot, records)
    }
    return nil
  }
}

/// All names and records of one Service, in a form to go over; questions are not answered from this. It holds its
/// snapshot.
package struct PublishedService: Sendable {
  /// A name under the Service's.
  package struct Host: Sendable {
    /// Wire format: the length octet and the label.
    package var label: [UInt8]
    /// An endpoint gave itself the name; if not, the label is its address.
    package var hasHostname: Bool
    package var addresses: [HostAddress]
  }

  /// The SRV records of one name. Priority and weight are 0.
  package struct TargetSet: Sendable {
    /// The labels `_port` and `_proto` in wire format, in front of the Service's name; empty for that name itself.
    package var prefix: [UInt8]
    package var targets: [(name: Name, port: UInt16)]
  }

  private let snapshot: NameSnapshot
  private let records: ServiceRecords

  fileprivate init(_ snapshot: NameSnapshot, _ records: ServiceRecords) {
    self.snapshot = snapshot
    self.records = records
  }

  /// The whole name: `SVC.NS.svc.ZONE`.
  package var name: Name { Name(uncheckedWire: wireName) }

  /// The target of an ExternalName Service, which has no other records.
  package var alias: Name? { records.alias.map { Name(uncheckedWire: records.block.octets($0)) } }

  /// The addresses that the Service's own name answers, IPv4 first.
  package var addresses: [HostAddress] { addresses { records.addresses($0) } }

  package var hosts: [Host] {
    (0..<records.hostCount).map { host in
      Host(
        label: records.block.octets(records.label(host)), hasHostname: records.hasHostname(host),
        addresses: addresses { records.addresses(host, $0) })
    }
  }

  package var targetSets: [TargetSet] {
    let own = wireName
    return (0..<records.setCount).map { index in
      let set = records.set(index)
      var cursor = ServiceRecords.TargetCursor(records, set, from: 0)
      let targets = (0..<set.count).map { _ in
        let target = cursor.next()
        return (Name(uncheckedWire: records.block.octets(records.label(target)) + own), target.port)
      }
      return TargetSet(prefix: records.block.octets(set.prefix), targets: targets)
    }
  }

  private var wireName: [UInt8] { records.block.octets(records.key) + snapshot.zone.serviceZone }

  private func addresses(_ run: (RecordType) -> ServiceRecords.Run) -> [HostAddress] {
    [RecordType.a, .aaaa].flatMap { type in
      let run = run(type)
      return (0..<run.count).map { records.address(type, run, $0) }
    }
  }
}
