// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// A patch as it came in, of the form that its media type names.
struct ObjectPatch: Sendable {
  private let format: PatchFormat
  private let value: JSONValue

  init(_ bytes: [UInt8], contentType: String?) throws(StatusError) {
    let type = contentType.flatMap { MediaType($0)?.name } ?? ""
    if type.hasPrefix("application/apply-patch") {
      throw StatusError(
        .unsupportedMediaType,
        "server-side apply is not served by this version: apply without --server-side (client-side apply)")
    }
    guard let format = PatchFormat(rawValue: type) else {
      throw StatusError(
        .unsupportedMediaType,
        "the body of the request was in an unknown format - accepted media types include: "
          + PatchFormat.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.format = format
    do throws(JSONParseError) {
      value = try JSONParser.parse(bytes)
    } catch {
      throw StatusError(.badRequest, "the patch is \(error)")
    }
  }

  /// The target after the patch; it is still to be decoded.
  func applied(to target: JSONObject, as type: ObjectType) throws(StatusError) -> JSONObject {
    do throws(PatchError) {
      let patched: JSONValue
      switch format {
      case .json: patched = try JSONPatch(value).apply(to: .object(target))
      case .merge: patched = MergePatch.apply(value, to: .object(target))
      case .strategicMerge:
        guard case .object(let members) = value else {
          throw PatchError(.malformed, "", "expected an object, found \(value.typeName)")
        }
        return try StrategicMergePatch.apply(members, to: target, as: type)
      }
      guard case .object(let members) = patched else {
        throw PatchError(.notApplicable, "", "the patch leaves \(patched.typeName) where the object was")
      }
      return members
    } catch {
      throw error.status
    }
  }
}
