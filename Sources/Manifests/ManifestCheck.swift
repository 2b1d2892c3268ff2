// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// All that is wrong with one object of a manifest, judged by the schema of its kind.
struct ManifestCheck {
  struct Finding {
    var path: FieldPath
    var message: String
  }

  /// nil where the kind is not served.
  private(set) var resource: APIResource?
  /// The object without what the schema does not know.
  private(set) var root: JSONObject = [:]
  private(set) var findings: [Finding] = []
  /// Kind and name, as far as they are known: `Service "web"`.
  let title: String

  init(_ members: JSONObject) {
    let kind = members["kind"]?.string ?? ""
    let name = members["metadata"]?["name"]?.string
    title = name.map { "\(kind.isEmpty ? "object" : kind) \"\($0)\"" } ?? kind
    guard let resource = findResource(members) else { return }
    self.resource = resource

    var decoder = SchemaDecoder()
    root = decoder.decode(members, as: resource.type)
    for field in decoder.unknown {
      findings.append(
        Finding(path: field.path, message: "unknown field" + (field.suggestion.isEmpty ? "" : ": \(field.suggestion)")))
    }
    for error in decoder.mismatches { findings.append(Finding(path: error.path, message: error.detail)) }
    checkName(of: resource)
    checkValues(of: resource, apart: decoder)
  }

  private mutating func findResource(_ members: JSONObject) -> APIResource? {
    guard let apiVersion = members["apiVersion"]?.string, !apiVersion.isEmpty else {
      findings.append(Finding(path: FieldPath("apiVersion"), message: "is missing, such as \"v1\" or \"apps/v1\""))
      return nil
    }
    guard let kind = members["kind"]?.string, !kind.isEmpty else {
      findings.append(Finding(path: FieldPath("kind"), message: "is missing, such as \"Service\""))
      return nil
    }
    if let resource = APIResource.of(apiVersion: apiVersion, kind: kind) { return resource }
    findings.append(Self.unknownKind(apiVersion, kind))
    return nil
  }

  private static func unknownKind(_ apiVersion: String, _ kind: String) -> Finding {
    let all = APIResource.all
    if let right = all.first(where: { $0.kind == kind }) {
      return Finding(
        path: FieldPath("apiVersion"), message: "found \"\(apiVersion)\", but \(kind) is of \"\(right.apiVersion)\"")
    }
    if let near = SpellingDistance.nearest(to: kind, among: all.map(\.kind)) {
      return Finding(path: FieldPath("kind"), message: "unknown kind \"\(kind)\": did you mean \"\(near)\"?")
    }
    let served = all.map { "\($0.kind) (\($0.apiVersion))" }.joined(separator: ", ")
    return Finding(
      path: FieldPath("kind"), message: "\(apiVersion) \(kind) is not served here; these kinds are: \(served)")
  }

  private mutating func checkName(of resource: APIResource) {
    let path = FieldPath("metadata", "name")
    guard let name = root["metadata"]?["name"]?.string, !name.isEmpty else {
      findings.append(Finding(path: path, message: "is missing: an object that is applied needs a name"))
      return
    }
    if let problem = resource.nameFormat.problem(of: name) {
      findings.append(Finding(path: path, message: "\"\(name)\": \(problem)"))
    }
  }

  /// Checks values as the store will, after defaults. Fields that could not be read are reported already, and so is
  /// what is missing because of them.
  private mutating func checkValues(of resource: APIResource, apart decoder: SchemaDecoder) {
    var complete = root
    resource.type.applyDefaults(to: &complete)
    let reported = decoder.mismatches.map(\.path) + findings.map(\.path)
    let parents = decoder.unknown.map { FieldPath($0.path.steps.dropLast()) } + decoder.mismatches.map(\.path)
    let errors = resource.type.validate(complete).filter { !reported.contains($0.path) }
    // A default that is taken from a wrong value is wrong as well; what is written comes first.
    let written = errors.filter { $0.reason == .required || root.has($0.path) }
    for error in written.isEmpty ? errors : written {
      let parent = FieldPath(Array(error.path.steps.dropLast()))
      let isConsequence = error.reason == .required && (parents.contains(parent) || parents.contains(error.path))
      if !isConsequence { findings.append(Finding(path: error.path, message: error.detail)) }
    }
  }
}

extension JSONObject {
  /// Whether there is a value at the path.
  fileprivate func has(_ path: FieldPath) -> Bool {
    var value = JSONValue.object(self)
    for step in path.steps {
      switch (step, value) {
      case (.member(let name), .object(let members)), (.key(let name), .object(let members)):
        guard let next = members[name] else { return false }
        value = next
      case (.index(let index), .array(let elements)) where elements.indices.contains(index): value = elements[index]
      default: return false
      }
    }
    return true
  }
}
