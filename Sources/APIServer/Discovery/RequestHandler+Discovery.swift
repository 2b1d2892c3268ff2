// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel

extension RequestHandler {
  /// What the server serves, in the form that the client knows.
  func discovery(_ path: RequestPath, accept: String?) throws(StatusError) -> Response {
    let wantsAggregated = AggregatedDiscovery.isWanted(accept: accept)
    switch path {
    case .coreVersions where wantsAggregated:
      return .json(AggregatedDiscovery.core, type: AggregatedDiscovery.mediaType)
    case .groups where wantsAggregated:
      return .json(AggregatedDiscovery.named, type: AggregatedDiscovery.mediaType)
    case .coreVersions: return .json(LegacyDiscovery.coreVersions.encoded())
    case .groups: return .json(LegacyDiscovery.groups.encoded())
    case .group(let name):
      guard let document = LegacyDiscovery.group(name) else { throw .noSuchPath }
      return .json(document.encoded())
    case .resources(let group, let version):
      guard let document = LegacyDiscovery.resources(group: group, version: version) else { throw .noSuchPath }
      return .json(document.encoded())
    case .openAPI(nil): return .json(OpenAPIDocument.index)
    case .openAPI(let name?):
      guard let document = OpenAPIDocument.document(name) else { throw .noSuchPath }
      var response = Response.json(document)
      // The index names a document with its hash, so that what is at one address never changes.
      response.headers[.cacheControl] = "public, immutable"
      return response
    default: throw .noSuchPath
    }
  }
}
