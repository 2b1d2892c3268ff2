// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Octets that go into the records of a Service.
enum FactsSource {
  /// Just told: where they are in the batch of changes.
  case batch(Range<Int>)
  /// Kept from the last records.
  case block(Block, Range<Int>)

  var count: Int {
    switch self {
    case .batch(let range), .block(_, let range): range.count
    }
  }

  /// Whether these are the octets of the batch in `told`.
  func isEqual(to told: Range<Int>, in batch: borrowing RawSpan) -> Bool {
    switch self {
    case .batch(let range):
      range.count == told.count
        && batch.isEqual(at: range.lowerBound, to: batch, at: told.lowerBound, count: told.count)
    case .block(let block, let range): block.holds(batch, told, at: range)
    }
  }
}

extension GrowingBytes {
  /// - Parameter batch: the octets of the batch of changes.
  mutating func append(_ source: FactsSource, of batch: borrowing RawSpan) {
    switch source {
    case .batch(let range): append(batch, range)
    case .block(let block, let range): block.withBytes { append($0, range) }
    }
  }
}
