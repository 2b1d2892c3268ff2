// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Naming

@Suite("Tables whose copies share what did not change")
struct SlotTableTests {
  private static func contents(_ table: SlotTable, _ hashes: Set<UInt32>) -> [UInt32: [UInt32]] {
    hashes.reduce(into: [:]) { all, hash in
      var found: [UInt32] = []
      table.forEach(hash) { found.append($0) }
      if !found.isEmpty { all[hash] = found.sorted() }
    }
  }

  @Test("Random entries come and go; copies stay what they were", arguments: [1, 2, 3] as [UInt64])
  func random(seed: UInt64) {
    var generator = ModelTests.Generator(state: seed)
    var table = SlotTable()
    var model: [UInt32: [UInt32]] = [:]
    var copies: [(table: SlotTable, contents: [UInt32: [UInt32]])] = []
    var retired: [Block] = []
    // Few hashes at both ends, so that pages fill, wrap round and hold equal hashes.
    let hashes = Set((0..<60).map { UInt32($0) } + (0..<60).map { UInt32.max - $0 } + (0..<300).map { $0 << 22 })
    for round in 1...60 {
      var edit = TableEdit(stamp: UInt64(round))
      if round % 7 == seed % 7 { table.reserve(Int.random(in: 1024...2000, using: &generator), &edit) }
      for _ in 0..<Int.random(in: 1...200, using: &generator) {
        let hash = hashes.randomElement(using: &generator)!
        if Int.random(in: 0..<5, using: &generator) < (round < 40 ? 4 : 1) {
          let ordinal = UInt32.random(in: 1...9, using: &generator)
          table.insert(hash, ordinal, &edit)
          model[hash, default: []].append(ordinal)
        } else {
          let ordinal = model[hash]?.last ?? 3
          table.remove(hash, ordinal, &edit)
          _ = model[hash]?.popLast()
          if model[hash]?.isEmpty == true { model[hash] = nil }
        }
      }
      retired += edit.retired
      let contents = model.mapValues { $0.sorted() }
      if round % 5 == 0 { #expect(Self.contents(table, hashes) == contents) }
      #expect(table.count == contents.values.reduce(0) { $0 + $1.count })
      if round % 20 == 0 { copies.append((table, contents)) }
    }
    for copy in copies { #expect(Self.contents(copy.table, hashes) == copy.contents) }
    var last = TableEdit(stamp: 1000)
    table.retireAll(&last)
    #expect(Set((retired + last.retired).map(\.word)).count == retired.count + last.retired.count, "each block once")
    for block in retired + last.retired { block.deallocate() }
  }

  @Test("Places in a Service's tables spread over all of it", arguments: [1, 7, 24, 6001])
  func places(count: Int) {
    let places = (0..<count).map { number in
      ServiceRecords.slot((UInt64(number) << 32 + 1 << 31) / UInt64(count), of: count)
    }
    #expect(places == Array(0..<count))
    #expect(ServiceRecords.slot(.max, of: count) == count - 1)
  }

  @Test("Blocks by number: pages are shared, and what is replaced is retired once")
  func blockList() {
    var list = BlockList()
    var edit = TableEdit(stamp: 1)
    for ordinal in 1...1000 as ClosedRange<UInt32> { list.set(ordinal, Block(zeroed: Int(ordinal)), &edit) }
    let before = list
    let first = edit.retired
    edit = TableEdit(stamp: 2)
    list.set(500, Block(zeroed: 7), &edit)
    list.set(501, nil, &edit)
    #expect(list[500]?.count == 7 && list[501] == nil && list[502]?.count == 502)
    #expect(before[500]?.count == 500 && before[501]?.count == 501)
    #expect(list[0] == nil && list[5000] == nil)
    #expect(edit.retired.count == 4)  // Two blocks, one page, the directory.
    var rest = TableEdit(stamp: 3)
    list.retireAll(&rest)
    for block in first + edit.retired + rest.retired { block.deallocate() }
  }
}
