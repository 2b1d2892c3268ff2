// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// The lines on which the values of a document stand, as a tree of the document's shape.
package struct SourceMap: Sendable {
  /// Counted from 1 in the file.
  package var line: Int
  /// A number as it is written: `1.10` and `007` are more than their values where text is meant.
  package var number: String?
  package var members: [String: SourceMap] = [:]
  package var elements: [SourceMap] = []

  package init(line: Int) {
    self.line = line
  }

  /// The line of the value at `path`, or of the nearest value above it that is written in the file.
  package func line(of path: FieldPath) -> Int {
    var node = self
    for step in path.steps {
      switch step {
      case .member(let name), .key(let name):
        guard let next = node.members[name] else { return node.line }
        node = next
      case .index(let index):
        guard node.elements.indices.contains(index) else { return node.line }
        node = node.elements[index]
      }
    }
    return node.line
  }
}
