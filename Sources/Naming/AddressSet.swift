// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The addresses of one Service, each once, in memory that is used again for the next.
struct AddressSet {
  struct Element {
    var address: HostAddress
    var hash: UInt32

    /// Without a call into another module, for it is in the innermost loop.
    @inline(__always)
    func isSame(_ other: Element) -> Bool {
      hash == other.hash && address.low == other.address.low && address.high == other.address.high
        && address.family.rawValue == other.address.family.rawValue
    }
  }

  private var elements: [Element] = []
  /// Open addressing over `elements`, at most half full: index + 1.
  private var slots: [UInt32] = []

  var count: Int { elements.count }
  subscript(index: Int) -> Element { elements[index] }

  /// Takes the addresses of `records`, where they are published.
  mutating func fill(_ records: ServiceRecords?, _ tables: NameTables) {
    elements.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    guard let records, records.exists else { return }
    var bound = 0
    for type in [RecordType.a, .aaaa] {
      bound += records.hostAddresses(type).count + records.addresses(type).count
    }
    slots.append(contentsOf: repeatElement(0, count: bound * 2))
    records.forEachAddress { address in
      let element = Element(address: address, hash: tables.hash(address))
      let slot = slot(element)
      guard slots[slot] == 0 else { return }
      elements.append(element)
      slots[slot] = UInt32(elements.count)
    }
  }

  func contains(_ element: Element) -> Bool { !slots.isEmpty && slots[slot(element)] != 0 }

  /// Where the element is, or would be.
  private func slot(_ element: Element) -> Int {
    var slot = ServiceRecords.slot(UInt64(element.hash), of: slots.count)
    while slots[slot] != 0, !elements[Int(slots[slot]) - 1].isSame(element) {
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return slot
  }
}
