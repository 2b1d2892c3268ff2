// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// All current objects, by kind, namespace and name.
struct ObjectTables {
  private var namespaces: [APIResource: [String: ObjectTable]] = [:]

  subscript(_ key: ObjectKey) -> KubeObject? {
    namespaces[key.resource]?[key.namespace]?[key.name]
  }

  mutating func put(_ object: KubeObject) {
    namespaces[object.resource, default: [:]][object.metadata.namespace, default: ObjectTable()].put(object)
  }

  mutating func remove(_ key: ObjectKey) {
    namespaces[key.resource]?[key.namespace]?.remove(key.name)
    if namespaces[key.resource]?[key.namespace]?.isEmpty == true { namespaces[key.resource]?[key.namespace] = nil }
  }

  /// The objects of a kind in order of namespace and name.
  func sorted(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    guard let tables = namespaces[resource] else { return [] }
    if let namespace { return tables[namespace]?.objects ?? [] }
    if tables.count == 1, let only = tables.values.first { return only.objects }
    return tables.sorted { $0.key < $1.key }.flatMap(\.value.objects)
  }

  /// How many objects of a kind there are.
  func count(_ resource: APIResource) -> Int { namespaces[resource]?.values.reduce(0) { $0 + $1.objects.count } ?? 0 }

  /// Whether anything at all is in a namespace.
  func isEmpty(namespace: String) -> Bool {
    namespaces.values.allSatisfy { $0[namespace]?.isEmpty ?? true }
  }

  /// Every object, in no order.
  var all: [KubeObject] {
    namespaces.values.flatMap { $0.values.flatMap(\.objects) }
  }
}

/// The objects of one kind in one namespace, kept in order of their names, so that a list is a copy of the array.
struct ObjectTable {
  private(set) var objects: [KubeObject] = []

  var isEmpty: Bool { objects.isEmpty }

  subscript(_ name: String) -> KubeObject? {
    let (index, isThere) = place(of: name)
    return isThere ? objects[index] : nil
  }

  mutating func put(_ object: KubeObject) {
    let (index, isThere) = place(of: object.metadata.name)
    if isThere { objects[index] = object } else { objects.insert(object, at: index) }
  }

  mutating func remove(_ name: String) {
    let (index, isThere) = place(of: name)
    if isThere { objects.remove(at: index) }
  }

  /// Where an object of this name is, or belongs.
  private func place(of name: String) -> (index: Int, isThere: Bool) {
    // At its end first, because objects are read from the database in order.
    guard let last = objects.last, last.metadata.name >= name else { return (objects.count, false) }
    var low = 0
    var high = objects.count
    while low < high {
      let middle = (low + high) / 2
      if objects[middle].metadata.name < name { low = middle + 1 } else { high = middle }
    }
    return (low, objects[low].metadata.name == name)
  }
}
