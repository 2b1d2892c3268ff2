// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The look-up tables of a snapshot: hashes to ordinals, ordinals to blocks. Copies are copies of a few pointers.
struct NameTables: Sendable {
  /// Makes hashes that nobody outside can foresee.
  let seed: UInt64
  /// By the labels `SVC.NS`: into `records`.
  var services = SlotTable()
  /// `ServiceRecords`.
  var records = BlockList()
  /// By the label `NS`: into `namespaceLabels`.
  var namespaces = SlotTable()
  /// Labels in wire format.
  var namespaceLabels = BlockList()
  /// The Services that have an address, as their own or as an endpoint's, by the address: into `records`.
  var addresses = SlotTable()
  /// Living pods, by namespace and address: into `podRecords`. Filled only where pods are told of.
  var pods = SlotTable()
  /// `PodRecord`.
  var podRecords = BlockList()

  init(seed: UInt64) { self.seed = seed }

  @inline(__always)
  func hash(_ address: HostAddress) -> UInt32 { Self.hash(address, seed: seed) }

  @inline(__always)
  static func hash(_ address: HostAddress, seed: UInt64) -> UInt32 {
    let product = (address.low ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    let folded = (product.high ^ product.low ^ address.high).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return UInt32(truncatingIfNeeded: (folded.high ^ folded.low) >> 32)
  }

  /// - Parameter namespace: the hash of the namespace's label.
  @inline(__always)
  func hash(_ address: HostAddress, namespace: UInt32) -> UInt32 { hash(address) ^ namespace }

  /// The Service whose name is these octets of a question's name in lower case.
  @inline(__always)
  func service(_ name: borrowing RawSpan, _ range: Range<Int>) -> ServiceRecords? {
    var found: ServiceRecords?
    _ = services.first(UInt32(truncatingIfNeeded: name.nameHash(range, seed: seed))) { ordinal in
      guard let block = records[ordinal], ServiceRecords(block).isNamed(name, range) else { return false }
      found = ServiceRecords(block)
      return true
    }
    return found
  }

  /// Whether there is a namespace of this label, its length octet included.
  func hasNamespace(_ name: borrowing QueryName, _ range: Range<Int>) -> Bool {
    name.withBytes { namespace($0, range, UInt32(truncatingIfNeeded: $0.nameHash(range, seed: seed))) } != nil
  }

  /// The number of the namespace whose label, its length octet included, is in `range` of `bytes`.
  func namespace(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ hash: UInt32) -> UInt32? {
    var found: UInt32?
    namespaces.forEach(hash) { ordinal in
      guard let label = namespaceLabels[ordinal], label.holds(bytes, range, at: 0..<label.count) else { return }
      found = ordinal
    }
    return found
  }

  /// Whether a pod of the namespace whose label is in `range` of `name` has the address.
  func hasPod(_ address: HostAddress, _ name: borrowing QueryName, _ range: Range<Int>) -> Bool {
    let hash = hash(address, namespace: UInt32(truncatingIfNeeded: name.hash(range, seed: seed)))
    return pods.first(hash) { ordinal in
      guard let block = podRecords[ordinal] else { return false }
      let pod = PodRecord(block)
      return pod.namespace.count == range.count && pod.contains(address)
        && block.withBytes { name.isEqual(range, to: $0, at: pod.namespace.lowerBound) }
    } != nil
  }

  /// Octets of memory in all tables, the allocator's own left out.
  var size: Int {
    [services, namespaces, addresses, pods].reduce(0) { $0 + $1.size }
      + [records, namespaceLabels, podRecords].reduce(0) { $0 + $1.size }
  }

  /// Lets every block go.
  mutating func retireAll(_ edit: inout TableEdit) {
    services.retireAll(&edit)
    namespaces.retireAll(&edit)
    addresses.retireAll(&edit)
    pods.retireAll(&edit)
    records.retireAll(&edit)
    namespaceLabels.retireAll(&edit)
    podRecords.retireAll(&edit)
  }
}

/// A living pod in one block of memory: the label of its namespace, its name (each with a length octet), and its
/// addresses, sixteen octets each behind one with the family.
struct PodRecord: Sendable {
  private static let addressLength = 17

  let block: Block

  init(_ block: Block) { self.block = block }

  init(namespaceLabel: [UInt8], name: [UInt8], _ addresses: [HostAddress]) {
    var bytes = GrowingBytes(capacity: 64 + name.count + addresses.count * Self.addressLength)
    bytes.append(namespaceLabel)
    bytes.append(UInt8(name.count))
    bytes.append(name)
    for address in addresses {
      bytes.append(address.family.rawValue)
      bytes.append(address.high)
      bytes.append(address.low)
    }
    block = bytes.block
  }

  var namespace: Range<Int> { 0..<(1 + Int(block.octet(at: 0))) }
  var name: Range<Int> {
    let start = namespace.upperBound
    return (start + 1)..<(start + 1 + Int(block.octet(at: start)))
  }

  var addresses: [HostAddress] {
    stride(from: name.upperBound, to: block.count, by: Self.addressLength).map(address)
  }

  func contains(_ address: HostAddress) -> Bool {
    for offset in stride(from: name.upperBound, to: block.count, by: Self.addressLength) {
      if self.address(at: offset) == address { return true }
    }
    return false
  }

  private func address(at offset: Int) -> HostAddress {
    let (high, low) = (block.word64(at: offset + 1), block.word64(at: offset + 9))
    return block.octet(at: offset) == HostAddress.Family.ipv4.rawValue
      ? HostAddress(ipv4: UInt32(truncatingIfNeeded: low)) : HostAddress(ipv6High: high, low: low)
  }
}
