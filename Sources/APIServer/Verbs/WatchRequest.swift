// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What a watch is to deliver (Kubernetes API concepts: "Efficient detection of changes").
struct WatchRequest: Sendable {
  /// From where changes are told.
  enum Start: Equatable, Sendable {
    /// Every object that there is, at this version or a later one, then what changes.
    case objects(notOlderThan: UInt64)
    /// What changes after this version.
    case version(UInt64)
    /// What changes from now on.
    case now
  }

  let start: Start
  let labels: LabelSelector
  let fields: FieldSelector
  /// The one object that is watched; nil for all.
  let name: String?
  /// The client understands events that only tell it how far it is.
  let wantsBookmarks: Bool
  /// A bookmark is to say where the objects that there were end.
  let marksInitialEnd: Bool
  /// Nil: the server decides.
  let timeout: Duration?

  init(_ path: ObjectPath, _ query: Query) throws(StatusError) {
    labels = try query.labelSelector()
    fields = try query.fieldSelector(for: path.resource)
    name = path.name
    wantsBookmarks = query.flag("allowWatchBookmarks")
    timeout = try query.number("timeoutSeconds").flatMap { $0 == 0 ? nil : .seconds($0) }
    let version = try query.resourceVersion()
    let match = query["resourceVersionMatch"]
    guard query["sendInitialEvents"] != nil else {
      guard match == nil else {
        throw Self.forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
      }
      start = (version ?? 0) == 0 ? .objects(notOlderThan: 0) : .version(version ?? 0)
      marksInitialEnd = false
      return
    }
    guard match == "NotOlderThan" else {
      throw Self.forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    }
    if query.flag("sendInitialEvents") {
      start = .objects(notOlderThan: version ?? 0)
      marksInitialEnd = wantsBookmarks
    } else {
      start = (version ?? 0) == 0 ? .now : .version(version ?? 0)
      marksInitialEnd = false
    }
  }

  private static func forbidden(_ message: String) -> StatusError {
    StatusError(
      .invalid, "ListOptions.meta.k8s.io \"\" is invalid: \(message)", group: "meta.k8s.io", kind: "ListOptions")
  }

  func matches(_ object: KubeObject) -> Bool {
    (name == nil || object.metadata.name == name) && labels.matches(object.metadata.labels) && fields.matches(object)
  }
}
