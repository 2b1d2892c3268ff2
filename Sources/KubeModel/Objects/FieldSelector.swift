// SPDX-License-Identifier: Apache-2.0

/// Requirements on single fields of an object, as `metadata.name=web,status.phase!=Failed`.
package struct FieldSelector: Sendable, Hashable {
  package struct Requirement: Sendable, Hashable {
    package var path: [String]
    package var value: String
    package var isEqual: Bool
  }

  package var requirements: [Requirement]

  /// Fields that can be selected by, beside `metadata.name` and `metadata.namespace` of every kind.
  private static let selectable: [String: Set<String>] = [
    "Pod": ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
      "status.podIP"],
    "Event": ["involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
      "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "source",
      "type", "reportingComponent"],
    "Namespace": ["status.phase"],
    "Node": ["spec.unschedulable"],
    "Secret": ["type"],
    "Service": ["spec.clusterIP", "spec.type"],
    "ReplicaSet": ["status.replicas"],
  ]

  package init() { requirements = [] }

  /// - Throws: which part is not understood, or which field cannot be selected by.
  package init(text: String, for resource: APIResource) throws(SelectorSyntaxError) {
    requirements = []
    for part in text.split(separator: ",") {
      let part = String(part)
      let isEqual = !part.contains("!=")
      guard let range = part.firstRange(of: "!=") ?? part.firstRange(of: "==") ?? part.firstRange(of: "=") else {
        throw SelectorSyntaxError(part: part, problem: "expected field=value, field==value or field!=value")
      }
      let field = String(part[..<range.lowerBound])
      let isKnown =
        field == "metadata.name" || (field == "metadata.namespace" && resource.isNamespaced)
        || Self.selectable[resource.kind]?.contains(field) == true
      guard isKnown else { throw SelectorSyntaxError(part: part, problem: "field label not supported: \(field)") }
      requirements.append(
        Requirement(
          path: field.split(separator: ".").map(String.init), value: String(part[range.upperBound...]), isEqual: isEqual
        ))
    }
  }

  package func matches(_ object: KubeObject) -> Bool {
    requirements.allSatisfy { requirement in
      var value: JSONValue? = .object(object.root)
      for step in requirement.path { value = value?[step] }
      let text: String
      switch value {
      case .string(let found): text = found
      case .int(let found): text = String(found)
      case .bool(let found): text = String(found)
      default: text = ""
      }
      return (text == requirement.value) == requirement.isEqual
    }
  }
}
