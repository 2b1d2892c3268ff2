// SPDX-License-Identifier: Apache-2.0

/// One page of a `SlotTable`: its stamp, its number of entries, and slots of a hash and an ordinal each; 0 is free.
/// There is always a free one.
struct SlotPage {
  private static let headerLength = 16

  let block: Block

  init(_ block: Block) { self.block = block }

  private init(capacity: Int, _ stamp: UInt64) {
    block = Block(zeroed: Self.headerLength + capacity * 8)
    block.store(stamp, at: 0)
  }

  @inline(__always)
  var capacity: Int { (block.count &- Self.headerLength) >> 3 }
  var entries: Int { Int(truncatingIfNeeded: block.word64(at: 8)) }

  /// Whether this change has made the page, and may write it.
  @inline(__always)
  func isOwn(_ stamp: UInt64) -> Bool { block.word64(at: 0) == stamp }

  /// Puts an entry in, and counts it. There has to be room.
  @inline(__always)
  func add(_ hash: UInt32, _ ordinal: UInt32) {
    put(hash, ordinal)
    setEntries(entries + 1)
  }

  func setEntries(_ count: Int) { block.store(UInt64(count), at: 8) }

  /// The slot at an index below `capacity`.
  @inline(__always) @unsafe
  func uncheckedSlot(_ index: Int) -> UInt64 {
    unsafe block.uncheckedWord64(at: Self.headerLength &+ index &* 8)
  }

  @inline(__always)
  subscript(index: Int) -> UInt64 { block.word64(at: Self.headerLength + index * 8) }

  @inline(__always)
  func start(_ hash: UInt32, _ capacity: Int) -> Int { (Int(hash & 0xFFFF) &* capacity) >> 16 }

  /// Puts an entry into the first free slot. There has to be room.
  @inline(__always)
  func put(_ hash: UInt32, _ ordinal: UInt32) {
    let capacity = capacity
    var index = start(hash, capacity)
    while self[index] != 0 {
      index += 1
      if index == capacity { index = 0 }
    }
    block.store(UInt64(hash) << 32 | UInt64(ordinal), at: Self.headerLength + index * 8)
  }

  /// A page of this change's own with what is in `page`, and room for `adding` more.
  static func copy(_ page: SlotPage?, adding: Int, _ stamp: UInt64) -> SlotPage {
    guard let page else { return SlotPage(capacity: slots(for: adding), stamp) }
    let isSparse = page.entries * 3 < page.capacity && page.capacity > 8
    if !isSparse, isRoomy(page.entries + adding, page.capacity) {
      let block = Block(count: page.block.count)
      block.copy(page.block, 0..<page.block.count, to: 0)
      block.store(stamp, at: 0)
      return SlotPage(block)
    }
    return page.refilled(capacity: slots(for: page.entries + adding), stamp) { _ in true }
  }

  func contains(_ hash: UInt32, _ ordinal: UInt32) -> Bool {
    let wanted = UInt64(hash) << 32 | UInt64(ordinal)
    let capacity = capacity
    var index = start(hash, capacity)
    while self[index] != 0 {
      if self[index] == wanted { return true }
      index = index + 1 == capacity ? 0 : index + 1
    }
    return false
  }

  /// Frees the slot of an entry that is there, moves those behind it up that a search would miss otherwise, and counts.
  func remove(_ hash: UInt32, _ ordinal: UInt32) {
    let wanted = UInt64(hash) << 32 | UInt64(ordinal)
    let capacity = capacity
    var free = start(hash, capacity)
    while self[free] != wanted { free = free + 1 == capacity ? 0 : free + 1 }
    var index = free
    while true {
      index = index + 1 == capacity ? 0 : index + 1
      let slot = self[index]
      if slot == 0 { break }
      let home = start(UInt32(truncatingIfNeeded: slot >> 32), capacity)
      // Its search begins behind the free slot, and so does not come by there.
      let isBehind = free < index ? home > free && home <= index : home > free || home <= index
      if isBehind { continue }
      block.store(slot, at: Self.headerLength + free * 8)
      free = index
    }
    block.store(0, at: Self.headerLength + free * 8)
    setEntries(entries - 1)
  }

  /// `nil` where nothing matches.
  static func copy(_ page: SlotPage, _ stamp: UInt64, where matches: (UInt64) -> Bool) -> SlotPage? {
    let count = (0..<page.capacity).count { page[$0] != 0 && matches(page[$0]) }
    return count == 0 ? nil : page.refilled(capacity: slots(for: count), stamp, where: matches)
  }

  /// A larger page with what is in `page`.
  static func filled(from page: SlotPage?, capacity: Int, _ stamp: UInt64) -> SlotPage {
    page?.refilled(capacity: capacity, stamp) { _ in true } ?? SlotPage(capacity: capacity, stamp)
  }

  @inline(__always)
  private func refilled(capacity: Int, _ stamp: UInt64, where matches: (UInt64) -> Bool) -> SlotPage {
    let copy = SlotPage(capacity: capacity, stamp)
    var count = 0
    for index in 0..<self.capacity {
      let slot = self[index]
      guard slot != 0, matches(slot) else { continue }
      copy.put(UInt32(truncatingIfNeeded: slot >> 32), UInt32(truncatingIfNeeded: slot))
      count += 1
    }
    copy.setEntries(count)
    return copy
  }

  /// Slots of a page that is made for `entries`.
  static func slots(for entries: Int) -> Int { entries + entries * 3 / 8 + 2 }

  /// Full pages make long searches.
  @inline(__always)
  static func isRoomy(_ entries: Int, _ capacity: Int) -> Bool { entries * 6 < capacity * 5 }
}
