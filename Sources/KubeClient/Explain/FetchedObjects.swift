// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Objects that were fetched once, for one explanation. They never change.
package struct FetchedObjects: ObjectSource {
  private var all: [APIResource: [KubeObject]] = [:]

  package init() {}

  mutating func add(_ objects: [KubeObject], of resource: APIResource) { all[resource, default: []] += objects }

  package func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
    all[resource]?.first { $0.metadata.name == name && $0.metadata.namespace == namespace }
  }

  package func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    let objects = (all[resource] ?? []).filter { namespace == nil || $0.metadata.namespace == namespace }
    return objects.sorted {
      ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name)
    }
  }

  package func changes(of resources: [APIResource]) -> ObjectChanges {
    let changes = ObjectChanges()
    changes.post(resources.flatMap { objects($0, namespace: nil) }.map { .updated($0) } + [.synced])
    changes.finish()
    return changes
  }
}
