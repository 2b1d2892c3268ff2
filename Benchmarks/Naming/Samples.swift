// SPDX-License-Identifier: Apache-2.0

/// Times of the same thing, done many times.
struct Samples {
  private var nanoseconds: [Double] = []

  mutating func time(_ body: () throws -> Void) rethrows {
    let duration = try ContinuousClock().measure(body).components
    nanoseconds.append(Double(duration.seconds) * 1e9 + Double(duration.attoseconds) / 1e9)
  }

  /// Microseconds below which this share of the samples is.
  func microseconds(_ share: Double) -> Double {
    let sorted = nanoseconds.sorted()
    return sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)] / 1000
  }
}

/// One line of the result.
struct Figure {
  enum Bar {
    /// Missing it fails the run: it does not depend on the machine.
    case hard(Double)
    /// A time: shown beside the figure.
    case time(Double)
    case none
  }

  var title: String
  var value: Double
  var unit: String
  var bar: Bar
  var note = ""

  var isHeld: Bool {
    if case .hard(let limit) = bar { return value <= limit }
    return true
  }

  var row: String {
    let limit: String
    switch bar {
    case .hard(let bar): limit = "≤ \(Self.text(bar))" + (value <= bar ? "" : ", missed")
    case .time(let bar): limit = "≤ \(Self.text(bar)) (\(Self.text(value / bar)) of it)"
    case .none: limit = "–"
    }
    return "| \(title) | \(Self.text(value)) \(unit) | \(limit) | \(note) |"
  }

  static func text(_ value: Double) -> String {
    value >= 100 ? String(Int(value.rounded())) : String((value * 100).rounded() / 100)
  }
}
