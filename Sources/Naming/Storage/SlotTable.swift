// SPDX-License-Identifier: Apache-2.0

/// From a 32-bit hash to any number of 32-bit ordinals: eight octets an entry, in pages. Whoever looks something up
/// checks that it is what was meant.
///
/// Copies share their pages, and a change copies the page that it touches and the directory. A page holds its entries
/// by open addressing; the hash's upper bits choose the page, its lower bits the place in it.
struct SlotTable: Sendable {
  /// Entries a page has on average when the directory doubles.
  private static let meanEntries = 96
  /// From then on pages only grow.
  private static let maximumBits = 16
  /// A page and the directory begin with the stamp of the change that made them.
  private static let stampLength = 8

  /// The stamp, then a word for each page: 0 where nothing is in it.
  private var directory: Block?
  /// The directory has two to the power of this many pages.
  private var bits = 0
  private(set) var count = 0

  init() {}

  /// The first ordinal under `hash` that `matches`; `nil` if there is none.
  @inline(__always)
  func first(_ hash: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
    // A directory has two to the power of `bits` pages, and an index stays below a page's capacity.
    guard let directory, let block = Block(word: unsafe directory.uncheckedWord64(at: place(hash))) else { return nil }
    let page = SlotPage(block)
    let capacity = page.capacity
    var index = page.start(hash, capacity)
    while true {
      let slot = unsafe page.uncheckedSlot(index)
      if slot == 0 { return nil }
      if UInt32(truncatingIfNeeded: slot >> 32) == hash {
        let ordinal = UInt32(truncatingIfNeeded: slot)
        if matches(ordinal) { return ordinal }
      }
      index &+= 1
      if index == capacity { index = 0 }
    }
  }

  /// Calls `body` with each ordinal under `hash`.
  func forEach(_ hash: UInt32, _ body: (UInt32) -> Void) {
    _ = first(hash) { ordinal in
      body(ordinal)
      return false
    }
  }

  /// - Parameter ordinal: not 0.
  mutating func insert(_ hash: UInt32, _ ordinal: UInt32, _ edit: inout TableEdit) {
    precondition(ordinal != 0)
    if count >= Self.meanEntries << bits, bits < Self.maximumBits { split(&edit) }
    let directory = ownDirectory(&edit)
    let place = place(hash)
    count += 1
    let page = Block(word: directory.word64(at: place)).map(SlotPage.init)
    if let page, page.isOwn(edit.stamp), SlotPage.isRoomy(page.entries + 1, page.capacity) {
      return page.add(hash, ordinal)
    }
    let copy = SlotPage.copy(page, adding: 1, edit.stamp)
    if let page { edit.replace(page.block) }
    copy.add(hash, ordinal)
    directory.store(copy.block.word, at: place)
  }

  /// Entries for which room is made before they come.
  private static let largeNumber = 1024

  /// Makes room for about `more` entries, where they are many and most of what there will be: so the first list of a
  /// large cluster fills pages of the right size, and splits none on the way. Does nothing for fewer.
  mutating func reserve(_ more: Int, _ edit: inout TableEdit) {
    guard more >= Self.largeNumber, more > count else { return }
    while count + more > Self.meanEntries << bits, bits < Self.maximumBits { split(&edit) }
    let directory = ownDirectory(&edit)
    let capacity = SlotPage.slots(for: (count + more) >> bits)
    for place in places {
      let page = Block(word: directory.word64(at: place)).map(SlotPage.init)
      if let page, page.capacity >= capacity { continue }
      let larger = SlotPage.filled(from: page, capacity: capacity, edit.stamp)
      if let page { edit.replace(page.block) }
      directory.store(larger.block.word, at: place)
    }
  }

  /// Removes one entry, if it is there.
  mutating func remove(_ hash: UInt32, _ ordinal: UInt32, _ edit: inout TableEdit) {
    guard let last = directory, let page = Block(word: last.word64(at: place(hash))).map(SlotPage.init),
      page.contains(hash, ordinal) else { return }
    let directory = ownDirectory(&edit)
    let place = place(hash)
    count -= 1
    if page.entries == 1 {
      edit.replace(page.block)
      return directory.store(0, at: place)
    }
    let own = page.isOwn(edit.stamp) ? page : SlotPage.copy(page, adding: 0, edit.stamp)
    if own.block != page.block {
      edit.replace(page.block)
      directory.store(own.block.word, at: place)
    }
    own.remove(hash, ordinal)
  }

  /// Lets every block of the table go.
  mutating func retireAll(_ edit: inout TableEdit) {
    guard let directory else { return }
    for place in places { if let page = Block(word: directory.word64(at: place)) { edit.retire(page) } }
    edit.retire(directory)
    self = SlotTable()
  }

  /// Octets of memory, the allocator's own left out.
  var size: Int {
    guard let directory else { return 0 }
    return places.reduce(directory.count) { $0 + (Block(word: directory.word64(at: $1))?.count ?? 0) }
  }

  private var places: [Int] { (0..<(1 << bits)).map { Self.stampLength + $0 * 8 } }

  /// Where in the directory the page for `hash` is.
  @inline(__always)
  private func place(_ hash: UInt32) -> Int {
    Self.stampLength &+ Int(truncatingIfNeeded: (UInt64(hash) &<< UInt64(truncatingIfNeeded: bits)) >> 32) &* 8
  }

  private mutating func ownDirectory(_ edit: inout TableEdit) -> Block {
    if let directory, directory.word64(at: 0) == edit.stamp { return directory }
    let copy: Block
    if let directory {
      copy = Block(count: directory.count)
      copy.copy(directory, 0..<directory.count, to: 0)
      edit.retire(directory)
    } else {
      copy = Block(zeroed: Self.stampLength + 8 << bits)
    }
    copy.store(edit.stamp, at: 0)
    directory = copy
    return copy
  }

  /// Doubles the directory: each page becomes two.
  private mutating func split(_ edit: inout TableEdit) {
    let last = self
    bits += 1
    let halves = Block(zeroed: Self.stampLength + 8 << bits)
    halves.store(edit.stamp, at: 0)
    if let directory = last.directory {
      for (index, place) in last.places.enumerated() {
        guard let page = Block(word: directory.word64(at: place)).map(SlotPage.init) else { continue }
        for half in 0..<2 {
          let prefix = UInt64(index * 2 + half)
          guard let part = SlotPage.copy(page, edit.stamp, where: { $0 >> UInt64(64 - bits) == prefix })
          else { continue }
          halves.store(part.block.word, at: Self.stampLength + Int(prefix) * 8)
        }
        edit.replace(page.block)
      }
      edit.replace(directory)
    }
    directory = halves
  }
}
