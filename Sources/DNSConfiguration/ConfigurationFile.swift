// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Manifests
import OrderedCollections

/// The configuration file: YAML or JSON whose members are the settings' keys, nested at the dots.
struct ConfigurationFile: Sendable {
  /// Octets of a file that are read.
  static let maximumSize = 1 << 20

  /// By key.
  private(set) var values: [String: [String]] = [:]
  /// The line on which each value stands, by key.
  private(set) var lines: [String: Int] = [:]
  private(set) var problems: [ConfigurationProblem] = []
  let path: String

  /// Reads `text`. What cannot be used is in `problems`; the rest is there all the same.
  init(path: String, text: String) {
    self.path = path
    do {
      guard let document = try YAMLDocument.readWithLines(text) else { return }
      guard case .object = document.value else {
        problems.append(
          ConfigurationProblem(
            place: "\(path):\(document.lines.line)", message: "expected settings, found \(document.value.typeName)"))
        return
      }
      read(document.value, document.lines, "")
    } catch {
      problems.append(ConfigurationProblem(place: "\(path):\(error.line)", message: error.message))
    }
  }

  private mutating func read(_ value: JSONValue, _ map: SourceMap, _ key: String) {
    if Setting.all.contains(where: { $0.key == key }) {
      take(value, map, key)
      return
    }
    // A block whose members are all comments.
    if value.isNull, isSection(key) { return }
    guard case .object(let members) = value, isSection(key) else {
      let near = SpellingDistance.nearest(to: key, among: Setting.all.map(\.key))
      problems.append(
        ConfigurationProblem(
          place: "\(path):\(map.line)", key: key,
          message: "unknown setting" + (near.map { ": did you mean \($0)?" } ?? "; see callsign dns --help")))
      return
    }
    for (name, member) in members {
      read(member, map.members[name] ?? map, key.isEmpty ? name : "\(key).\(name)")
    }
  }

  private func isSection(_ key: String) -> Bool {
    key.isEmpty || Setting.all.contains { $0.key.hasPrefix(key + ".") }
  }

  private mutating func take(_ value: JSONValue, _ map: SourceMap, _ key: String) {
    if value.isNull { return }
    let elements = value.array ?? [value]
    let maps = value.array == nil ? [map] : map.elements
    let items = zip(elements, maps).compactMap { $1.number ?? Self.text($0) }
    guard items.count == elements.count else {
      problems.append(
        ConfigurationProblem(
          place: "\(path):\(map.line)", key: key, message: "expected a value or a list of values, found an object"))
      return
    }
    values[key] = items
    lines[key] = map.line
  }

  /// A scalar as text.
  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .int(let number): String(number)
    case .double(let number): String(number)
    case .bool(let flag): String(flag)
    case .null, .array, .object: nil
    }
  }
}
