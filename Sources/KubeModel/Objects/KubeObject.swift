// SPDX-License-Identifier: Apache-2.0
import OrderedCollections
import Synchronization

/// One version of one object: its encoded JSON and the tree that was read from it. Immutable.
///
/// The bytes are kept so that a list or a watch event is copied out and not encoded again for each reader; those of the
/// protobuf form from when they are asked for first.
package final class KubeObject: Sendable {
  package let resource: APIResource
  package let root: JSONObject
  package let metadata: ObjectMeta
  /// Compact JSON, UTF-8.
  package let json: [UInt8]
  private let message = Mutex<[UInt8]?>(nil)

  /// - Parameter root: the whole object, `apiVersion` and `kind` included.
  package init(_ root: JSONObject, of resource: APIResource) {
    self.resource = resource
    self.root = root
    metadata = ObjectMeta(root["metadata"]?.object ?? [:])
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    JSONValue.write(root, to: &bytes)
    json = bytes
  }

  /// The object's message in protobuf, without an envelope.
  package var protobuf: [UInt8] {
    message.withLock { message in
      if let message { return message }
      let octets = ProtobufEncoder.encode(root, as: resource.type, sizeHint: json.count / 2)
      message = octets
      return octets
    }
  }

  package var key: ObjectKey {
    ObjectKey(resource: resource, namespace: metadata.namespace, name: metadata.name)
  }

  package subscript(_ member: String) -> JSONValue? { root[member] }

  /// The value at a path of member names.
  package subscript(at first: String, _ rest: String...) -> JSONValue? {
    var value = root[first]
    for step in rest { value = value?[step] }
    return value
  }
}

/// What identifies an object in a store at one time.
package struct ObjectKey: Sendable, Hashable, CustomStringConvertible {
  package var resource: APIResource
  /// Empty for kinds without namespaces.
  package var namespace: String
  package var name: String

  package init(resource: APIResource, namespace: String, name: String) {
    self.resource = resource
    self.namespace = namespace
    self.name = name
  }

  package var description: String {
    namespace.isEmpty ? "\(resource.plural)/\(name)" : "\(resource.plural)/\(namespace)/\(name)"
  }
}
