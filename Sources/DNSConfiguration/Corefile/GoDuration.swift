// SPDX-License-Identifier: Apache-2.0

/// Spans of time as Corefiles write them: `5s`, `1m30s`, `500ms`, `1.5h`.
enum GoDuration {
  private static let units: [(name: String, milliseconds: Double)] = [
    ("ns", 0.000_001), ("us", 0.001), ("µs", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
  ]
  /// The longest that is taken: ten years.
  private static let limit = 10.0 * 365 * 86_400_000

  /// nil where it is not exactly that.
  static func milliseconds(_ text: String) -> Int? {
    if text == "0" { return 0 }
    var rest = text[...]
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      guard let unit = units.first(where: { $0.name == name }) else { return nil }
      rest = rest.dropFirst(name.count)
      total += number * unit.milliseconds
    }
    return total <= limit ? Int(total) : nil
  }

  /// In whole seconds, rounded up, so that something short does not become nothing.
  static func seconds(_ text: String) -> Int? { milliseconds(text).map { ($0 + 999) / 1000 } }
}
