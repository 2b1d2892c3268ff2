// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Every record of one Service, encoded once, when the Service or its endpoints change. Immutable: a change makes
/// another one.
///
/// `bytes` holds whole A and AAAA records, whose owner is a pointer to the question, and the labels of hosts. A host's
/// records lie next to each other among the Service's, so both names are served from the same octets.
final class ServiceRecords: Sendable {
  /// Octets of an address record with a compressed owner.
  static func stride(_ type: RecordType) -> Int { type == .a ? 16 : 28 }

  /// Records of one size, one after the other in `bytes`.
  struct Run: Sendable {
    var start: Int32 = 0
    var count: Int32 = 0
  }

  struct AddressRuns: Sendable {
    var a = Run()
    var aaaa = Run()

    func run(_ type: RecordType) -> Run { type == .a ? a : aaaa }
  }

  /// One name under the Service's: a pod's hostname, or an address with dashes.
  struct Host: Sendable {
    /// Where the label is in `bytes`, its length octet included.
    var labelStart: Int32
    var labelLength: UInt8
    /// The endpoint has a hostname; if not, the label is its address.
    var hasHostname: Bool
    var addresses: AddressRuns
  }

  /// One SRV record: priority 0, weight 0.
  struct Target: Hashable, Sendable {
    /// Index into `hosts`; `itself` for the Service's own name.
    var host: Int32
    var port: UInt16

    static let itself: Int32 = -1
  }

  /// The SRV records of one name.
  struct TargetSet: Sendable {
    /// `_port` and `_proto` as labels in wire format; empty for the Service's own name.
    var prefix: [UInt8]
    /// Octets of `_port` with its length octet; the rest is `_proto`.
    var portLabelLength: Int
    var targets: [Target]
  }

  let key: ServiceKey
  /// The whole name of the Service, which records point to as their target.
  let name: [UInt8]
  let bytes: [UInt8]
  /// What the Service's own name answers.
  let addresses: AddressRuns
  /// Whether `addresses` are the Service's own, not those of its endpoints.
  let isClusterIP: Bool
  let hosts: [Host]
  /// Open addressing over `hosts` by the label's hash: index + 1, 0 is free.
  let hostSlots: [UInt32]
  let targetSets: [TargetSet]
  /// The target of an ExternalName Service.
  let alias: Name?
  /// A headless Service without a ready endpoint has no name (specification §2.4.1).
  let exists: Bool

  init(
    key: ServiceKey, name: [UInt8], bytes: [UInt8], addresses: AddressRuns, isClusterIP: Bool, hosts: [Host],
    hostSlots: [UInt32], targetSets: [TargetSet], alias: Name?, exists: Bool
  ) {
    self.key = key
    self.name = name
    self.bytes = bytes
    self.addresses = addresses
    self.isClusterIP = isClusterIP
    self.hosts = hosts
    self.hostSlots = hostSlots
    self.targetSets = targetSets
    self.alias = alias
    self.exists = exists
  }

  /// The host whose label stands in `range` of `name`, length octet included.
  func host(_ name: borrowing QueryName, _ range: Range<Int>, seed: UInt64) -> Int? {
    guard !hostSlots.isEmpty else { return nil }
    let mask = hostSlots.count - 1
    var slot = Int(truncatingIfNeeded: name.hash(range, seed: seed)) & mask
    while hostSlots[slot] != 0 {
      let index = Int(hostSlots[slot]) - 1
      let start = Int(hosts[index].labelStart)
      if Int(hosts[index].labelLength) == range.count {
        if name.isEqual(range, to: bytes, in: start..<(start + range.count)) { return index }
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// The set of SRV records whose two labels are the first `end` octets of `name`.
  func targetSet(_ name: borrowing QueryName, upTo end: Int) -> Int? {
    for index in targetSets.indices where !targetSets[index].prefix.isEmpty {
      if name.isEqual(0..<end, to: targetSets[index].prefix) { return index }
    }
    return nil
  }

  /// Whether a name with this first label, such as `_tcp`, has SRV records below it.
  func hasTransport(_ name: borrowing QueryName, upTo end: Int) -> Bool {
    for set in targetSets where set.prefix.count - set.portLabelLength == end {
      if name.isEqual(0..<end, to: set.prefix, in: set.portLabelLength..<set.prefix.count) { return true }
    }
    return false
  }

  /// The SRV records of the Service's own name.
  var ownTargetSet: Int? { targetSets.firstIndex { $0.prefix.isEmpty } }
}

/// The name of a Service inside the zone: shared by all versions of its records.
final class ServiceKey: Sendable {
  /// The labels of the Service and its namespace, lower case, without a root label.
  let labels: [UInt8]
  let hash: UInt64

  init(labels: [UInt8], seed: UInt64) {
    self.labels = labels
    hash = labels.nameHash(0..<labels.count, seed: seed)
  }
}
