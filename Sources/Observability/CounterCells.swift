// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// A row of counters that many threads read, and that are cheap to add to.
///
/// With one writer an addition is a load and a store: no locked instruction, nothing shared that another core writes.
/// Give each thread that counts often cells of its own, and sum when somebody asks.
public final class CounterCells<let count: Int>: Sendable {
  @usableFromInline let cells: InlineArray<count, Atomic<UInt64>>

  package init() { cells = InlineArray { _ in Atomic(0) } }

  // Inlinable, and public because the compiler carries no `package` function into other modules: counting is a few
  // instructions in the middle of others, and the row's length has to be known there.

  /// For the one thread that writes to these cells.
  @inlinable @inline(__always)
  public func add(_ amount: UInt64 = 1, at index: Int) {
    cells[index].store(cells[index].load(ordering: .relaxed) &+ amount, ordering: .relaxed)
  }

  /// For cells that several threads write to.
  @inlinable
  public func addShared(_ amount: UInt64 = 1, at index: Int) {
    cells[index].wrappingAdd(amount, ordering: .relaxed)
  }

  package subscript(_ index: Int) -> UInt64 { cells[index].load(ordering: .relaxed) }

  /// The counters in `range`.
  package func values(_ range: Range<Int>) -> [UInt64] { range.map { self[$0] } }
}

/// A counter or gauge that any thread may change, for things that happen seldom.
package final class SharedNumber: Sendable {
  private let number: Atomic<Int64>

  package init(_ value: Int64 = 0) { number = Atomic(value) }

  package var value: Int64 { number.load(ordering: .relaxed) }

  package func add(_ amount: Int64 = 1) { number.wrappingAdd(amount, ordering: .relaxed) }

  package func set(_ value: Int64) { number.store(value, ordering: .relaxed) }
}
