// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// One YAML document outside a manifest file, such as the body of a request.
package enum YAMLDocument {
  /// Reads UTF-8 octets by the rules of manifests; nil where there is nothing but comments.
  package static func read(_ bytes: [UInt8]) throws(YAMLProblem) -> JSONValue? {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw YAMLProblem(line: 1, message: "not UTF-8 text")
    }
    return try YAMLReader.read(text)?.value
  }

  /// What a scalar without quotes is taken for; nil for a number that JSON cannot hold.
  package static func value(ofPlain text: String) -> JSONValue? { YAMLScalar.value(ofPlain: text) }

  /// Reads a document by the rules of manifests, with the line of each value.
  package static func readWithLines(_ text: String) throws(YAMLProblem) -> (value: JSONValue, lines: SourceMap)? {
    try YAMLReader.read(text)
  }
}
