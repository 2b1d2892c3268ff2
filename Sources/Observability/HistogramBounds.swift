// SPDX-License-Identifier: Apache-2.0

/// The upper bounds of a histogram's buckets, in the unit that is observed; one more bucket takes what is above.
package struct HistogramBounds: Hashable, Sendable {
  package let bounds: [Double]

  /// - Parameter bounds: growing.
  package init(_ bounds: [Double]) { self.bounds = bounds }

  /// `count` bounds: `first`, then each `factor` times the last.
  package static func exponential(first: Double, factor: Double = 2, count: Int) -> HistogramBounds {
    var bound = first
    return HistogramBounds(
      (0..<count).map { _ in
        defer { bound *= factor }
        return bound
      })
  }

  /// Buckets in all.
  package var bucketCount: Int { bounds.count + 1 }

  /// The bucket for `value`: the first whose bound is not below it.
  package func bucket(_ value: Double) -> Int {
    var bucket = 0
    while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
    return bucket
  }
}

/// What a histogram has counted.
package struct HistogramCounts: Hashable, Sendable {
  /// One for each bucket, not added up.
  package var buckets: [UInt64]
  package var sum: Double

  package init(buckets: [UInt64], sum: Double) {
    self.buckets = buckets
    self.sum = sum
  }

  package init(_ bounds: HistogramBounds) { self.init(buckets: Array(repeating: 0, count: bounds.bucketCount), sum: 0) }

  package var count: UInt64 { buckets.reduce(0, +) }

  package static func += (left: inout HistogramCounts, right: HistogramCounts) {
    for index in left.buckets.indices { left.buckets[index] += right.buckets[index] }
    left.sum += right.sum
  }
}
