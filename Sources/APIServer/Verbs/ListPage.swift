// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore

/// Which part of a list is wanted (Kubernetes API concepts: "Retrieving large results sets in chunks").
///
/// A continue token names the last object of its page and the version of the first page, at which all pages are read:
/// together they are one list at one time. A token whose version is no longer known is `Expired`.
struct ListPage {
  /// Objects of one page; nil for all.
  private let limit: Int?
  private let token: ContinueToken?
  private let version: UInt64?
  private let match: String?

  init(_ path: ObjectPath, _ query: Query) throws(StatusError) {
    let limit = try query.number("limit") ?? 0
    self.limit = limit == 0 ? nil : Int(clamping: limit)
    version = try query.resourceVersion()
    match = query["resourceVersionMatch"]
    if let text = query["continue"] {
      guard let token = ContinueToken(text) else {
        throw StatusError(.badRequest, "continue key is not valid: it must be the one that the last page came with")
      }
      self.token = token
    } else {
      token = nil
    }
    guard match == nil || version != nil else {
      throw StatusError(.badRequest, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    }
    guard match == nil || match == "NotOlderThan" || match == "Exact" else {
      throw StatusError(
        .badRequest,
        "resourceVersionMatch: Unsupported value: \"\(match ?? "")\": supported values: \"Exact\", \"NotOlderThan\"")
    }
    guard match != "Exact" || version != 0 else {
      throw StatusError(.badRequest, "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"")
    }
  }

  /// Reads the list that this is a page of, at the version that the client wants.
  func read(_ path: ObjectPath, from store: ObjectStore) throws(StatusError) -> ObjectStore.List {
    if let token {
      do throws(StatusError) {
        return try store.list(path.resource, namespace: path.namespace, at: token.version)
      } catch where error.reason == .expired {
        throw StatusError(
          .expired,
          "the continue token is too old: what was at version \(token.version) is no longer known; list again from the "
            + "start")
      }
    }
    if let version, version != 0 {
      // What a page's version means where nothing is said (Kubernetes API concepts: "Semantics for get and list").
      if match == "Exact" || match == nil && limit != nil {
        return try store.list(path.resource, namespace: path.namespace, at: version)
      }
      let newest = store.list(path.resource, namespace: path.namespace)
      guard version <= newest.version else { throw .tooLarge(version, current: newest.version) }
      return newest
    }
    return store.list(path.resource, namespace: path.namespace)
  }

  /// The wanted part of objects in order, and the metadata of the list that holds it.
  func cut(
    _ objects: [KubeObject], version: UInt64, isSelective: Bool
  ) -> (ArraySlice<KubeObject>, JSONValue) {
    var start = objects.startIndex
    if let token {
      start = objects.firstIndex { token.isBefore($0) } ?? objects.endIndex
    }
    let rest = objects[start...]
    var metadata: JSONValue = ["resourceVersion": .string(String(version))]
    guard let limit, rest.count > limit, let last = rest.prefix(limit).last else { return (rest, metadata) }
    metadata["continue"] = .string(ContinueToken(version: version, after: last).text)
    // As in Kubernetes, a selective list does not count what is left.
    if !isSelective { metadata["remainingItemCount"] = .int(Int64(rest.count - limit)) }
    return (rest.prefix(limit), metadata)
  }
}

/// Where the next page of a list starts.
struct ContinueToken: Equatable {
  let version: UInt64
  let namespace: String
  let name: String

  init(version: UInt64, after object: KubeObject) {
    self.version = version
    namespace = object.metadata.namespace
    name = object.metadata.name
  }

  init?(_ text: String) {
    guard let bytes = Base64.decode(text.replacing("-", with: "+").replacing("_", with: "/")),
      let value = try? JSONParser.parse(bytes), let version = value["v"]?.int, version >= 0,
      let namespace = value["ns"]?.string, let name = value["n"]?.string
    else { return nil }
    self.version = UInt64(version)
    self.namespace = namespace
    self.name = name
  }

  /// Base64url of a small JSON object.
  var text: String {
    let value: JSONValue = ["v": .int(Int64(version)), "ns": .string(namespace), "n": .string(name)]
    return Base64.encode(value.encoded()).replacing("+", with: "-").replacing("/", with: "_")
  }

  func isBefore(_ object: KubeObject) -> Bool {
    (namespace, name) < (object.metadata.namespace, object.metadata.name)
  }
}
