// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// All current objects, by kind, namespace and name.
struct ObjectTables {
  private var namespaces: [APIResource: [String: [String: KubeObject]]] = [:]

  subscript(_ key: ObjectKey) -> KubeObject? {
    namespaces[key.resource]?[key.namespace]?[key.name]
  }

  mutating func put(_ object: KubeObject) {
    let key = object.key
    namespaces[key.resource, default: [:]][key.namespace, default: [:]][key.name] = object
  }

  mutating func remove(_ key: ObjectKey) {
    namespaces[key.resource]?[key.namespace]?[key.name] = nil
    if namespaces[key.resource]?[key.namespace]?.isEmpty == true { namespaces[key.resource]?[key.namespace] = nil }
  }

  /// The objects of a kind in order of namespace and name.
  func sorted(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    guard let tables = namespaces[resource] else { return [] }
    if let namespace { return Self.sorted(tables[namespace]) }
    return tables.sorted { $0.key < $1.key }.flatMap { Self.sorted($0.value) }
  }

  private static func sorted(_ table: [String: KubeObject]?) -> [KubeObject] {
    table.map { $0.values.sorted { $0.metadata.name < $1.metadata.name } } ?? []
  }

  /// Whether anything at all is in a namespace.
  func isEmpty(namespace: String) -> Bool {
    namespaces.values.allSatisfy { $0[namespace]?.isEmpty ?? true }
  }

  /// Every object, in no order.
  var all: [KubeObject] {
    namespaces.values.flatMap { $0.values.flatMap(\.values) }
  }
}
