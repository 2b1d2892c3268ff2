// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A rule for one value, whatever the rest of the object says.
package indirect enum ValueRule: Sendable {
  /// One of these strings.
  case oneOf([String])
  /// An integer in this range. For an integer or a string, the string is left alone.
  case range(ClosedRange<Int64>)
  case format(ValueFormat)
  /// For a list or map: at most this many elements.
  case atMost(Int)
  /// For a string: at most this many octets.
  case textAtMost(Int)
  /// For a list: at least one element.
  case notEmpty
  /// For a list: the elements differ in the values of these members; without members, in themselves.
  case unique([String])
  /// For a list: the rule holds for each element.
  case elements(ValueRule)
  /// For a map: its keys have this format.
  case keys(ValueFormat)
  /// For a map: the rule holds for each value.
  case values(ValueRule)

  /// Reports what is wrong with the value.
  package func check(_ value: JSONValue, at path: FieldPath, into errors: inout [FieldError]) {
    switch (self, value) {
    case (.oneOf(let allowed), .string(let text)):
      if !allowed.contains(text) { errors.append(.notSupported(path, value, allowed)) }
    case (.range(let range), .int(let number)):
      if !range.contains(number) { errors.append(.invalid(path, value, Self.bounds(range))) }
    case (.format(let format), .string(let text)):
      if let problem = format.problem(of: text) { errors.append(.invalid(path, value, problem)) }
    case (.atMost(let limit), .array(let elements)):
      if elements.count > limit { errors.append(.tooMany(path, elements.count, limit)) }
    case (.atMost(let limit), .object(let members)):
      if members.count > limit { errors.append(.tooMany(path, members.count, limit)) }
    case (.textAtMost(let limit), .string(let text)):
      if text.utf8.count > limit { errors.append(.tooLong(path, limit)) }
    case (.notEmpty, .array(let elements)):
      if elements.isEmpty { errors.append(.required(path)) }
    case (.unique(let members), .array(let elements)):
      Self.reportDuplicates(in: elements, by: members, at: path, into: &errors)
    case (.elements(let rule), .array(let elements)):
      for (index, element) in elements.enumerated() {
        rule.check(element, at: path.appending(index: index), into: &errors)
      }
    case (.keys(let format), .object(let members)):
      for key in members.keys {
        if let problem = format.problem(of: key) { errors.append(.invalid(path, .string(key), problem)) }
      }
    case (.values(let rule), .object(let members)):
      for (key, value) in members { rule.check(value, at: path.appending(key: key), into: &errors) }
    default: break
    }
  }

  private static func bounds(_ range: ClosedRange<Int64>) -> String {
    range.upperBound == .max
      ? "must be greater than or equal to \(range.lowerBound)"
      : "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
  }

  private static func reportDuplicates(
    in elements: [JSONValue], by members: [String], at path: FieldPath, into errors: inout [FieldError]
  ) {
    var seen: Set<[JSONValue?]> = []
    for (index, element) in elements.enumerated() {
      let identity = members.isEmpty ? [element] : members.map { element[$0] }
      // An element that lacks what tells it apart is reported as such, not as a duplicate.
      if identity.contains(where: { $0 == nil }) || seen.insert(identity).inserted { continue }
      let place = path.appending(index: index)
      switch members.count {
      case 0: errors.append(.duplicate(place, element))
      case 1: errors.append(.duplicate(place.appending(members[0]), element[members[0]] ?? .null))
      default:
        let found = members.compactMap { member in element[member].map { (member, $0) } }
        errors.append(.duplicate(place, .object(JSONObject(uniqueKeysWithValues: found))))
      }
    }
  }
}

extension ValueRule {
  /// A port number, 1 to 65535.
  package static let port = ValueRule.range(1...65535)
  /// Zero or more.
  package static let nonNegative = ValueRule.range(0 ... .max)
  /// One or more.
  package static let positive = ValueRule.range(1 ... .max)
  /// Seconds that a pod, or a hook of it, has to end.
  package static let gracePeriod = ValueRule.range(0...DeleteOptions.gracePeriodLimit)
  /// TCP, UDP or SCTP.
  package static let transportProtocol = ValueRule.oneOf(["TCP", "UDP", "SCTP"])
  /// The mode bits of a file, 0 to 0777.
  package static let fileMode = ValueRule.range(0...0o777)
  /// Whether images are pulled before each start.
  package static let pullPolicy = ValueRule.oneOf(["Always", "IfNotPresent", "Never"])
  /// The status of a condition.
  package static let conditionStatus = ValueRule.oneOf(["True", "False", "Unknown"])
}
