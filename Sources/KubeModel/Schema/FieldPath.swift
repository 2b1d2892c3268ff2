// SPDX-License-Identifier: Apache-2.0

/// Where in an object a value stands: `spec.ports[0].targetPort`, `metadata.labels[app]`.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
  package enum Step: Sendable, Hashable {
    /// A declared field.
    case member(String)
    /// An element of a list.
    case index(Int)
    /// An entry of a map, written in brackets as Kubernetes does: `labels[app]`.
    case key(String)
  }

  package var steps: [Step]

  package init(_ steps: [Step] = []) {
    self.steps = steps
  }

  /// A path of declared fields: `FieldPath("spec", "selector")`.
  package init(_ members: String...) {
    steps = members.map(Step.member)
  }

  package func appending(_ member: String) -> FieldPath { FieldPath(steps + [.member(member)]) }
  package func appending(index: Int) -> FieldPath { FieldPath(steps + [.index(index)]) }
  package func appending(key: String) -> FieldPath { FieldPath(steps + [.key(key)]) }

  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .member(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      case .key(let key): text += "[\(key)]"
      }
    }
    return text
  }
}
