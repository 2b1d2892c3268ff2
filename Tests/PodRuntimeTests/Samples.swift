// SPDX-License-Identifier: Apache-2.0
import KubeModel

@testable import PodRuntime

/// Objects for tests, from the text that a user would write.
enum Samples {
  struct NotAnObject: Error {}

  static func object(_ resource: APIResource, _ json: String) throws -> KubeObject {
    let value = try JSONParser.parse(json)
    guard case .object(let root) = value else { throw NotAnObject() }
    return KubeObject(root, of: resource)
  }

  /// A pod `db-0` of the namespace `shop`, with more members of its `spec`.
  static func pod(_ spec: String = "", metadata: String = "", status: String = "{}") throws -> Pod {
    Pod(
      try object(
        .pods,
        """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "db-0", "namespace": "shop", "uid": "11111111-2222-3333-4444-555555555555"\(metadata)},
         "spec": {"nodeName": "callsign"\(spec.isEmpty ? "" : ",")\(spec)},
         "status": \(status)}
        """))
  }

  static func service(_ name: String, namespace: String = "shop", _ spec: String) throws -> Service {
    Service(
      try object(
        .services,
        """
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "\(name)", "namespace": "\(namespace)"},
         "spec": \(spec)}
        """))
  }

  static func json(_ text: String) throws -> JSONValue { try JSONParser.parse(text) }
}
