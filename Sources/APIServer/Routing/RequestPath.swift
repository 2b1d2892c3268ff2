// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What a request's path asks for.
///
/// Kubernetes' paths are regular: `/api/v1` or `/apis/GROUP/VERSION`, then `namespaces/NAMESPACE` where it applies,
/// then the plural, a name, and what is below it.
enum RequestPath: Equatable {
  /// `/version`
  case version
  /// `/readyz`, `/livez`, `/healthz` and single checks below them.
  case health(endpoint: String, check: String?)
  /// `/api`
  case coreVersions
  /// `/apis`
  case groups
  /// `/apis/GROUP`
  case group(String)
  /// `/api/v1`, `/apis/GROUP/VERSION`
  case resources(group: String, version: String)
  /// `/openapi/v3` (nil) and `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`.
  case openAPI(document: String?)
  /// A virtual kind that answers questions about access: `selfsubjectaccessreviews`.
  case review(String)
  /// `/callsign/v1/explain`: why a name answers as it does.
  case explain
  case objects(ObjectPath)

  /// - Parameter path: percent-encoded, without the query. Nil: nothing has this path.
  init?(_ path: String) {
    var parts: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      guard let text = PercentText.decoded(part) else { return nil }
      parts.append(text)
    }
    switch parts.first {
    case "version" where parts.count == 1: self = .version
    case "readyz", "livez", "healthz":
      guard parts.count <= 2 else { return nil }
      self = .health(endpoint: parts[0], check: parts.count == 2 ? parts[1] : nil)
    case "openapi" where parts.count >= 2 && parts[1] == "v3":
      self = .openAPI(document: parts.count == 2 ? nil : parts[2...].joined(separator: "/"))
    case "callsign" where parts.count == 3 && parts[1] == "v1" && parts[2] == "explain": self = .explain
    case "api":
      if parts.count == 1 {
        self = .coreVersions
      } else {
        self.init(group: "", version: parts[1], rest: parts[2...])
      }
    case "apis":
      switch parts.count {
      case 1: self = .groups
      case 2: self = .group(parts[1])
      default: self.init(group: parts[1], version: parts[2], rest: parts[3...])
      }
    default: return nil
    }
  }

  private init?(group: String, version: String, rest: ArraySlice<String>) {
    if rest.isEmpty {
      self = .resources(group: group, version: version)
    } else if let review = Review.served.first(where: {
      $0.group == group && $0.version == version && rest == [$0.plural]
    }) {
      self = .review(review.kind)
    } else if let path = ObjectPath(group: group, version: version, rest: Array(rest)) {
      self = .objects(path)
    } else {
      return nil
    }
  }
}

/// A collection of objects, one object, or something below it.
struct ObjectPath: Equatable {
  var resource: APIResource
  /// Nil: all namespaces, or a kind without.
  var namespace: String?
  /// Nil: the collection.
  var name: String?
  /// `status`, `scale`, `log` …; nil: the object itself.
  var subresource: String?

  /// - Parameter rest: what follows the version; at least one part.
  init?(group: String, version: String, rest: [String]) {
    var rest = rest[...]
    // `/namespaces/NAME` is the namespace itself, `/namespaces/NAME/status` a part of it, and
    // `/namespaces/NAME/PLURAL…` something inside it.
    if rest.first == "namespaces", rest.count >= 3,
      let resource = APIResource.named(group: group, version: version, plural: rest[rest.startIndex + 2]),
      resource.isNamespaced
    {
      namespace = rest[rest.startIndex + 1]
      rest = rest.dropFirst(2)
    }
    guard let plural = rest.first, rest.count <= 3,
      let resource = APIResource.named(group: group, version: version, plural: plural)
    else { return nil }
    self.resource = resource
    name = rest.dropFirst().first
    subresource = rest.dropFirst(2).first
    if name != nil, resource.isNamespaced, namespace == nil { return nil }
  }

  /// The namespace as the store counts it: empty for kinds without.
  var storeNamespace: String { namespace ?? "" }
}
