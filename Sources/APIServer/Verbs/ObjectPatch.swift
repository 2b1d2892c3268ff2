// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// A patch as it came in, of the kind that its media type names.
enum ObjectPatch: Sendable {
  /// RFC 6902.
  case json(JSONPatch)
  /// RFC 7386.
  case merge(JSONValue)
  /// Kubernetes' own: lists are merged as the schema says.
  case strategic(JSONObject)

  init(_ bytes: [UInt8], contentType: String?) throws(StatusError) {
    let type = contentType.flatMap { MediaType($0)?.name } ?? ""
    let kinds = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"]
    if type.hasPrefix("application/apply-patch") {
      throw StatusError(
        .unsupportedMediaType,
        "server-side apply is not served by this version: apply without --server-side (client-side apply)")
    }
    guard kinds.contains(type) else {
      throw StatusError(
        .unsupportedMediaType,
        "the body of the request was in an unknown format - accepted media types include: "
          + kinds.joined(separator: ", "))
    }
    let value: JSONValue
    do throws(JSONParseError) {
      value = try JSONParser.parse(bytes)
    } catch {
      throw StatusError(.badRequest, "the patch is \(error)")
    }
    if type == kinds[0] {
      self = try .json(Self.reading { () throws(PatchError) in try JSONPatch(value) })
      return
    }
    guard let members = value.object else {
      throw StatusError(.badRequest, "the patch must be an object, found \(value.typeName)")
    }
    self = type == kinds[1] ? .merge(value) : .strategic(members)
  }

  /// The target after the patch.
  /// - Parameter type: the target's; without one, strategic patches are merge patches.
  func applied(to target: JSONValue, type: ObjectType?) throws(StatusError) -> JSONValue {
    switch self {
    case .json(let patch): return try Self.reading { () throws(PatchError) in try patch.apply(to: target) }
    case .merge(let patch): return MergePatch.apply(patch, to: target)
    case .strategic(let patch):
      guard let type else { return MergePatch.apply(.object(patch), to: target) }
      return try Self.reading { () throws(PatchError) in
        .object(try StrategicMergePatch.apply(patch, to: target.object ?? [:], as: type))
      }
    }
  }

  private static func reading<Value>(_ body: () throws(PatchError) -> Value) throws(StatusError) -> Value {
    do throws(PatchError) {
      return try body()
    } catch {
      throw error.status
    }
  }
}
