// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The published description of the API (OpenAPI 3.0), one document for each group and version.
///
/// kubectl reads it to check what the server validates, to merge what `kubectl apply` sends, and for `kubectl explain`.
/// Source: "The Kubernetes API" of the Kubernetes documentation (OpenAPI V3), OpenAPI Specification 3.0.
package enum OpenAPIDocument {
  /// The index that `/openapi/v3` answers: each document's path, with a hash that changes when it does.
  package static let index: [UInt8] = {
    var paths: JSONObject = [:]
    for name in names {
      paths[name] = ["serverRelativeURL": .string("/openapi/v3/\(name)?hash=\(hash(of: documents[name] ?? []))")]
    }
    return JSONValue.object(["paths": .object(paths)]).encoded()
  }()

  /// The document at `/openapi/v3/NAME`, such as `api/v1` or `apis/apps/v1`.
  package static func document(_ name: String) -> [UInt8]? { documents[name] }

  /// The hash of a document, as the index gives it.
  package static func hash(ofDocument name: String) -> String? { documents[name].map(hash) }

  private static let names = APIResource.groupVersions.map { name($0.group, $0.version) }

  private static let documents: [String: [UInt8]] = Dictionary(
    uniqueKeysWithValues: APIResource.groupVersions.map { group, version in
      (name(group, version), build(group, version).encoded())
    })

  private static func name(_ group: String, _ version: String) -> String {
    group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
  }

  private static func build(_ group: String, _ version: String) -> JSONValue {
    let resources = APIResource.all.filter { $0.group == group && $0.version == version }
    var paths: JSONObject = [:]
    var schemas = OpenAPISchemas()
    for resource in resources {
      OpenAPIPaths.add(resource, to: &paths)
      schemas.add(resource)
    }
    return [
      "openapi": "3.0.0",
      "info": ["title": "Callsign", "version": "v1.36.0"],
      "paths": .object(paths),
      "components": ["schemas": .object(schemas.sorted)],
    ]
  }

  /// FNV-1a, 64 bits: enough to tell one build's document from another's.
  private static func hash(of bytes: [UInt8]) -> String {
    let value = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
