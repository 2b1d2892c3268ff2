// SPDX-License-Identifier: Apache-2.0

/// A hash table with value semantics whose copies share what did not change: a hash trie, four bits a level. A change
/// after a copy rewrites the few small arrays on the way to one leaf; without a copy it happens in place.
///
/// It maps a 64-bit hash to any number of elements; whoever looks something up checks that it is the right one.
struct PersistentTable<Element: AnyObject & Sendable>: Sendable {
  private struct Entry: Sendable {
    let hash: UInt64
    let element: Element
  }

  private enum Node: Sendable {
    case leaf([Entry])
    /// Always `fanOut` children.
    case branch([Node])
  }

  private static var bitsPerLevel: Int { 4 }
  private static var fanOut: Int { 16 }
  /// A fuller leaf becomes a branch, but at the bottom, where all bits are used.
  private static var leafCapacity: Int { 8 }

  private var root = Node.leaf([])
  private(set) var count = 0

  init() {}

  /// The first element under `hash` that `matches`.
  @inline(__always)
  func first(_ hash: UInt64, where matches: (Element) -> Bool) -> Element? {
    var node = root
    var bits = hash
    while case .branch(let children) = node {
      node = children[Int(truncatingIfNeeded: bits) & (Self.fanOut - 1)]
      bits >>= UInt64(Self.bitsPerLevel)
    }
    guard case .leaf(let entries) = node else { return nil }
    for index in entries.indices where entries[index].hash == hash && matches(entries[index].element) {
      return entries[index].element
    }
    return nil
  }

  /// Calls `body` with each element under `hash`.
  func forEach(_ hash: UInt64, _ body: (Element) -> Void) {
    _ = first(hash) { element in
      body(element)
      return false
    }
  }

  mutating func insert(_ element: Element, hash: UInt64) {
    Self.insert(Entry(hash: hash, element: element), into: &root, level: 0)
    count += 1
  }

  /// Removes the very object `element`, if it is there.
  mutating func remove(_ element: Element, hash: UInt64) {
    if Self.remove(Entry(hash: hash, element: element), from: &root, level: 0) { count -= 1 }
  }

  private static func child(_ hash: UInt64, _ level: Int) -> Int {
    Int(truncatingIfNeeded: hash >> UInt64(level * bitsPerLevel)) & (fanOut - 1)
  }

  private static func insert(_ entry: Entry, into node: inout Node, level: Int) {
    switch node {
    case .branch(var children):
      node = .leaf([])  // So that `children` is the only reference and is changed in place.
      insert(entry, into: &children[child(entry.hash, level)], level: level + 1)
      node = .branch(children)
    case .leaf(var entries):
      node = .leaf([])
      entries.append(entry)
      if entries.count > leafCapacity, (level + 1) * bitsPerLevel <= UInt64.bitWidth {
        var children = [Node](repeating: .leaf([]), count: fanOut)
        for entry in entries { insert(entry, into: &children[child(entry.hash, level)], level: level + 1) }
        node = .branch(children)
      } else {
        node = .leaf(entries)
      }
    }
  }

  private static func remove(_ entry: Entry, from node: inout Node, level: Int) -> Bool {
    switch node {
    case .branch(var children):
      node = .leaf([])
      let found = remove(entry, from: &children[child(entry.hash, level)], level: level + 1)
      node = .branch(children)
      return found
    case .leaf(var entries):
      guard let index = entries.firstIndex(where: { $0.hash == entry.hash && $0.element === entry.element }) else {
        return false
      }
      node = .leaf([])
      entries.remove(at: index)
      node = .leaf(entries)
      return true
    }
  }
}
