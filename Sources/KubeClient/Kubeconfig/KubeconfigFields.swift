// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Manifests
import OrderedCollections

/// Members of an object in a kubeconfig file, read one by one; a mistake names the file and its line.
struct KubeconfigFields: Sendable {
  let file: String
  let value: JSONValue
  private let lines: SourceMap
  /// Of this object in the file: `users[0].user`.
  private let path: String

  init(file: String, value: JSONValue, lines: SourceMap, path: String = "") {
    self.file = file
    self.value = value
    self.lines = lines
    self.path = path
  }

  var line: Int { lines.line }

  func has(_ name: String) -> Bool { value[name].map { !$0.isNull } ?? false }

  /// An error at a member, or at the object itself.
  func problem(_ name: String? = nil, _ message: String) -> ClientConfigurationError {
    let place = name.map { path.isEmpty ? $0 : "\(path).\($0)" } ?? path
    let line = name.flatMap { lines.members[$0]?.line } ?? lines.line
    return ClientConfigurationError(file: file, line: line, place.isEmpty ? message : "\(place): \(message)")
  }

  /// `nil` where the member is missing, null or empty.
  func string(_ name: String) throws(ClientConfigurationError) -> String? {
    guard let value = value[name], !value.isNull else { return nil }
    guard let text = value.string else {
      throw problem(name, "expected a string, found \(value.typeWithArticle); put it in quotes")
    }
    return text.isEmpty ? nil : text
  }

  func required(_ name: String, _ advice: String) throws(ClientConfigurationError) -> String {
    guard let text = try string(name) else { throw problem(nil, "\"\(name)\" is missing: \(advice)") }
    return text
  }

  func bool(_ name: String) throws(ClientConfigurationError) -> Bool {
    guard let value = value[name], !value.isNull else { return false }
    guard let answer = value.bool else {
      throw problem(name, "expected true or false, found \(value.typeWithArticle)")
    }
    return answer
  }

  /// Octets that are written in base64.
  func data(_ name: String) throws(ClientConfigurationError) -> [UInt8]? {
    guard let text = try string(name) else { return nil }
    guard let octets = Base64.decode(text.filter { !$0.isWhitespace }) else {
      throw problem(name, "is not base64")
    }
    return octets
  }

  /// A path; one that is relative counts from the file's folder.
  func filePath(_ name: String) throws(ClientConfigurationError) -> String? {
    try string(name).map(resolved)
  }

  func resolved(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    let folder = Files.parent(of: file)
    return folder.isEmpty ? path : "\(folder)/\(path)"
  }

  /// The object that is a member; an empty one where it is missing.
  func object(_ name: String) throws(ClientConfigurationError) -> KubeconfigFields {
    let value = value[name] ?? .null
    guard value.isNull || value.object != nil else {
      throw problem(name, "expected a mapping, found \(value.typeWithArticle)")
    }
    return below(name, value.isNull ? .object([:]) : value, lines.members[name])
  }

  /// The objects of a list.
  func objects(_ name: String) throws(ClientConfigurationError) -> [KubeconfigFields] {
    guard let value = value[name], !value.isNull else { return [] }
    guard let elements = value.array else {
      throw problem(name, "expected a list, found \(value.typeWithArticle)")
    }
    var result: [KubeconfigFields] = []
    for (index, element) in elements.enumerated() {
      let lines = lines.members[name]?.elements.dropFirst(index).first
      let fields = below("\(name)[\(index)]", element, lines)
      guard element.object != nil else {
        throw fields.problem(nil, "expected a mapping, found \(element.typeWithArticle)")
      }
      result.append(fields)
    }
    return result
  }

  func strings(_ name: String) throws(ClientConfigurationError) -> [String] {
    guard let value = value[name], !value.isNull else { return [] }
    guard let elements = value.array else {
      throw problem(name, "expected a list, found \(value.typeWithArticle)")
    }
    var result: [String] = []
    for element in elements {
      guard let text = element.string else {
        throw problem(name, "expected strings, found \(element.typeWithArticle); put it in quotes")
      }
      result.append(text)
    }
    return result
  }

  private func below(_ name: String, _ value: JSONValue, _ lines: SourceMap?) -> KubeconfigFields {
    KubeconfigFields(
      file: file, value: value, lines: lines ?? SourceMap(line: line), path: path.isEmpty ? name : "\(path).\(name)")
  }
}

extension JSONValue {
  /// Such as `an integer`.
  var typeWithArticle: String {
    switch self {
    case .null: "null"
    case .int, .array, .object: "an \(typeName)"
    default: "a \(typeName)"
    }
  }
}
