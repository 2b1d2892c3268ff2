// SPDX-License-Identifier: Apache-2.0

/// An amount with an optional suffix: `500m`, `1.5`, `2Gi`, `1e3`.
///
/// Source: the Kubernetes quantity grammar. The text is kept; the value is exact in thousandths up to 9.2 × 10¹⁵.
package struct Quantity: Sendable, Hashable {
  package let text: String
  /// The amount in thousandths, rounded up as Kubernetes does; saturates at the 64-bit limits.
  package let milli: Int64

  /// Reads a quantity; nil where the text is none.
  package init?(_ text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "+" || $0 == "-") }
    let suffix = text.dropFirst(number.count)
    guard let value = Double(number), !number.isEmpty, number.last != ".", let factor = Self.factor(suffix) else { return nil }
    self.text = text
    let milli = (value * factor * 1000).rounded(.up)
    self.milli = Int64(exactly: milli) ?? (value < 0 ? .min : .max)
  }

  /// The amount in whole units, rounded up.
  package var units: Int64 { milli / 1000 + (milli % 1000 > 0 ? 1 : 0) }

  private static func factor(_ suffix: Substring) -> Double? {
    switch suffix {
    case "": return 1
    case "n": return 1e-9
    case "u": return 1e-6
    case "m": return 1e-3
    case "k": return 1e3
    case "M": return 1e6
    case "G": return 1e9
    case "T": return 1e12
    case "P": return 1e15
    case "E": return 1e18
    case "Ki": return 1024
    case "Mi": return 1_048_576
    case "Gi": return 1_073_741_824
    case "Ti": return 1_099_511_627_776
    case "Pi": return 1_125_899_906_842_624
    case "Ei": return 1_152_921_504_606_846_976
    default:
      guard let e = suffix.first, e == "e" || e == "E", let exponent = Int(suffix.dropFirst()), abs(exponent) <= 18 else {
        return nil
      }
      var factor = 1.0
      for _ in 0..<abs(exponent) { factor = exponent < 0 ? factor / 10 : factor * 10 }
      return factor
    }
  }

  package static func problem(_ text: String) -> String {
    "\"\(text)\" is not a quantity: write a number with an optional suffix such as m, k, M, G, Ki, Mi or Gi"
  }
}
