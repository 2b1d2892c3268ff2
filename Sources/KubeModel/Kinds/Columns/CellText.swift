// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The texts that several tables share.
enum CellText {
  static let none = "<none>"
  static let unknown = "<unknown>"
  static let unset = "<unset>"
  /// Elements of a long list that a cell shows.
  private static let shownElements = 3

  static func text(_ value: JSONValue?, orElse fallback: String = none) -> JSONValue {
    guard let text = value?.string, !text.isEmpty else { return .string(fallback) }
    return .string(text)
  }

  static func count(_ value: JSONValue?) -> JSONValue { .int(value?.int ?? 0) }

  /// `a,b,c + 2 more...`.
  static func list(_ elements: [String], orElse fallback: String) -> JSONValue {
    if elements.isEmpty { return .string(fallback) }
    let shown = elements.prefix(shownElements).joined(separator: ",")
    let rest = elements.count - shownElements
    return .string(rest > 0 ? "\(shown) + \(rest) more..." : shown)
  }

  /// `app=web,tier=front`.
  static func labels(_ labels: JSONValue?) -> JSONValue {
    let pairs = (labels?.object ?? [:]).map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
    return .string(pairs.isEmpty ? none : pairs.joined(separator: ","))
  }

  /// A label selector of a workload, as in a query.
  static func selector(_ selector: JSONValue?) -> JSONValue {
    var parts = (selector?["matchLabels"]?.object ?? [:]).map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
    for requirement in selector?["matchExpressions"]?.array ?? [] {
      let key = requirement["key"]?.string ?? ""
      let values = (requirement["values"]?.array ?? []).compactMap(\.string).sorted().joined(separator: ",")
      switch requirement["operator"]?.string {
      case "In": parts.append("\(key) in (\(values))")
      case "NotIn": parts.append("\(key) notin (\(values))")
      case "Exists": parts.append(key)
      case "DoesNotExist": parts.append("!\(key)")
      default: break
      }
    }
    return .string(parts.isEmpty ? none : parts.joined(separator: ","))
  }

  /// The time since a moment given as text.
  static func age(since text: JSONValue?, now: Timestamp) -> String {
    guard let moment = text?.string.flatMap({ Timestamp($0) }) else { return unknown }
    return HumanDuration.text(seconds: now.seconds - moment.seconds)
  }

  /// One member of each container of a pod template, joined by commas.
  static func containers(of object: KubeObject, _ member: String) -> JSONValue {
    let containers = object[at: "spec", "template", "spec", "containers"]?.array ?? []
    return .string(containers.compactMap { $0[member]?.string }.joined(separator: ","))
  }
}
