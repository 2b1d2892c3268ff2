// SPDX-License-Identifier: Apache-2.0

/// The blocks that one snapshot has and the next has no more.
///
/// A snapshot holds the list that the change after it will fill, and that list holds the next snapshot's. So a list is
/// let go when no snapshot older than the change is left, and only then its blocks are freed. The writer fills it
/// before it lets go of it; nobody reads it until its end.
final class Retired: @unchecked Sendable {
  private var blocks: [Block] = []
  private var next: Retired?

  /// Puts in the blocks that a change has replaced, and the list of the snapshot that it led to. Once, by the writer.
  func fill(_ blocks: [Block], next: Retired?) {
    precondition(self.blocks.isEmpty && self.next == nil)
    self.blocks = blocks
    self.next = next
  }

  deinit {
    for block in blocks { block.deallocate() }
    // One after the other: a chain of a million changes would be as many nested calls.
    var list = next.take()
    while list != nil, isKnownUniquelyReferenced(&list) {
      let after = list?.next.take()
      list = after
    }
  }
}

/// A change of the tables on its way: what is its own, and what it has replaced.
struct TableEdit {
  /// Marks the pages that this change has made, which it may still write. No other change has the same.
  let stamp: UInt64
  private(set) var retired: [Block] = []

  init(stamp: UInt64) { self.stamp = stamp }

  /// A snapshot may still lead to `block`; when there is none left, it goes.
  mutating func retire(_ block: Block) { retired.append(block) }

  /// Lets a page of a table go, whose stamp is its first word.
  mutating func replace(_ page: Block) {
    if page.word64(at: 0) == stamp { page.deallocate() } else { retired.append(page) }
  }
}
