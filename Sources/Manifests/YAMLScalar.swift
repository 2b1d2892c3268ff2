// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What a plain (unquoted) YAML scalar means.
///
/// Kubernetes reads manifests by the rules of YAML 1.1 for booleans and octal numbers and by those of 1.2 for the
/// rest: `yes`, `on` and `y` are true, `012` is ten, a date or `12:30:45` stays a string. A manifest must mean the same
/// here and there, so these rules are kubectl's (measured with 1.32), not those of either YAML version.
enum YAMLScalar {
  private static let words: [String: JSONValue] = {
    var words: [String: JSONValue] = ["": .null, "~": .null]
    func add(_ value: JSONValue, _ names: String...) {
      for name in names {
        words[name] = value
        words[name.prefix(1).uppercased() + name.dropFirst()] = value
        words[name.uppercased()] = value
      }
    }
    add(.bool(true), "true", "yes", "on", "y")
    add(.bool(false), "false", "no", "off", "n")
    add(.null, "null")
    return words
  }()

  /// - Returns: nil for a number that JSON cannot hold (infinity, not a number).
  static func value(ofPlain text: String) -> JSONValue? {
    if let word = words[text] { return word }
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      return number(text)
    default: return .string(text)
    }
  }

  private static func number(_ text: String) -> JSONValue? {
    let unsigned = text.drop { $0 == "+" || $0 == "-" }
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(unsigned)) { return nil }
    guard text.count - unsigned.count <= 1 else { return .string(text) }
    let digits = text.replacing("_", with: "")
    if let integer = integer(digits) { return .int(integer) }
    if isFloat(digits), let double = Double(digits.hasSuffix(".") ? digits + "0" : digits) {
      return double.isFinite ? .double(double) : .string(text)
    }
    return .string(text)
  }

  /// Decimal, `0b101`, `0o17`, `0x1F` and octal as `017`.
  private static func integer(_ digits: String) -> Int64? {
    let isNegative = digits.hasPrefix("-")
    let magnitude = digits.drop { $0 == "+" || $0 == "-" }
    var radix = 10
    var rest = magnitude
    for (prefix, base) in [("0b", 2), ("0o", 8), ("0x", 16), ("0X", 16), ("0B", 2), ("0O", 8)]
    where magnitude.hasPrefix(prefix) {
      radix = base
      rest = magnitude.dropFirst(2)
    }
    if radix == 10, magnitude.count > 1, magnitude.hasPrefix("0") { radix = 8 }
    guard let first = rest.first, first != "-", first != "+" else { return nil }
    return Int64((isNegative ? "-" : "") + rest, radix: radix)
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func isFloat(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func skipDigits() -> Bool {
      let count = rest.count
      rest = rest.drop { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      return rest.count < count
    }
    func skip(_ allowed: String) -> Bool {
      guard let first = rest.first, allowed.utf8.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = skip("+-")
    let hasWhole = skipDigits()
    let hasPoint = skip(".")
    let hasFraction = hasPoint && skipDigits()
    guard hasWhole || hasFraction else { return false }
    if skip("eE") {
      _ = skip("+-")
      guard skipDigits() else { return false }
    }
    return rest.isEmpty
  }
}
