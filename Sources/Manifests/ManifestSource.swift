// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections
import Synchronization

/// The objects of manifest files as a source: what the files say is what there is.
///
/// It keeps no objects, only what tells a changed one from an unchanged one: who asks for objects has the files read
/// again, so who looks at several takes ``current()`` once. Files with a mistake change nothing: what was read before
/// goes on.
package final class ManifestSource: ObjectSource {
  /// Where objects without a namespace are.
  private static let defaultNamespace = "default"

  private struct Known {
    var resource: APIResource
    var digest: Int
  }

  private struct State {
    var known: [ObjectKey: Known] = [:]
    var readers: [ObjectIdentifier: (changes: ObjectChanges, resources: Set<APIResource>)] = [:]
    var isRead = false
  }

  private let paths: [String]
  private let state = Mutex(State())

  /// - Parameter paths: files and folders, as for ``ManifestReader``.
  package init(paths: [String]) { self.paths = paths }

  /// Reads the files and tells readers what has changed. Nothing where there is a problem.
  /// - Returns: how many objects there are.
  @discardableResult
  package func read() throws(ManifestProblems) -> Int {
    let objects = try load()
    state.withLock { state in
      var changes: [ObjectChange] = []
      var known: [ObjectKey: Known] = [:]
      for object in objects {
        let now = Known(resource: object.resource, digest: object.json.hashValue)
        if state.known[object.key]?.digest != now.digest { changes.append(.updated(object)) }
        known[object.key] = now
      }
      for (key, last) in state.known where known[key] == nil { changes.append(.deleted(Self.remnant(key, last))) }
      state.known = known
      for reader in state.readers.values {
        reader.changes.post(changes.filter { $0.isOf(reader.resources) } + (state.isRead ? [] : [.synced]))
      }
      state.isRead = true
    }
    return objects.count
  }

  /// The objects that the files have now.
  package func current() throws(ManifestProblems) -> FixedObjects { FixedObjects(try load()) }

  private func load() throws(ManifestProblems) -> [KubeObject] {
    let set = ManifestReader.read(paths)
    guard set.problems.isEmpty else { throw ManifestProblems(set.problems) }
    var objects: OrderedDictionary<ObjectKey, KubeObject> = [:]
    for document in set.documents {
      var root = document.root
      if document.resource.isNamespaced, document.namespace == nil {
        root["metadata"]?["namespace"] = .string(Self.defaultNamespace)
      }
      let object = KubeObject(root, of: document.resource)
      objects[object.key] = object
    }
    return Array(objects.values)
  }

  /// What is told of an object that is in no file any more.
  private static func remnant(_ key: ObjectKey, _ known: Known) -> KubeObject {
    KubeObject(["metadata": ["name": .string(key.name), "namespace": .string(key.namespace)]], of: known.resource)
  }

  package func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
    readable.object(resource, namespace: namespace, name: name)
  }

  package func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    readable.objects(resource, namespace: namespace)
  }

  /// Nothing where there is a problem.
  private var readable: FixedObjects { (try? current()) ?? FixedObjects() }

  /// Begin to follow before the first ``read()``: objects that were read before are read once more for each new reader.
  package func changes(of resources: [APIResource]) -> ObjectChanges {
    let changes = ObjectChanges { [weak self] changes in
      _ = self?.state.withLock { $0.readers.removeValue(forKey: ObjectIdentifier(changes)) }
    }
    let isRead = state.withLock { state in
      state.readers[ObjectIdentifier(changes)] = (changes, Set(resources))
      return state.isRead
    }
    if isRead {
      let all = readable
      changes.post(resources.flatMap { all.objects($0, namespace: nil) }.map { .updated($0) } + [.synced])
    }
    return changes
  }
}

/// Everything that is wrong with a set of manifests.
package struct ManifestProblems: Error, Sendable, CustomStringConvertible {
  package let problems: [ManifestProblem]

  init(_ problems: [ManifestProblem]) { self.problems = problems }

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension ObjectChange {
  fileprivate func isOf(_ resources: Set<APIResource>) -> Bool {
    switch self {
    case .updated(let object), .deleted(let object): resources.contains(object.resource)
    case .synced: true
    }
  }
}
