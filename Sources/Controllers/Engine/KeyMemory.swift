// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Which keys each object last led to.
///
/// A change carries only the newest version of an object. A pod that has lost a Service's label still makes work for
/// that Service; this remembers so.
struct KeyMemory {
  private var keys: [ObjectKey: [ObjectKey]] = [:]

  /// The keys to wake for a change of `object`: those of its version before and of this one.
  /// - Parameter current: those of this version.
  mutating func update(_ object: KubeObject, isDeleted: Bool, current: [ObjectKey]) -> [ObjectKey] {
    let key = object.key
    let previous = keys[key] ?? []
    // What maps to itself alone always does.
    if isDeleted || current.isEmpty || current == [key] {
      if !previous.isEmpty { keys[key] = nil }
    } else if previous != current {
      keys[key] = current
    }
    return previous.isEmpty || previous == current ? current : current + previous.filter { !current.contains($0) }
  }
}
