// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension JSONValue {
  /// The same value with the members of every object in order of their names, so that equal content is the same text.
  /// To compare two values, ``isEquivalent(to:)`` needs no copies.
  package var canonical: JSONValue {
    switch self {
    case .object(let members):
      .object(
        JSONObject(uniqueKeysWithValues: members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.canonical) }))
    case .array(let elements): .array(elements.map(\.canonical))
    default: self
    }
  }
}
