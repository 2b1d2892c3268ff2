// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// One object of a manifest file that passed every check.
package struct ManifestDocument: Sendable {
  package let file: String
  /// The document's place in its file, from 1. The items of one `List` share a place.
  package let index: Int
  /// The line on which the document starts, from 1.
  package let line: Int
  package let resource: APIResource
  /// The object as written, with what the schema does not know removed and no defaults filled in.
  package let root: JSONObject
  /// The object exactly as written.
  package let source: JSONObject

  package var name: String { root["metadata"]?["name"]?.string ?? "" }
  /// The namespace that the manifest names, or nil.
  package var namespace: String? { root["metadata"]?["namespace"]?.string }
}

/// Something in a manifest that keeps its file from being applied.
package struct ManifestProblem: Error, Sendable, Hashable, CustomStringConvertible {
  package var file: String
  /// Counted from 1; 0 where the file as a whole cannot be read.
  package var document: Int
  /// The line to look at, from 1; 0 where the file as a whole cannot be read.
  package var line: Int
  /// Kind and name of the object, as far as they are known.
  package var object: String
  /// The field; empty where the document as a whole is meant.
  package var path: FieldPath
  /// What was found, and what is meant or allowed.
  package var message: String

  package init(
    file: String, document: Int = 0, line: Int = 0, object: String = "", path: FieldPath = FieldPath(), message: String
  ) {
    self.file = file
    self.document = document
    self.line = line
    self.object = object
    self.path = path
    self.message = message
  }

  /// `web.yaml:6: document 1 (Service "web"): spec.ClusterIP: unknown field: write "clusterIP"`
  package var description: String {
    var text = line > 0 ? "\(file):\(line): " : "\(file): "
    if document > 0 { text += object.isEmpty ? "document \(document): " : "document \(document) (\(object)): " }
    if !path.steps.isEmpty { text += "\(path): " }
    return text + message
  }
}

/// What was read from a list of manifest files.
package struct ManifestSet: Sendable {
  /// The objects of the files without a problem, in the order of the files and documents.
  package var documents: [ManifestDocument] = []
  /// Every problem of the other files. Nothing of a file with a problem is among ``documents``.
  package var problems: [ManifestProblem] = []
}
