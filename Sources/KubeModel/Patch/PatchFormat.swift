// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// The forms of patches that the API takes, named by their media types.
package enum PatchFormat: String, Sendable, CaseIterable {
  case json = "application/json-patch+json"
  case merge = "application/merge-patch+json"
  case strategicMerge = "application/strategic-merge-patch+json"

  /// The object after the patch; it is still to be decoded by its type and validated.
  package func apply(_ patch: JSONValue, to root: JSONObject, as type: ObjectType) throws(PatchError) -> JSONObject {
    let result: JSONValue
    switch self {
    case .json: result = try JSONPatch(patch).apply(to: .object(root))
    case .merge: result = MergePatch.apply(patch, to: .object(root))
    case .strategicMerge:
      guard case .object(let members) = patch else {
        throw PatchError(.malformed, "", "expected an object, found \(patch.typeName)")
      }
      return try StrategicMergePatch.apply(members, to: root, as: type)
    }
    guard case .object(let patched) = result else {
      throw PatchError(.notApplicable, "", "the patch leaves \(result.typeName) where the object was")
    }
    return patched
  }
}
