// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension APIResource {
  /// What a new version of an object changes that must not change. Defaults must have been applied to both.
  package func validateUpdate(old: JSONObject, new: JSONObject) -> [FieldError] {
    var errors: [FieldError] = []
    let metadata = FieldPath("metadata")
    for member in ["name", "namespace", "uid"] {
      reportChange(metadata.appending(member), old["metadata"]?[member], new["metadata"]?[member], into: &errors)
    }
    let oldSpec = old["spec"]?.object ?? [:]
    let newSpec = new["spec"]?.object ?? [:]
    let spec = FieldPath("spec")
    switch kind {
    case "Service": UpdateRules.checkService(oldSpec, newSpec, at: spec, &errors)
    case "StatefulSet": UpdateRules.checkStatefulSet(oldSpec, newSpec, at: spec, &errors)
    case "Deployment", "ReplicaSet", "DaemonSet":
      reportChange(spec.appending("selector"), oldSpec["selector"], newSpec["selector"], into: &errors)
    case "Pod": UpdateRules.checkPod(oldSpec, newSpec, at: spec, &errors)
    case "PersistentVolumeClaim": UpdateRules.checkClaim(oldSpec, newSpec, at: spec, &errors)
    case "EndpointSlice":
      reportChange(FieldPath("addressType"), old["addressType"], new["addressType"], into: &errors)
    case "ControllerRevision": reportChange(FieldPath("data"), old["data"], new["data"], into: &errors)
    case "ConfigMap": UpdateRules.checkImmutableData(old, new, ["data", "binaryData"], &errors)
    case "Secret":
      reportChange(FieldPath("type"), old["type"], new["type"], into: &errors)
      UpdateRules.checkImmutableData(old, new, ["data"], &errors)
    case "RoleBinding", "ClusterRoleBinding":
      if !UpdateRules.isSame(old["roleRef"], new["roleRef"]) {
        errors.append(.invalid(FieldPath("roleRef"), new["roleRef"] ?? .null, "cannot change roleRef"))
      }
    case "PriorityClass":
      for member in ["value", "preemptionPolicy"] where !UpdateRules.isSame(old[member], new[member]) {
        errors.append(.forbidden(FieldPath(member), "may not be changed in an update."))
      }
    default: break
    }
    return errors
  }

  private func reportChange(
    _ path: FieldPath, _ old: JSONValue?, _ new: JSONValue?, into errors: inout [FieldError]
  ) {
    if !UpdateRules.isSame(old, new) { errors.append(.invalid(path, new ?? .null, "field is immutable")) }
  }
}

/// Which fields of each kind stay as they were created.
///
/// Source: the update rules of the Kubernetes API server, as its error messages state them.
enum UpdateRules {
  /// Whether two values say the same, or both are absent.
  static func isSame(_ old: JSONValue?, _ new: JSONValue?) -> Bool {
    guard let old, let new else { return old == nil && new == nil }
    return old.isEquivalent(to: new)
  }

  /// An address given to a Service stays while it has one; changes of the type to and from ExternalName replace it.
  static func checkService(_ old: JSONObject, _ new: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    let address = old["clusterIP"]?.string ?? ""
    guard old["type"] != "ExternalName", new["type"] != "ExternalName", !address.isEmpty else { return }
    guard new["clusterIP"]?.string != address else { return }
    let found = new["clusterIPs"] ?? new["clusterIP"].map { .array([$0]) } ?? []
    errors.append(.invalid(path.appending("clusterIPs").appending(index: 0), found, "may not change once set"))
  }

  private static let changeableInStatefulSet = [
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
  ]

  static func checkStatefulSet(_ old: JSONObject, _ new: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    if isSame(.object(old), .object(new), apartFrom: changeableInStatefulSet) { return }
    let list = changeableInStatefulSet.dropLast().map { "'\($0)'" }.joined(separator: ", ")
    errors.append(
      .forbidden(
        path,
        "updates to statefulset spec for fields other than \(list) and 'minReadySeconds' are forbidden"))
  }

  static func checkPod(_ old: JSONObject, _ new: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    var old = old
    var new = new
    checkDeadline(old["activeDeadlineSeconds"]?.int, new["activeDeadlineSeconds"]?.int, at: path, &errors)
    // A pod that waits for a node is given one.
    if (old["nodeName"]?.string ?? "").isEmpty { old["nodeName"] = new["nodeName"] }
    let tolerations = old["tolerations"]?.array ?? []
    if tolerations.allSatisfy({ kept in new["tolerations"]?.array?.contains { isSame($0, kept) } ?? false }) {
      old["tolerations"] = new["tolerations"]
    }
    for list in ["containers", "initContainers"] {
      old[list] = old[list].map(withoutImages)
      new[list] = new[list].map(withoutImages)
    }
    if isSame(.object(old), .object(new), apartFrom: ["activeDeadlineSeconds"]) { return }
    errors.append(
      .forbidden(
        path,
        "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
          + "`spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), "
          + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"))
  }

  private static func withoutImages(_ containers: JSONValue) -> JSONValue {
    .array(
      (containers.array ?? []).map { container in
        var container = container
        container["image"] = nil
        return container
      })
  }

  /// A deadline may be set, and brought forward.
  private static func checkDeadline(
    _ old: Int64?, _ new: Int64?, at path: FieldPath, _ errors: inout [FieldError]
  ) {
    let path = path.appending("activeDeadlineSeconds")
    guard let old, old != new else { return }
    guard let new else {
      errors.append(.invalid(path, .null, "must not update from a positive integer to nil value"))
      return
    }
    if new > old { errors.append(.invalid(path, .int(new), "must be less than or equal to previous value")) }
  }

  static func checkClaim(_ old: JSONObject, _ new: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    // A claim that waits for storage is given a volume.
    var old = old
    if (old["volumeName"]?.string ?? "").isEmpty { old["volumeName"] = new["volumeName"] }
    if isSame(.object(old), .object(new), apartFrom: ["resources", "volumeAttributesClassName"]) { return }
    errors.append(
      .forbidden(
        path,
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"))
  }

  /// Data that was declared immutable stays, and so does the declaration.
  static func checkImmutableData(
    _ old: JSONObject, _ new: JSONObject, _ members: [String], _ errors: inout [FieldError]
  ) {
    guard old["immutable"]?.bool == true else { return }
    let problem = "field is immutable when `immutable` is set"
    if new["immutable"]?.bool != true { errors.append(.forbidden(FieldPath("immutable"), problem)) }
    for member in members where !isSame(old[member], new[member]) {
      errors.append(.forbidden(FieldPath(member), problem))
    }
  }

  private static func isSame(_ old: JSONValue, _ new: JSONValue, apartFrom members: [String]) -> Bool {
    var old = old
    var new = new
    for member in members {
      old[member] = nil
      new[member] = nil
    }
    return isSame(old, new)
  }
}
