// SPDX-License-Identifier: Apache-2.0

/// Writes Prometheus' text format, version 0.0.4: a family after the other, each once.
package struct MetricsText: Sendable {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package enum Kind: String, Sendable { case counter, gauge, histogram }

  /// Names and values in their order; values are any text.
  package typealias Labels = [(name: String, value: String)]

  package private(set) var text = ""
  private var families: Set<String> = []
  private var family = ""

  package init() {}

  /// Begins a family; what is written until the next one belongs to it.
  /// - Parameters:
  ///   - name: without the `_bucket`, `_sum`, `_count` of a histogram. A name that was used before is a mistake of the
  ///     program's.
  ///   - help: one line.
  package mutating func begin(_ name: String, _ kind: Kind, help: String) {
    precondition(families.insert(name).inserted, "\(name) is written twice")
    family = name
    text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// A counter's or gauge's value.
  package mutating func sample(_ labels: Labels, _ value: Double) {
    line(family, labels, Self.number(value))
  }

  package mutating func sample(_ labels: Labels, _ value: some BinaryInteger) {
    line(family, labels, "\(value)")
  }

  package mutating func histogram(_ labels: Labels = [], _ bounds: HistogramBounds, _ counts: HistogramCounts) {
    var total: UInt64 = 0
    for (bucket, count) in counts.buckets.enumerated() {
      total += count
      let bound = bucket < bounds.bounds.count ? Self.number(bounds.bounds[bucket]) : "+Inf"
      line(family + "_bucket", labels + [("le", bound)], "\(total)")
    }
    line(family + "_sum", labels, Self.number(counts.sum))
    line(family + "_count", labels, "\(total)")
  }

  private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  /// The shortest text that reads as the same number; whole numbers without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

/// Something that has metrics. Asked at each scrape, on any thread.
package protocol MetricsSource: Sendable {
  /// Writes families of its own.
  func writeMetrics(to text: inout MetricsText)
}
