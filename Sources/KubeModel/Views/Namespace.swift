// SPDX-License-Identifier: Apache-2.0

/// A Namespace.
package struct Namespace: Sendable {
  package let object: KubeObject
  package init(_ object: KubeObject) { self.object = object }

  package var name: String { object.metadata.name }
  /// Being emptied before it goes; nothing can be created in it.
  package var isTerminating: Bool { object.metadata.isBeingDeleted }
}
