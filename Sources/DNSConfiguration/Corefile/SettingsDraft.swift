// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Manifests

/// Settings that are being put together, each checked as the file that they become is.
struct SettingsDraft {
  private struct Entry {
    var items: [String]
    var isList: Bool
    var comment: String
  }

  private var entries: [String: Entry] = [:]
  /// What the settings before this one came to; tells whether the next fits.
  private var scratch = DNSConfiguration()

  /// Sets a value, and says what is wrong with it.
  /// - Parameter isList: whether the setting takes several, so that one is written as a list too.
  mutating func set(_ key: String, _ items: [String], isList: Bool = false, comment: String = "") -> ValueMistake? {
    guard let setting = Setting.all.first(where: { $0.key == key }) else {
      return ValueMistake("there is no setting \(key)")
    }
    // A file of servers is that of the machine which will read the settings.
    let checked = key == "forward.upstreams" ? items.filter { !$0.hasPrefix("/") } : items
    do throws(ValueMistake) {
      try setting.apply(SettingValue(items: checked), &scratch)
    } catch {
      return error
    }
    entries[key] = Entry(items: items, isList: isList, comment: comment)
    return nil
  }

  /// Adds to a list.
  mutating func add(_ key: String, _ items: [String], comment: String = "") -> ValueMistake? {
    let before = entries[key]
    let all = (before?.items ?? []) + items.filter { before?.items.contains($0) != true }
    return set(key, all, isList: true, comment: comment.isEmpty ? before?.comment ?? "" : comment)
  }

  func has(_ key: String) -> Bool { entries[key] != nil }
  func items(_ key: String) -> [String] { entries[key]?.items ?? [] }

  /// The settings file: YAML in the order of the documentation.
  func yaml(heading: [String]) -> String {
    var lines = heading.map { $0.isEmpty ? "#" : "# \($0)" }
    var section: Substring = ""
    for setting in Setting.all {
      guard let entry = entries[setting.key] else { continue }
      // Two words at most: no setting is nested deeper.
      let parts = setting.key.split(separator: ".", maxSplits: 1)
      let indent = parts.count > 1 ? "  " : ""
      if parts.count > 1, parts[0] != section { lines.append("\(parts[0]):") }
      section = parts.count > 1 ? parts[0] : ""
      if !entry.comment.isEmpty { lines.append("\(indent)# \(entry.comment)") }
      lines += Self.member(String(parts[parts.count - 1]), entry).map { indent + $0 }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func member(_ name: String, _ entry: Entry) -> [String] {
    if !entry.isList, let item = entry.items.first { return ["\(name): \(scalar(item))"] }
    return ["\(name):"] + entry.items.map { "- \(scalar($0))" }
  }

  /// A value as YAML reads it back: in quotes unless it is made of letters, digits and a few signs.
  private static func scalar(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || "-._/ ".utf8.contains(byte)
    }
    let first = text.utf8.first ?? 0
    let isWord = UInt8(ascii: "a")...UInt8(ascii: "z") ~= first || UInt8(ascii: "0")...UInt8(ascii: "9") ~= first
      || first == UInt8(ascii: "/")
    if plain, isWord, isItself(text), text.utf8.last != UInt8(ascii: " ") { return text }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Whether a scalar without quotes is these words, or a number or a truth value that is written no other way.
  private static func isItself(_ text: String) -> Bool {
    switch YAMLDocument.value(ofPlain: text) {
    case .string: true
    case .int(let number): String(number) == text
    case .bool(let flag): String(flag) == text
    default: false
    }
  }
}
