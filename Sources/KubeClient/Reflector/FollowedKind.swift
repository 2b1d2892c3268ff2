// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// The kinds of objects that names come from.
package enum FollowedKind: String, CaseIterable, Hashable, Sendable {
  case namespaces
  case services
  case endpointSlices = "endpointslices"
  case pods
  case statefulSets = "statefulsets"

  package var resource: APIResource {
    switch self {
    case .namespaces: .namespaces
    case .services: .services
    case .endpointSlices: .endpointSlices
    case .pods: .pods
    case .statefulSets: .statefulSets
    }
  }
}

/// Which objects of a kind one list and watch is for.
package struct FollowedScope: Hashable, Sendable {
  package var kind: FollowedKind
  /// `nil`: of all namespaces. For the kind `namespaces`, the one that is followed.
  package var namespace: String?
  /// As in the query of a request; empty: all.
  package var labelSelector = ""

  package init(_ kind: FollowedKind, namespace: String? = nil, labelSelector: String = "") {
    self.kind = kind
    self.namespace = namespace
    self.labelSelector = labelSelector
  }

  /// A GET of these objects.
  func request(_ parameters: [APIRequest.Parameter], prefersJSON: Bool) -> APIRequest {
    var query = parameters
    if !labelSelector.isEmpty { query.append(.init("labelSelector", labelSelector)) }
    if kind == .namespaces, let namespace { query.append(.init("fieldSelector", "metadata.name=\(namespace)")) }
    return APIRequest(
      path: kind.resource.path(namespace: kind == .namespaces ? nil : namespace), query: query,
      accept: prefersJSON ? [AnswerForm.jsonType] : [AnswerForm.protobufType, AnswerForm.jsonType])
  }
}
