// SPDX-License-Identifier: Apache-2.0

/// Blocks by number, in pages. Copies share their pages; a change copies one, and the directory.
///
/// Number 0 stands for none.
struct BlockList: Sendable {
  private static let pageLength = 64
  private static let stampLength = 8

  /// The stamp of the change that made it, then a word for each page.
  private var directory: Block?

  init() {}

  @inline(__always)
  subscript(ordinal: UInt32) -> Block? {
    let index = UInt(ordinal)
    let place = Self.stampLength &+ Int(index / UInt(Self.pageLength)) &* 8
    // A directory holds whole words, and each page `pageLength` of them.
    guard let directory, place < directory.count, let page = Block(word: unsafe directory.uncheckedWord64(at: place))
    else { return nil }
    return Block(word: unsafe page.uncheckedWord64(at: Self.stampLength &+ Int(index % UInt(Self.pageLength)) &* 8))
  }

  /// Puts a block under a number. The one that was there is retired.
  mutating func set(_ ordinal: UInt32, _ block: Block?, _ edit: inout TableEdit) {
    if let last = self[ordinal] { edit.retire(last) }
    let index = Int(ordinal)
    let place = Self.stampLength + (index / Self.pageLength) * 8
    let directory = ownDirectory(reaching: place + 8, &edit)
    let page = ownPage(Block(word: directory.word64(at: place)), &edit)
    page.store(block?.word ?? 0, at: Self.stampLength + (index % Self.pageLength) * 8)
    directory.store(page.word, at: place)
  }

  /// All numbers in use are below this.
  var end: UInt32 {
    UInt32(truncatingIfNeeded: ((directory?.count ?? Self.stampLength) - Self.stampLength) / 8 * Self.pageLength)
  }

  /// Calls `body` with each number in use and its block.
  func forEach(_ body: (UInt32, Block) -> Void) {
    forEachPage { first, page in
      for offset in 0..<Self.pageLength {
        guard let block = Block(word: page.word64(at: Self.stampLength + offset * 8)) else { continue }
        body(first + UInt32(offset), block)
      }
    }
  }

  /// Lets every block go, the pages too.
  mutating func retireAll(_ edit: inout TableEdit) {
    forEach { edit.retire($1) }
    forEachPage { edit.retire($1) }
    if let directory { edit.retire(directory) }
    self = BlockList()
  }

  /// Octets of memory, the blocks included, the allocator's own left out.
  var size: Int {
    var size = directory?.count ?? 0
    forEachPage { size += $1.count }
    forEach { size += $1.count }
    return size
  }

  private func forEachPage(_ body: (UInt32, Block) -> Void) {
    guard let directory else { return }
    for index in 0..<((directory.count - Self.stampLength) / 8) {
      guard let page = Block(word: directory.word64(at: Self.stampLength + index * 8)) else { continue }
      body(UInt32(index * Self.pageLength), page)
    }
  }

  /// Grows by half, so that a list that gets longer and longer is not copied each time.
  private mutating func ownDirectory(reaching end: Int, _ edit: inout TableEdit) -> Block {
    let count = directory?.count ?? 0
    if let directory, count >= end, directory.word64(at: 0) == edit.stamp { return directory }
    let copy = Block(zeroed: count >= end ? count : max(end, (count + count / 2) & ~7))
    if let directory {
      copy.copy(directory, 0..<count, to: 0)
      edit.replace(directory)
    }
    copy.store(edit.stamp, at: 0)
    directory = copy
    return copy
  }

  private func ownPage(_ page: Block?, _ edit: inout TableEdit) -> Block {
    if let page, page.word64(at: 0) == edit.stamp { return page }
    let copy: Block
    if let page {
      copy = Block(count: page.count)
      copy.copy(page, 0..<page.count, to: 0)
      edit.retire(page)
    } else {
      copy = Block(zeroed: Self.stampLength + Self.pageLength * 8)
    }
    copy.store(edit.stamp, at: 0)
    return copy
  }
}

/// The numbers of a `BlockList`: the writer's, who hands them out and takes them back.
struct Ordinals: Sendable {
  private var next: UInt32 = 1
  private var free: [UInt32] = []

  mutating func take() -> UInt32 {
    if let ordinal = free.popLast() { return ordinal }
    precondition(next < .max)
    defer { next += 1 }
    return next
  }

  mutating func give(_ ordinal: UInt32) { free.append(ordinal) }
}
