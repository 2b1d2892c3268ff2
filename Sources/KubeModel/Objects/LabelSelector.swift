// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A set of requirements on labels; an object matches where it fulfils all of them.
///
/// Source: "Labels and Selectors" of the Kubernetes documentation.
package struct LabelSelector: Sendable, Hashable {
  package enum Requirement: Sendable, Hashable {
    case equals(String, String)
    case notEquals(String, String)
    case oneOf(String, [String])
    case noneOf(String, [String])
    case exists(String)
    case absent(String)

    func matches(_ labels: [String: String]) -> Bool {
      switch self {
      case .equals(let key, let value): labels[key] == value
      case .notEquals(let key, let value): labels[key] != value
      case .oneOf(let key, let values): labels[key].map(values.contains) ?? false
      case .noneOf(let key, let values): !(labels[key].map(values.contains) ?? false)
      case .exists(let key): labels[key] != nil
      case .absent(let key): labels[key] == nil
      }
    }
  }

  package var requirements: [Requirement]

  package init(_ requirements: [Requirement] = []) {
    self.requirements = requirements
  }

  /// The plain form of a Service's selector: each entry must be equal.
  package init(labels: [String: String]) {
    requirements = labels.sorted { $0.key < $1.key }.map { .equals($0.key, $0.value) }
  }

  /// The `matchLabels` and `matchExpressions` form of workloads; nil where the value holds an unknown operator.
  package init?(json: JSONValue) {
    self.init(labels: json["matchLabels"]?.stringMap ?? [:])
    for expression in json["matchExpressions"]?.array ?? [] {
      guard let key = expression["key"]?.string else { return nil }
      let values = expression["values"]?.array?.compactMap(\.string) ?? []
      switch expression["operator"]?.string {
      case "In": requirements.append(.oneOf(key, values))
      case "NotIn": requirements.append(.noneOf(key, values))
      case "Exists": requirements.append(.exists(key))
      case "DoesNotExist": requirements.append(.absent(key))
      default: return nil
      }
    }
  }

  package var isEmpty: Bool { requirements.isEmpty }

  package func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { $0.matches(labels) }
  }
}

extension LabelSelector {
  /// Reads the text form of requests: `app=web,tier in (a,b),!canary,env!=dev`.
  ///
  /// - Throws: a sentence that says which part is not understood.
  package init(text: String) throws(SelectorSyntaxError) {
    self.init()
    for part in Self.split(text) {
      requirements.append(try Self.requirement(part))
    }
  }

  /// Splits at commas outside parentheses.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = []
    var current = ""
    var depth = 0
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(current)
        current = ""
      } else {
        current.append(character)
      }
    }
    parts.append(current)
    return parts.map(\.trimmed).filter { !$0.isEmpty }
  }

  private static func requirement(_ part: String) throws(SelectorSyntaxError) -> Requirement {
    if part.hasPrefix("!") { return .absent(try key(String(part.dropFirst()), in: part)) }
    if let range = part.firstRange(of: "!=") {
      return .notEquals(try key(String(part[..<range.lowerBound]), in: part), String(part[range.upperBound...]).trimmed)
    }
    if let range = part.firstRange(of: "==") ?? part.firstRange(of: "=") {
      return .equals(try key(String(part[..<range.lowerBound]), in: part), String(part[range.upperBound...]).trimmed)
    }
    for (word, isIn) in [(" notin ", false), (" notin(", false), (" in ", true), (" in(", true)] {
      guard let range = part.firstRange(of: word) else { continue }
      let name = try key(String(part[..<range.lowerBound]), in: part)
      let list = part[range.upperBound...].drop { $0 == " " || $0 == "(" }
      guard list.hasSuffix(")") else { throw SelectorSyntaxError(part: part, problem: "expected '(value, …)'") }
      let values = list.dropLast().split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
      return isIn ? .oneOf(name, values) : .noneOf(name, values)
    }
    return .exists(try key(part, in: part))
  }

  private static func key(_ text: String, in part: String) throws(SelectorSyntaxError) -> String {
    let key = text.trimmed
    if let problem = ValueFormat.qualifiedName.problem(of: key) {
      throw SelectorSyntaxError(part: part, problem: problem)
    }
    return key
  }
}

/// A part of a selector's text that cannot be read.
package struct SelectorSyntaxError: Error, Sendable, CustomStringConvertible {
  package var part: String
  package var problem: String
  package var description: String { "unable to parse requirement \"\(part)\": \(problem)" }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
