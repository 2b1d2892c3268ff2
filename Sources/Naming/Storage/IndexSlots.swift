// SPDX-License-Identifier: Apache-2.0

/// Finds elements of a list by their hash: open addressing over indices, at most half full. The list is its owner's.
struct IndexSlots {
  private static let fewest = 16

  /// The lower half of a hash, and below it an index + 1; 0 is free.
  private var slots: [UInt64] = []
  private var count = 0

  mutating func removeAll() {
    guard count > 0 else { return }
    count = 0
    for slot in slots.indices { slots[slot] = 0 }
  }

  /// Makes room for so many in all, while there are none.
  mutating func reserve(_ number: Int) {
    precondition(count == 0)
    if slots.count < number * 2 { slots = Array(repeating: 0, count: number * 2) }
  }

  /// The first index under `hash` that `matches`.
  @inline(__always)
  func find(_ hash: UInt64, where matches: (Int) -> Bool) -> Int? {
    guard count > 0 else { return nil }
    var slot = ServiceRecords.slot(hash, of: slots.count)
    while slots[slot] != 0 {
      let index = Int(slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] >> 32 == hash & 0xFFFF_FFFF, matches(index) { return index }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return nil
  }

  /// Adds the index of an element that is not there.
  mutating func insert(_ hash: UInt64, _ index: Int) {
    if (count + 1) * 2 > slots.count {
      let last = slots
      slots = Array(repeating: 0, count: max(Self.fewest, last.count * 2))
      for value in last where value != 0 { put(value) }
    }
    put(hash << 32 | UInt64(index + 1))
    count += 1
  }

  private mutating func put(_ value: UInt64) {
    var slot = ServiceRecords.slot(value >> 32, of: slots.count)
    while slots[slot] != 0 { slot = slot + 1 == slots.count ? 0 : slot + 1 }
    slots[slot] = value
  }
}
