// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import KubeModel

/// What is to be explained.
package struct ExplainRequest: Sendable, Hashable {
  /// As it was given: short names go along the search path of the one who asks.
  package var name: String
  package var type: RecordType
  /// The pod that asks; nil for a pod without settings of its own.
  package var pod: String?
  /// The namespace of the one who asks.
  package var namespace: String

  package init(name: String, type: RecordType = .a, pod: String? = nil, namespace: String = "default") {
    self.name = name
    self.type = type
    self.pod = pod
    self.namespace = namespace
  }

  /// Reads the parameters of a request: `name`, `type` (A), `from` (`POD` or `NAMESPACE/POD`), `namespace` (`default`).
  /// - Parameter given: the value of one; nil where it is absent, which an empty one counts as.
  package init(parameters given: (String) -> String?) throws(StatusError) {
    func parameter(_ name: String) -> String? { given(name).flatMap { $0.isEmpty ? nil : $0 } }
    guard let name = parameter("name") else {
      throw StatusError(.badRequest, "name is missing: which name is to be explained?")
    }
    self.init(name: name)
    if let text = parameter("type") {
      guard let type = RecordType(mnemonic: text) else {
        throw StatusError(.badRequest, "type: \"\(text)\" is not a record type; these are: \(RecordType.readable)")
      }
      self.type = type
    }
    if let namespace = parameter("namespace") { self.namespace = namespace }
    if let from = parameter("from") {
      let parts = from.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
        throw StatusError(.badRequest, "from: \"\(from)\" is not POD or NAMESPACE/POD")
      }
      pod = parts[parts.count - 1]
      if parts.count == 2 { namespace = parts[0] }
    }
  }
}
