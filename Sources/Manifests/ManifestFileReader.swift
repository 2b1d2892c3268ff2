// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Reads the documents of one file and collects everything that is wrong with them.
struct ManifestFileReader {
  /// Octets of a JSON document in which the line of each value is looked for. Larger ones come out of programs, and
  /// reading them a second time would take long.
  private static let maximumMappedJSON = 1 << 20

  let file: String
  private(set) var documents: [ManifestDocument] = []
  private(set) var problems: [ManifestProblem] = []

  init(file: String) {
    self.file = file
  }

  mutating func read(_ text: String) {
    var index = 0
    for part in Self.split(text) {
      // A byte order mark is no part of the first document.
      let text = part.text.first == "\u{FEFF}" ? String(part.text.dropFirst()) : part.text
      do {
        guard let (value, lines) = try Self.parse(text, firstLine: part.line), !value.isNull else { continue }
        index += 1
        read(value, lines, index: index)
      } catch {
        index += 1
        problems.append(ManifestProblem(file: file, document: index, line: error.line, message: error.message))
      }
    }
  }

  /// Splits at lines that start with `---`, as kubectl does, so that each document is read, whatever stands in others.
  private static func split(_ text: String) -> [(text: String, line: Int)] {
    var parts: [(text: String, line: Int)] = []
    var current = ""
    var start = 1
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (number, line) in lines.enumerated() {
      let isSeparator = line == "---" || line.hasPrefix("--- ") || line.hasPrefix("---\t")
      if isSeparator, number > 0 {
        parts.append((current, start))
        current = ""
        start = number + 1
      }
      current += line
      current += "\n"
    }
    parts.append((current, start))
    return parts
  }

  /// JSON is read as such where it looks like it: YAML readers know most of it, but not every escape.
  private static func parse(
    _ text: String, firstLine: Int
  ) throws(YAMLProblem) -> (value: JSONValue, lines: SourceMap)? {
    guard text.first(where: { !$0.isWhitespace }) == "{", let value = try? JSONParser.parse(text) else {
      return try YAMLReader.read(text, firstLine: firstLine)
    }
    let isMapped = text.utf8.count <= maximumMappedJSON
    let lines = isMapped ? try? YAMLReader.read(text, firstLine: firstLine)?.lines : nil
    return (value, lines ?? SourceMap(line: firstLine))
  }

  private mutating func read(_ value: JSONValue, _ lines: SourceMap, index: Int) {
    guard let members = value.object else {
      report("expected an object with apiVersion and kind, found \(value.typeName)", index, lines.line)
      return
    }
    guard members["apiVersion"]?.string == "v1", members["kind"]?.string == "List" else {
      read(members, lines, index: index)
      return
    }
    guard let items = members["items"]?.array else {
      report("a List needs items", index, lines.line)
      return
    }
    for (position, item) in items.enumerated() {
      let path = FieldPath([.member("items"), .index(position)])
      let found = lines.members["items"]?.elements.dropFirst(position).first
      let itemLines = found ?? SourceMap(line: lines.line(of: path))
      guard let members = item.object else {
        report("items[\(position)]: expected an object, found \(item.typeName)", index, itemLines.line)
        continue
      }
      read(members, itemLines, index: index)
    }
  }

  private mutating func report(_ message: String, _ index: Int, _ line: Int) {
    problems.append(ManifestProblem(file: file, document: index, line: line, message: message))
  }

  private mutating func read(_ members: JSONObject, _ lines: SourceMap, index: Int) {
    let checked = ManifestCheck(members)
    if checked.findings.isEmpty, let resource = checked.resource {
      documents.append(
        ManifestDocument(
          file: file, index: index, line: lines.line, resource: resource, root: checked.root, source: members))
    }
    problems += checked.findings.map { finding in
      ManifestProblem(
        file: file, document: index, line: lines.line(of: finding.path), object: checked.title, path: finding.path,
        message: finding.message)
    }
  }
}
