// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The annotation in which `kubectl apply` keeps the manifest that it applied last, in kubectl's own form, so that
/// objects can be applied by Callsign and by kubectl in turn.
enum LastApplied {
  static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

  /// The annotation's value: JSON with members in order of their names, as Go writes it.
  static func text(of manifest: JSONObject) -> String {
    var manifest = manifest
    var metadata = manifest["metadata"] ?? [:]
    var annotations = metadata["annotations"]?.object ?? [:]
    annotations[annotation] = nil
    metadata["annotations"] = .object(annotations)
    manifest["metadata"] = metadata
    return JSONValue.object(manifest).canonical.jsonText
      .replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026") + "\n"
  }

  /// The manifest that an object was made from; empty where it was not applied.
  static func manifest(of object: JSONObject) -> JSONObject {
    guard let text = object["metadata"]?["annotations"]?[annotation]?.string,
      let value = try? JSONParser.parse(text), case .object(let members) = value
    else { return [:] }
    return members
  }
}
