// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// A workload whose pod templates are remembered.
protocol RevisionedWorkload: Sendable {
  var object: KubeObject { get }
  var selector: LabelSelector { get }
  var template: PodTemplate { get }
  /// Old revisions that are kept.
  var revisionHistoryLimit: Int { get }
}

/// The ControllerRevisions of a workload: its pod templates over time.
///
/// A template that was there before gets its old revision back under a new number; that is a rollback.
struct RevisionHistory: Sendable {
  /// The label with the template's hash.
  static let hashLabel = "controller.kubernetes.io/hash"
  /// Templates with the same hash that are told apart before it counts as an error.
  static let collisionLimit: Int64 = 16
  /// The highest number that is believed. Anyone may write numbers, and to each there has to be a next.
  static let numberLimit = Int64.max - 1

  let cluster: ClusterAccess
  let set: any RevisionedWorkload
  /// Ours, from the oldest number to the newest.
  private(set) var revisions: [KubeObject] = []

  init(cluster: ClusterAccess, set: any RevisionedWorkload) async throws(StatusError) {
    self.cluster = cluster
    self.set = set
    let owned = try await Ownership(cluster: cluster, owner: set.object, selector: set.selector)
      .claim(.controllerRevisions)
    revisions = owned.sorted { (Self.number($0), $0.metadata.name) < (Self.number($1), $1.metadata.name) }
  }

  /// The template of a revision; nil where there is none of that name.
  func template(_ name: String) -> PodTemplate? {
    guard let template = revisions.first(where: { $0.metadata.name == name })?[at: "data", "spec", "template"] else {
      return nil
    }
    var plain = template
    plain["$patch"] = nil
    return PodTemplate(json: plain)
  }

  /// The hash of a revision's template; empty where there is none of that name.
  func hash(_ name: String) -> String {
    revisions.first { $0.metadata.name == name }?.metadata.labels[Self.hashLabel] ?? ""
  }

  /// The name of the revision of the set's template, which is made the newest, and created where it is missing.
  mutating func update() async throws(StatusError) -> String {
    let data = Self.data(set.template)
    let next = (revisions.last.map(Self.number) ?? 0) + 1
    if let index = revisions.lastIndex(where: { $0["data"]?.isEquivalent(to: data) ?? false }) {
      if index < revisions.count - 1 {
        let renewed = try await cluster.modify(revisions[index]) { root throws(StatusError) in
          root["revision"] = .int(next)
        }
        revisions.remove(at: index)
        revisions.append(renewed)
      }
      return revisions[revisions.count - 1].metadata.name
    }
    let created = try await create(data, number: next)
    revisions.append(created)
    return created.metadata.name
  }

  private func create(_ data: JSONValue, number: Int64) async throws(StatusError) -> KubeObject {
    for collisions in 0..<Self.collisionLimit {
      let hash = TemplateHash.text(of: data, collisions: collisions)
      let name = "\(set.object.metadata.name)-\(hash)"
      let key = ObjectKey(resource: .controllerRevisions, namespace: set.object.metadata.namespace, name: name)
      if cluster.source.object(key) != nil { continue }
      var labels = set.template.labels
      labels[Self.hashLabel] = hash
      return try await cluster.writer.create(
        [
          "apiVersion": .string(APIResource.controllerRevisions.apiVersion),
          "kind": .string(APIResource.controllerRevisions.kind),
          "metadata": [
            "name": .string(name), "namespace": .string(set.object.metadata.namespace), "labels": JSONValue(labels),
            "ownerReferences": [OwnerReference(controller: set.object).json],
          ],
          "data": data,
          "revision": .int(number),
        ], in: .controllerRevisions)
    }
    throw .alreadyExists(.controllerRevisions, "\(set.object.metadata.name)-\(TemplateHash.text(of: data))")
  }

  /// Deletes the oldest revisions that nothing uses, down to the set's limit.
  func prune(inUse: Set<String>) async throws(StatusError) {
    let unused = revisions.filter { !inUse.contains($0.metadata.name) }
    for revision in unused.prefix(max(0, unused.count - set.revisionHistoryLimit)) {
      try await cluster.delete(revision)
    }
  }

  private static func number(_ revision: KubeObject) -> Int64 { min(revision["revision"]?.int ?? 0, numberLimit) }

  /// The template as a patch that replaces the whole template, which is the form `kubectl rollout undo` applies.
  private static func data(_ template: PodTemplate) -> JSONValue {
    var json = template.json
    json["$patch"] = "replace"
    return (["spec": ["template": json]] as JSONValue).canonical
  }
}
