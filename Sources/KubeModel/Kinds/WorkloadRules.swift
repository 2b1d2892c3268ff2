// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// What Deployments, ReplicaSets and StatefulSets have in common.
enum WorkloadRules {
  static let advice: @Sendable (String, JSONValue) -> String? = { member, value in
    switch member {
    case "containers", "volumes", "hostname", "subdomain", "dnsPolicy", "initContainers":
      "\(member) belongs to the pod template: write it under template.spec"
    case "serviceName":
      "only a StatefulSet has serviceName; to name the pods of a Deployment, give the template a subdomain"
    case "labels": "labels belong under metadata, those of the pods under template.metadata"
    case "matchLabels": "matchLabels belongs under selector"
    default: nil
    }
  }

  /// The selector must choose the template's pods and no others by accident, and the pods must be meant to last.
  static func validateTemplate(in spec: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    let templatePath = path.appending("template")
    let template = spec["template"]?.object ?? [:]
    let pod = template["spec"]?.object ?? [:]
    if let selector = spec["selector"]?.object {
      let labels = template["metadata"]?["labels"]
      if selector.isEmpty {
        errors.append(.invalid(path.appending("selector"), .object(selector), "empty selector is invalid"))
      } else if LabelSelector(json: .object(selector))?.matches(labels?.stringMap ?? [:]) == false {
        errors.append(
          .invalid(
            templatePath.appending("metadata").appending("labels"), labels ?? [:],
            "`selector` does not match template `labels`"))
      }
    }
    let podPath = templatePath.appending("spec")
    if let policy = pod["restartPolicy"], policy != "Always" {
      errors.append(.notSupported(podPath.appending("restartPolicy"), policy, ["Always"]))
    }
    if pod["activeDeadlineSeconds"] != nil {
      errors.append(.forbidden(podPath.appending("activeDeadlineSeconds"), "pods of this kind have no deadline"))
    }
    let claims = (spec["volumeClaimTemplates"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
    PodRules.validateVolumeReferences(in: pod, claims: Set(claims), at: podPath, &errors)
  }
}

/// How far a rolling update may go at a time: a count, or a share of the wanted number such as `25%`.
enum RollingUpdateRules {
  static func applyDefaults(to steps: inout JSONObject) {
    steps["maxUnavailable"] = steps["maxUnavailable"] ?? "25%"
    steps["maxSurge"] = steps["maxSurge"] ?? "25%"
  }

  static let validate: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = { steps, path, errors in
    for member in ["maxUnavailable", "maxSurge"] {
      guard let value = steps[member], let problem = problem(of: value) else { continue }
      errors.append(.invalid(path.appending(member), value, problem))
    }
    if let unavailable = steps["maxUnavailable"], let surge = steps["maxSurge"], isZero(unavailable), isZero(surge) {
      errors.append(.invalid(path.appending("maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0"))
    }
  }

  static func isZero(_ value: JSONValue) -> Bool {
    value == 0 || value == "0%"
  }

  static func problem(of value: JSONValue) -> String? {
    switch value {
    case .int(let count): return count < 0 ? "must be greater than or equal to 0" : nil
    case .string(let text):
      let digits = text.dropLast()
      guard text.last == "%", !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let share = Int(digits)
      else { return "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')" }
      return share > 100 ? "must not be greater than 100%" : nil
    default: return nil
    }
  }
}
