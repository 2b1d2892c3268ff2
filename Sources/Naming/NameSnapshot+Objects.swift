// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The kinds of objects that names are made from.
package enum NamedKind: Hashable, Sendable { case namespace, service, slice, pod }

// The objects behind the names. Each look goes through all of them.
extension NameSnapshot {
  /// How many objects of a kind are known. Namespaces count that have an object or a Service.
  package func objectCount(of kind: NamedKind) -> Int {
    var count = 0
    forEachObject(of: kind) { _, _ in count += 1 }
    return count
  }

  /// What removes each object of a kind that `isKept` does not want: after a list that is whole, those that are not
  /// in it.
  /// - Parameters:
  ///   - scope: the namespace that is looked at; `nil` for all.
  ///   - isKept: of an object in the octets of its namespace, empty for a namespace itself, and of its name.
  package func removals(
    of kind: NamedKind, in scope: String?, unless isKept: (_ namespace: [UInt8], _ name: [UInt8]) -> Bool
  ) -> [NameChange] {
    let scope = scope.map { Array($0.utf8) }
    var removals: [NameChange] = []
    forEachObject(of: kind) { namespace, name in
      guard scope == nil || scope == (kind == .namespace ? name : namespace), !isKept(namespace, name) else { return }
      let namespaceText = String(decoding: namespace, as: UTF8.self)
      let nameText = String(decoding: name, as: UTF8.self)
      switch kind {
      case .namespace: removals.append(.namespace(nameText, exists: false))
      case .service: removals.append(.service(namespace: namespaceText, name: nameText, nil))
      case .slice: removals.append(.slice(namespace: namespaceText, name: nameText, nil))
      case .pod: removals.append(.pod(namespace: namespaceText, name: nameText, []))
      }
    }
    return removals
  }

  /// The namespaces that have an object or a Service.
  package var namespaces: [String] {
    var names: [String] = []
    forEachObject(of: .namespace) { names.append(String(decoding: $1, as: UTF8.self)) }
    return names
  }

  private func forEachObject(of kind: NamedKind, _ body: (_ namespace: [UInt8], _ name: [UInt8]) -> Void) {
    switch kind {
    case .namespace:
      tables.namespaceLabels.forEach { _, block in body([], block.octets(1..<block.count)) }
    case .service, .slice:
      tables.records.forEach { _, block in
        let records = ServiceRecords(block)
        let key = records.key
        let service = (key.lowerBound + 1)..<(key.lowerBound + 1 + Int(block.octet(at: key.lowerBound)))
        let namespace = block.octets((service.upperBound + 1)..<key.upperBound)
        if kind == .slice {
          var cursor = records.firstSlice
          while let slice = records.nextSlice(&cursor) { body(namespace, block.octets(slice.name)) }
        } else if records.flags.contains(.hasService) {
          body(namespace, block.octets(service))
        }
      }
    case .pod:
      tables.podRecords.forEach { _, block in
        let pod = PodRecord(block)
        body(block.octets((pod.namespace.lowerBound + 1)..<pod.namespace.upperBound), block.octets(pod.name))
      }
    }
  }
}
