// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Yams

/// A place in YAML text that cannot be read, and why.
package struct YAMLProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// Counted from 1.
  package var line: Int
  package var message: String
  package var description: String { "line \(line): \(message)" }
}

/// Reads one YAML document into a JSON tree, as Kubernetes does, and remembers where each value stands.
///
/// Mapping keys become strings; anchors, aliases and merge keys (`<<`) are expanded; a key that occurs twice in one
/// mapping is an error.
struct YAMLReader {
  /// Values that one document may expand to. An alias counts each time it is used, so that a few lines of aliases to
  /// aliases cannot fill the memory.
  static let maximumValues = 200_000
  /// Nesting that is still read, as in ``JSONParser``.
  static let maximumDepth = JSONParser.maximumDepth

  let firstLine: Int
  private var values = 0

  private init(firstLine: Int) {
    self.firstLine = firstLine
  }

  /// - Parameters:
  ///   - text: one document; nothing but comments gives `nil`.
  ///   - firstLine: the line of the file on which `text` starts, from 1.
  static func read(
    _ text: String, firstLine: Int = 1
  ) throws(YAMLProblem) -> (value: JSONValue, lines: SourceMap)? {
    var reader = YAMLReader(firstLine: firstLine)
    let root: Node?
    do {
      root = try Parser(yaml: text, resolver: .basic).singleRoot()
    } catch {
      throw reader.problem(for: error, in: text)
    }
    guard let root else { return nil }
    var lines = SourceMap(line: reader.line(of: root))
    let value = try reader.value(of: root, into: &lines, depth: 0)
    return (value, lines)
  }

  /// The line of the file for a line of the text, both from 1.
  func lineInFile(_ line: Int) -> Int { line + firstLine - 1 }

  private func line(of node: Node) -> Int {
    lineInFile(node.mark?.line ?? 1)
  }

  private mutating func value(of node: Node, into map: inout SourceMap, depth: Int) throws(YAMLProblem) -> JSONValue {
    values += 1
    guard values <= Self.maximumValues else {
      throw YAMLProblem(line: line(of: node), message: "the document expands to more than \(Self.maximumValues) values")
    }
    guard depth <= Self.maximumDepth else {
      throw YAMLProblem(line: line(of: node), message: "nested deeper than \(Self.maximumDepth) levels")
    }
    switch node {
    case .scalar(let scalar):
      let value = try self.scalar(scalar, at: line(of: node))
      switch value {
      case .int, .double: map.number = scalar.string
      default: break
      }
      return value
    case .sequence(let sequence):
      var elements: [JSONValue] = []
      for element in sequence {
        var below = SourceMap(line: line(of: element))
        elements.append(try value(of: element, into: &below, depth: depth + 1))
        map.elements.append(below)
      }
      return .array(elements)
    case .mapping(let mapping): return .object(try members(of: mapping, into: &map, depth: depth))
    case .alias: throw YAMLProblem(line: line(of: node), message: "an alias that names nothing")
    }
  }

  private mutating func members(
    of mapping: Node.Mapping, into map: inout SourceMap, depth: Int
  ) throws(YAMLProblem) -> JSONObject {
    var result: JSONObject = [:]
    var merged: [Node] = []
    for (key, node) in mapping {
      guard case .scalar(let scalar) = key else {
        throw YAMLProblem(line: line(of: key), message: "a mapping's key must be a plain value")
      }
      if scalar.string == "<<", scalar.style == .plain {
        merged.append(node)
        continue
      }
      let name = try self.name(of: scalar, at: line(of: key))
      var below = SourceMap(line: line(of: key))
      let value = try value(of: node, into: &below, depth: depth + 1)
      guard result.updateValue(value, forKey: name) == nil else {
        throw YAMLProblem(line: line(of: key), message: "the key \"\(name)\" occurs twice in one mapping")
      }
      map.members[name] = below
    }
    for source in merged { try merge(source, into: &result, &map, depth: depth) }
    return result
  }

  /// A merge key: a mapping or several, whose members count where the mapping itself has none of that name.
  private mutating func merge(
    _ source: Node, into result: inout JSONObject, _ map: inout SourceMap, depth: Int
  ) throws(YAMLProblem) {
    let sources = source.sequence.map(Array.init) ?? [source]
    for node in sources {
      guard case .mapping(let mapping) = node else {
        throw YAMLProblem(line: line(of: node), message: "a merge key (<<) takes a mapping or a list of mappings")
      }
      var below = SourceMap(line: line(of: node))
      for (name, value) in try members(of: mapping, into: &below, depth: depth + 1) where result[name] == nil {
        result[name] = value
        map.members[name] = below.members[name]
      }
    }
  }

  private func name(of scalar: Node.Scalar, at line: Int) throws(YAMLProblem) -> String {
    guard scalar.style == .plain else { return scalar.string }
    switch YAMLScalar.value(ofPlain: scalar.string) {
    case .bool(let value): return value ? "true" : "false"
    case .null, nil: throw YAMLProblem(line: line, message: "a mapping's key must not be empty")
    case .int(let value): return String(value)
    default: return scalar.string
    }
  }

  private func scalar(_ scalar: Node.Scalar, at line: Int) throws(YAMLProblem) -> JSONValue {
    let tag = scalar.tag.rawValue
    switch tag {
    case Tag.Name.implicit.rawValue where scalar.style == .plain: break
    case Tag.Name.implicit.rawValue, Tag.Name.str.rawValue, Tag.Name.nonSpecific.rawValue: return .string(scalar.string)
    case Tag.Name.int.rawValue, Tag.Name.float.rawValue, Tag.Name.bool.rawValue, Tag.Name.null.rawValue: break
    case Tag.Name.binary.rawValue:
      let packed = scalar.string.filter { !$0.isWhitespace }
      guard let bytes = Base64.decode(packed), let text = String(validating: bytes, as: UTF8.self) else {
        throw YAMLProblem(line: line, message: "!!binary takes base64 of UTF-8 text here")
      }
      return .string(text)
    default: throw YAMLProblem(line: line, message: "the tag \(tag) has no meaning in a manifest")
    }
    guard let value = YAMLScalar.value(ofPlain: scalar.string) else {
      throw YAMLProblem(line: line, message: "\(scalar.string) is not a number that JSON has")
    }
    return value
  }
}
