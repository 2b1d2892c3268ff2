// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// One Service in one block of memory: its name, the facts that it is made from, and every record ready encoded.
/// Immutable: a change makes another one. Copies are copies of a pointer; they are valid as long as a snapshot that
/// leads to them.
///
///     header    the fields below
///     key       SVC.NS, lower case, wire format without the root
///     service   packed facts; empty where only slices are known
///     slices    (name-length  name  length(4)  packed facts)*, in order of name
///     runs      SRV targets: the first host, how many, the port
///     sets      SRV names: where the prefix is, and its runs
///     hosts     for each name under the Service's, and once more as an end: where its label is among the facts, and
///               which of the hosts' A and AAAA records is its first; 16 bits each in a block below 64 KiB, else 32
///     slots     open addressing over hosts by the label's hash: index + 1, 0 is free; 16 or 32 bits
///     records   whole A, then AAAA records, with a pointer to the question as their owner
///
/// Offsets count from the block's start. A host's records lie next to each other among the Service's, so that both
/// names are served from the same octets.
struct ServiceRecords: Sendable {
  /// Octets of an address record with a compressed owner.
  @inline(__always)
  static func stride(_ type: RecordType) -> Int { type == .a ? 16 : 28 }

  /// Octets of an address record in front of the address.
  static let addressOffset = 12

  /// Where the header's fields are. All but the first three have 32 bits.
  enum Field {
    static let flags = 0
    static let keyLength = 1
    static let setCount = 2
    static let hostCount = 4
    static let slotCount = 8
    static let hosts = 12
    static let slots = 16
    static let sets = 20
    /// A and AAAA: where the records of the Service's own name begin, and how many they are.
    static let own = 24
    /// A and AAAA: where the records of its hosts begin.
    static let hostRecords = 40
    static let slices = 48
    static let sliceCount = 52
    static let length = 56
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// The Service itself is known, not only slices for it.
    static let hasService = Flags(rawValue: 1)
    /// It has a name. A headless Service without a ready endpoint has none (specification §2.4.1).
    static let exists = Flags(rawValue: 2)
    static let isClusterIP = Flags(rawValue: 4)
    static let hasAlias = Flags(rawValue: 8)
    /// Hosts and slots have 32 bits.
    static let isWide = Flags(rawValue: 16)
  }

  /// Records of one size, one after the other.
  struct Run: Sendable {
    var start = 0
    var count = 0
  }

  let block: Block

  @inline(__always)
  init(_ block: Block) { self.block = block }

  @inline(__always)
  func field(_ offset: Int) -> Int { Int(block.word32(at: offset)) }

  @inline(__always)
  var flags: Flags { Flags(rawValue: block.octet(at: Field.flags)) }
  @inline(__always)
  var exists: Bool { flags.contains(.exists) }
  /// Whether the Service is known and has neither an address of its own nor an alias.
  var isHeadless: Bool { flags.intersection([.hasService, .isClusterIP, .hasAlias]) == .hasService }

  /// The labels `SVC.NS`, without a root label.
  @inline(__always)
  var key: Range<Int> { Field.length..<(Field.length + Int(block.octet(at: Field.keyLength))) }

  /// The label `NS`, its length octet included.
  var namespace: Range<Int> { block.withBytes { Self.namespace(of: key, in: $0) } }

  /// The label behind the first of two.
  static func namespace(of key: Range<Int>, in bytes: borrowing RawSpan) -> Range<Int> {
    let length = unsafe bytes.unsafeLoad(fromByteOffset: key.lowerBound, as: UInt8.self)  // Checked there.
    return (key.lowerBound + 1 + Int(length))..<key.upperBound
  }

  /// The packed facts of the Service.
  var serviceFacts: Range<Int> { key.upperBound..<field(Field.slices) }

  /// The records of the Service's own name.
  @inline(__always)
  func addresses(_ type: RecordType) -> Run { addresses(isIPv4: type == .a) }

  @inline(__always)
  func addresses(isIPv4: Bool) -> Run {
    let place = isIPv4 ? Field.own : Field.own + 8
    return Run(start: field(place), count: field(place + 4))
  }

  /// The target of an ExternalName Service: its name in wire format.
  var alias: Range<Int>? {
    guard flags.contains(.hasAlias) else { return nil }
    let start = serviceFacts.lowerBound + 3  // An ExternalName has no addresses.
    return (start + 1)..<(start + 1 + Int(block.octet(at: start)))
  }

  /// Whether these are the records of the Service named by the octets of `name` in `range`.
  @inline(__always)
  func isNamed(_ name: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    let key = key
    guard range.count == key.count else { return false }
    return block.withBytes { $0.isEqual(at: key.lowerBound, to: name, at: range.lowerBound, count: key.count) }
  }
}

// MARK: - Hosts

extension ServiceRecords {
  @inline(__always)
  var hostCount: Int { field(Field.hostCount) }

  /// A number of the table at `offset`, whose numbers have 16 or 32 bits.
  @inline(__always)
  private func number(_ index: Int, at offset: Int) -> Int {
    flags.contains(.isWide)
      ? Int(block.word32(at: offset + index * 4)) : Int(block.word16(at: offset + index * 2))
  }

  @inline(__always)
  private func host(_ index: Int, _ column: Int) -> Int { number(index * 3 + column, at: field(Field.hosts)) }

  /// Where the label of a host is, its length octet included.
  @inline(__always)
  func label(_ host: Int) -> Range<Int> {
    let start = self.host(host, 0)
    return start..<(start + 1 + Int(block.octet(at: start)))
  }

  /// Whether an endpoint has given the host its name; if not, the label is its address.
  func hasHostname(_ host: Int) -> Bool {
    block.octet(at: self.host(host, 0) - 1) & PackedFacts.Endpoint.hasHostname != 0
  }

  /// The records of a host.
  @inline(__always)
  func addresses(_ host: Int, _ type: RecordType) -> Run { addresses(host, isIPv4: type == .a) }

  @inline(__always)
  func addresses(_ host: Int, isIPv4: Bool) -> Run {
    let column = isIPv4 ? 1 : 2
    let first = self.host(host, column)
    return Run(
      start: field(isIPv4 ? Field.hostRecords : Field.hostRecords + 4) + first * (isIPv4 ? 16 : 28),
      count: self.host(host + 1, column) - first)
  }

  /// The records of all hosts.
  func hostAddresses(_ type: RecordType) -> Run {
    Run(
      start: field(type == .a ? Field.hostRecords : Field.hostRecords + 4),
      count: hostCount == 0 ? 0 : host(hostCount, type == .a ? 1 : 2))
  }

  /// The host whose label stands in `range` of `name`, length octet included.
  @inline(__always)
  func host(_ name: borrowing RawSpan, _ range: Range<Int>, seed: UInt64) -> Int? {
    let count = field(Field.slotCount)
    guard count > 0 else { return nil }
    let slots = field(Field.slots)
    var slot = Self.slot(name.nameHash(range, seed: seed), of: count)
    while true {
      let index = number(slot, at: slots) - 1
      if index < 0 { return nil }
      let label = label(index)
      if label.count == range.count, block.withBytes({
        $0.isEqual(at: label.lowerBound, to: name, at: range.lowerBound, count: range.count)
      }) {
        return index
      }
      slot += 1
      if slot == count { slot = 0 }
    }
  }

  /// Where the search for a hash begins, among `count` slots.
  @inline(__always)
  static func slot(_ hash: UInt64, of count: Int) -> Int {
    // In brackets: a shift binds more tightly than a product.
    Int(truncatingIfNeeded: ((hash & 0xFFFF_FFFF) &* UInt64(truncatingIfNeeded: count)) >> 32)
  }
}

// MARK: - Facts

extension ServiceRecords {
  /// The facts of one slice, and its name.
  struct Slice {
    var name: Range<Int>
    var facts: Range<Int>
  }

  /// Where the first slice is, for `nextSlice`.
  var firstSlice: SliceCursor { SliceCursor(offset: field(Field.slices), left: field(Field.sliceCount)) }

  struct SliceCursor {
    fileprivate var offset: Int
    fileprivate var left: Int
  }

  /// The slice at the cursor, in order of name; `nil` behind the last.
  func nextSlice(_ cursor: inout SliceCursor) -> Slice? {
    guard cursor.left > 0 else { return nil }
    let offset = cursor.offset
    let name = (offset + 1)..<(offset + 1 + Int(block.octet(at: offset)))
    let facts = (name.upperBound + 4)..<(name.upperBound + 4 + Int(block.word32(at: name.upperBound)))
    cursor.offset = facts.upperBound
    cursor.left -= 1
    return Slice(name: name, facts: facts)
  }
}
