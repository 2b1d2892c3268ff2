// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Brings a store to what manifests say, as `kubectl apply` does.
package struct ManifestApplier: Sendable {
  /// Times that one object is tried, because others may create or delete it in between.
  private static let maximumAttempts = 3

  private let source: any ObjectSource
  private let writer: any ObjectWriter

  package init(source: any ObjectSource, writer: any ObjectWriter) {
    self.source = source
    self.writer = writer
  }

  /// Applies documents: Namespaces first, then the others in their order. One that fails does not keep the rest.
  /// - Returns: what became of each, in the order of application.
  package func apply(_ documents: [ManifestDocument]) async -> [AppliedManifest] {
    let namespaces = documents.filter { $0.resource == .namespaces }
    let others = documents.filter { $0.resource != .namespaces }
    var results: [AppliedManifest] = []
    for document in namespaces + others {
      do throws(StatusError) {
        results.append(AppliedManifest(document: document, outcome: try await apply(document)))
      } catch {
        results.append(AppliedManifest(document: document, outcome: .failed(error)))
      }
    }
    return results
  }

  private func apply(_ document: ManifestDocument) async throws(StatusError) -> AppliedManifest.Outcome {
    let resource = document.resource
    let namespace = resource.isNamespaced ? document.namespace ?? "default" : ""
    let wanted = Self.wanted(document, namespace: namespace)
    var attempt = 1
    while true {
      do throws(StatusError) {
        guard let current = source.object(resource, namespace: namespace, name: document.name) else {
          _ = try await writer.create(wanted, in: resource)
          return .created
        }
        let written = try await writer.modify(resource, namespace: namespace, name: document.name, status: false) {
          root throws(StatusError) in
          root = ThreeWayMerge.merge(
            last: LastApplied.manifest(of: root), wanted: wanted, current: root, as: resource.type)
        }
        return written.metadata.resourceVersion == current.metadata.resourceVersion ? .unchanged : .configured
      } catch where error.reason == .alreadyExists || error.reason == .notFound {
        // Someone else made or deleted it since it was looked up. What stays so is an error of its own, such as a
        // namespace that does not exist.
        if attempt == Self.maximumAttempts { throw error }
        attempt += 1
      }
    }
  }

  /// The object that the document asks for, in its namespace, with the annotation that lets it be applied again.
  private static func wanted(_ document: ManifestDocument, namespace: String) -> JSONObject {
    var source = document.source
    var root = document.root
    if namespace.isEmpty {
      root["metadata"]?["namespace"] = nil
    } else {
      source["metadata"]?["namespace"] = .string(namespace)
      root["metadata"]?["namespace"] = .string(namespace)
    }
    var annotations = root["metadata"]?["annotations"] ?? [:]
    annotations[LastApplied.annotation] = .string(LastApplied.text(of: source))
    root["metadata"]?["annotations"] = annotations
    return root
  }
}

/// What became of one document.
package struct AppliedManifest: Sendable, CustomStringConvertible {
  package enum Outcome: Sendable {
    case created
    case configured
    case unchanged
    case failed(StatusError)
  }

  package let document: ManifestDocument
  package let outcome: Outcome

  /// As kubectl says it: `statefulset.apps/mysql created`.
  package var description: String {
    let resource = document.resource
    let kind = resource.group.isEmpty ? resource.singular : "\(resource.singular).\(resource.group)"
    switch outcome {
    case .created: return "\(kind)/\(document.name) created"
    case .configured: return "\(kind)/\(document.name) configured"
    case .unchanged: return "\(kind)/\(document.name) unchanged"
    case .failed(let error): return "\(kind)/\(document.name): \(error.message)"
    }
  }
}
