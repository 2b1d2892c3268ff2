// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A JSON merge patch (RFC 7386): members of the patch replace those of the object, and null removes.
package enum MergePatch {
  /// The object after the patch. Neither nests deeper than the parser reads, so the recursion is bounded.
  package static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = target.object ?? [:]
    for (name, change) in changes {
      if change.isNull {
        members.removeValue(forKey: name)
      } else {
        members[name] = apply(change, to: members[name] ?? .null)
      }
    }
    return .object(members)
  }
}
