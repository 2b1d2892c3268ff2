// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension JSONValue {
  /// Whether the values say the same: as `==`, but the order of members does not count.
  package func isEquivalent(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.object(let left), .object(let right)): Self.areEquivalent(left, right)
    case (.array(let left), .array(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
    default: self == other
    }
  }

  package static func areEquivalent(_ left: JSONObject, _ right: JSONObject) -> Bool {
    left.count == right.count
      && left.allSatisfy { name, value in right[name].map { value.isEquivalent(to: $0) } ?? false }
  }
}
