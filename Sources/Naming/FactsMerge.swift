// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The facts of a Service after a change: what its records hold, and what was told. For one Service after the other, in
/// memory that it keeps.
struct FactsMerge: ~Copyable {
  private(set) var service: FactsSource?
  /// In order of name.
  private(set) var slices: [ServiceRecordsBuilder.Slice] = []
  /// Slices that the Service has not had, or has no more.
  private(set) var added: [ChangeBatch.SliceName] = []
  private(set) var removed: [ChangeBatch.SliceName] = []
  /// Whether nothing is new.
  private(set) var isSame = true
  /// The slices that were told of, in order of name, the last of each: into the batch's `slices`.
  private var told: [Int] = []

  /// Slices beyond which the memory for a Service is not kept for the next.
  private static let keptSlices = 1024

  /// - Parameter last: the records of the Service so far.
  mutating func merge(
    _ change: ChangeBatch.ServiceChange, of batch: borrowing ChangeBatch, into last: ServiceRecords?
  ) {
    reset()
    batch.bytes.withBytes { bytes in
      mergeService(change.facts, bytes, last)
      collect(change, batch)
      guard let last else {
        for index in told { add(batch.slices[index]) }
        return
      }
      mergeSlices(batch, bytes, last)
    }
  }

  private mutating func reset() {
    if max(slices.count, told.count) > Self.keptSlices {
      (slices, added, removed, told) = ([], [], [], [])
    } else {
      slices.removeAll(keepingCapacity: true)
      added.removeAll(keepingCapacity: true)
      removed.removeAll(keepingCapacity: true)
      told.removeAll(keepingCapacity: true)
    }
    isSame = true
  }

  private mutating func mergeService(_ new: ChangeBatch.Told, _ bytes: borrowing RawSpan, _ last: ServiceRecords?) {
    service = nil
    if let last, last.flags.contains(.hasService) { service = .block(last.block, last.serviceFacts) }
    switch new {
    case .nothing: break
    case .gone:
      isSame = service == nil
      service = nil
    case .facts(let range):
      isSame = service.map { $0.isEqual(to: range, in: bytes) } ?? false
      service = .batch(range)
    }
  }

  /// Both lists are in order of name.
  private mutating func mergeSlices(
    _ batch: borrowing ChangeBatch, _ bytes: borrowing RawSpan, _ last: ServiceRecords
  ) {
    let block = last.block
    var next = 0
    var offset = last.firstSlice
    while let slice = last.nextSlice(&offset) {
      var order = SliceOrder.after
      while next < told.count {
        order = block.withBytes { SliceOrder(bytes, batch.slices[told[next]].name.name, $0, slice.name) }
        guard order == .before else { break }
        add(batch.slices[told[next]])
        next += 1
      }
      guard next < told.count, order == .same else {
        slices.append(.init(name: .block(block, slice.name), facts: .block(block, slice.facts)))
        continue
      }
      let change = batch.slices[told[next]]
      next += 1
      guard let facts = change.facts else {
        isSame = false
        removed.append(change.name)
        continue
      }
      if !block.holds(bytes, facts, at: slice.facts) { isSame = false }
      slices.append(.init(name: .block(block, slice.name), facts: .batch(facts)))
    }
    while next < told.count {
      add(batch.slices[told[next]])
      next += 1
    }
  }

  /// Adds a slice that the Service has not had. One that is gone it need not lose.
  private mutating func add(_ change: ChangeBatch.SliceChange) {
    guard let facts = change.facts else { return }
    isSame = false
    added.append(change.name)
    slices.append(.init(name: .batch(change.name.name), facts: .batch(facts)))
  }

  /// Fills `told`.
  private mutating func collect(_ change: ChangeBatch.ServiceChange, _ batch: borrowing ChangeBatch) {
    var index = Int(change.firstSlice)
    while index >= 0 {
      told.append(index)
      index = Int(batch.slices[index].next)
    }
    guard told.count > 1 else { return }
    // Of two with one name the one that was told last counts: it comes behind the other, and takes its place.
    told.sort { left, right in
      let order = batch.order(left, right)
      return order == .same ? left < right : order == .before
    }
    var count = 0
    for index in told {
      if count > 0, batch.order(told[count - 1], index) == .same { count -= 1 }
      told[count] = index
      count += 1
    }
    told.removeLast(told.count - count)
  }
}

extension ChangeBatch {
  /// How the names of two of its slices are ordered.
  fileprivate func order(_ left: Int, _ right: Int) -> SliceOrder {
    bytes.withBytes { SliceOrder($0, slices[left].name.name, $0, slices[right].name.name) }
  }
}

/// How the names of two slices are ordered.
private enum SliceOrder {
  case before, same, after

  init(_ left: borrowing RawSpan, _ own: Range<Int>, _ right: borrowing RawSpan, _ other: Range<Int>) {
    for index in 0..<min(own.count, other.count) {
      let (mine, yours) = (left.octet(own.lowerBound + index), right.octet(other.lowerBound + index))
      if mine != yours {
        self = mine < yours ? .before : .after
        return
      }
    }
    self = own.count == other.count ? .same : own.count < other.count ? .before : .after
  }
}

extension RawSpan {
  fileprivate func octet(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
