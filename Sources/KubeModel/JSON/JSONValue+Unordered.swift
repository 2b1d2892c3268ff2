// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension JSONValue {
  /// Whether the values say the same in the same octets.
  ///
  /// Unlike `==`, the order of members does not count, and strings count as equal only in the same Unicode form: "é" as
  /// one character and as "e" with an accent are two values to everyone who is not Swift.
  package func isEquivalent(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.object(let left), .object(let right)): Self.areEquivalent(left, right)
    case (.array(let left), .array(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
    case (.string(let left), .string(let right)): Self.areSame(left, right)
    default: self == other
    }
  }

  package static func areEquivalent(_ left: JSONObject, _ right: JSONObject) -> Bool {
    left.count == right.count
      && left.allSatisfy { name, value in
        guard let index = right.index(forKey: name) else { return false }
        let (otherName, otherValue) = right.elements[index]
        return areSame(name, otherName) && value.isEquivalent(to: otherValue)
      }
  }

  /// `==` first: it is fast, and nearly all strings differ in it or not at all.
  private static func areSame(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.elementsEqual(right.utf8)
  }
}
