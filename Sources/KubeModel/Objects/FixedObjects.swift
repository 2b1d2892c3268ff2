// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Objects of one moment, which never change.
package struct FixedObjects: ObjectSource {
  /// In order of namespace and name.
  private var all: [APIResource: OrderedDictionary<ObjectKey, KubeObject>] = [:]

  /// - Parameter objects: of several with one key the last counts.
  package init(_ objects: [KubeObject] = []) {
    for (resource, objects) in Dictionary(grouping: objects, by: \.resource) { add(objects, of: resource) }
  }

  /// Adds objects of a kind.
  package mutating func add(_ objects: [KubeObject], of resource: APIResource) {
    var known = all[resource] ?? [:]
    for object in objects { known[object.key] = object }
    known.sort { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }
    all[resource] = known
  }

  package func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
    all[resource]?[ObjectKey(resource: resource, namespace: namespace, name: name)]
  }

  package func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    guard let known = all[resource]?.values else { return [] }
    return namespace == nil ? Array(known) : known.filter { $0.metadata.namespace == namespace }
  }

  package func changes(of resources: [APIResource]) -> ObjectChanges {
    let changes = ObjectChanges()
    changes.post(resources.flatMap { objects($0, namespace: nil) }.map { .updated($0) } + [.synced])
    changes.finish()
    return changes
  }
}
