// SPDX-License-Identifier: Apache-2.0

/// A rule for one value, whatever the rest of the object says.
package enum ValueRule: Sendable {
  /// One of these strings.
  case oneOf([String])
  /// An integer in this range.
  case range(ClosedRange<Int64>)
  case format(ValueFormat)
  /// For a list or map: at most this many elements.
  case atMost(Int)
  /// For a list: at least one element.
  case notEmpty

  /// What is wrong with the value, or nil.
  package func violation(by value: JSONValue, at path: FieldPath) -> FieldError? {
    switch (self, value) {
    case (.oneOf(let allowed), .string(let text)):
      return allowed.contains(text) ? nil : .notSupported(path, value, allowed)
    case (.range(let range), .int(let number)):
      if range.contains(number) { return nil }
      let bounds =
        range.upperBound == .max
        ? "must be greater than or equal to \(range.lowerBound)"
        : "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
      return .invalid(path, value, bounds)
    case (.format(let format), .string(let text)):
      return format.problem(of: text).map { .invalid(path, value, $0) }
    case (.atMost(let limit), .array(let elements)):
      if elements.count <= limit { return nil }
      return FieldError(.tooMany, path, "Too many: \(elements.count): must have at most \(limit) items")
    case (.notEmpty, .array(let elements)):
      return elements.isEmpty ? .required(path) : nil
    default: return nil
    }
  }
}

extension ValueRule {
  /// A port number, 1 to 65535.
  package static let port = ValueRule.range(1...65535)
  /// Zero or more.
  package static let nonNegative = ValueRule.range(0 ... .max)
  /// TCP, UDP or SCTP.
  package static let transportProtocol = ValueRule.oneOf(["TCP", "UDP", "SCTP"])
}
