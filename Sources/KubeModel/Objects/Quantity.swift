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
    guard let number = DecimalDigits(text), let scale = Scale(suffix: text.utf8.dropFirst(number.length)) else {
      return nil
    }
    self.text = text
    milli = number.milli(scale)
  }

  /// The amount in whole units, rounded up.
  package var units: Int64 { milli / 1000 + (milli % 1000 > 0 ? 1 : 0) }

  package static func problem(_ text: String) -> String {
    "\"\(text)\" is not a quantity: write a number with an optional suffix such as m, k, M, G, Ki, Mi or Gi"
  }

  /// What a suffix multiplies by: powers of two and of ten.
  fileprivate struct Scale {
    var binaryExponent = 0
    var decimalExponent = 0

    /// The greatest exponent that may be written out, as in `1e18`.
    private static let maximumExponent = 18

    init?(suffix: Substring.UTF8View) {
      switch String(Substring(suffix)) {
      case "": break
      case "n": decimalExponent = -9
      case "u": decimalExponent = -6
      case "m": decimalExponent = -3
      case "k": decimalExponent = 3
      case "M": decimalExponent = 6
      case "G": decimalExponent = 9
      case "T": decimalExponent = 12
      case "P": decimalExponent = 15
      case "E": decimalExponent = 18
      case "Ki": binaryExponent = 10
      case "Mi": binaryExponent = 20
      case "Gi": binaryExponent = 30
      case "Ti": binaryExponent = 40
      case "Pi": binaryExponent = 50
      case "Ei": binaryExponent = 60
      case let written:
        guard let e = written.first, e == "e" || e == "E", let exponent = Int(written.dropFirst()),
          (-Self.maximumExponent...Self.maximumExponent).contains(exponent)
        else { return nil }
        decimalExponent = exponent
      }
    }
  }

  /// The number at the start of a quantity, in exact digits.
  fileprivate struct DecimalDigits {
    /// Digits that count. With these, 2⁶⁰ times the number still fits 128 bits.
    private static let maximumDigits = 20

    /// Octets of the text that belong to the number.
    private(set) var length = 0
    private var isNegative = false
    private var digits: UInt128 = 0
    /// The power of ten that the digits are multiplied by.
    private var exponent = 0
    /// Whether digits other than zero were left off.
    private var isCut = false

    init?(_ text: String) {
      var hasDigit = false
      var isFraction = false
      var last: UInt8 = 0
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
          // A sign anywhere else belongs to the suffix, as in 1e-3.
          guard length == 0 else { return nil }
          isNegative = byte == UInt8(ascii: "-")
        case UInt8(ascii: "."):
          if isFraction { return nil }
          isFraction = true
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
          hasDigit = true
          append(byte - UInt8(ascii: "0"), isFraction: isFraction)
        default:
          guard hasDigit, last != UInt8(ascii: ".") else { return nil }
          return
        }
        last = byte
        length += 1
      }
      guard hasDigit, last != UInt8(ascii: ".") else { return nil }
    }

    private mutating func append(_ digit: UInt8, isFraction: Bool) {
      if digits >= Self.power(of: 10, Self.maximumDigits - 1) {
        if digit > 0 { isCut = true }
        if !isFraction { exponent = min(exponent + 1, 1000) }
        return
      }
      digits = digits * 10 + UInt128(digit)
      if isFraction { exponent -= 1 }
    }

    /// The number times its scale in thousandths, rounded up.
    func milli(_ scale: Scale) -> Int64 {
      let power = exponent + scale.decimalExponent + 3
      var value = digits << UInt128(scale.binaryExponent)
      var isInexact = isCut
      if power >= 0 {
        // More than 38 decimal places do not fit 128 bits, so they saturate where there is a digit at all.
        let (product, overflow) = value.multipliedReportingOverflow(by: Self.power(of: 10, min(power, 38)))
        value = overflow || (power > 38 && digits > 0) ? .max : product
      } else if power < -38 {
        isInexact = isInexact || value > 0
        value = 0
      } else {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: Self.power(of: 10, -power))
        isInexact = isInexact || remainder > 0
        value = quotient
      }
      if isNegative { return value > UInt128(Int64.max) ? .min : -Int64(value) }
      if value >= UInt128(Int64.max) { return .max }
      return Int64(value) + (isInexact ? 1 : 0)
    }

    private static func power(of base: UInt128, _ exponent: Int) -> UInt128 {
      (0..<exponent).reduce(1) { product, _ in product * base }
    }
  }
}
