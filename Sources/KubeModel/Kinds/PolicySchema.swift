// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// How many pods may be away at a time, and which pods count more than others. Kept and checked, without effect here:
// one machine evicts nobody.
extension ObjectType {
  package static let podDisruptionBudget = ObjectType(
    .policy, "PodDisruptionBudget", "How many of some pods may be taken away at a time.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.podDisruptionBudgetSpec), "Wanted state.").defaulted([:]),
      Field("status", 3, .object(.podDisruptionBudgetStatus), "Observed state.").defaulted([
        "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
      ]),
    ])

  package static let podDisruptionBudgetSpec = ObjectType(
    .policy, "PodDisruptionBudgetSpec", "Wanted state of a PodDisruptionBudget.",
    [
      Field("minAvailable", 1, .intOrString, "Pods that must stay: a number, or a share."),
      Field("selector", 2, .object(.labelSelector), "Chooses the pods; empty chooses all of the namespace."),
      Field("maxUnavailable", 3, .intOrString, "Pods that may be away: a number, or a share."),
      Field("unhealthyPodEvictionPolicy", 4, .string, "Whether pods that are not ready may always be taken away.")
        .explicit().rule(.oneOf(["AlwaysAllow", "IfHealthyBudget"])),
    ],
    validation: { spec, path, errors in
      if let least = spec["minAvailable"], spec["maxUnavailable"] != nil {
        errors.append(
          .invalid(path, .object(["minAvailable": least, "maxUnavailable": spec["maxUnavailable"] ?? .null]),
            "minAvailable and maxUnavailable cannot be both set"))
      }
      for member in ["minAvailable", "maxUnavailable"] {
        guard let value = spec[member], let problem = RollingUpdateRules.problem(of: value) else { continue }
        errors.append(.invalid(path.appending(member), value, problem))
      }
    })

  package static let podDisruptionBudgetStatus = ObjectType(
    .policy, "PodDisruptionBudgetStatus", "Observed state of a PodDisruptionBudget.",
    [
      Field("observedGeneration", 1, .int64, "Generation that the status is about."),
      Field("disruptedPods", 2, .map(.time), "Pods that are being taken away, and since when."),
      Field("disruptionsAllowed", 3, .int32, "Pods that may be taken away now.").required().rule(.nonNegative),
      Field("currentHealthy", 4, .int32, "Pods that are ready.").required().rule(.nonNegative),
      Field("desiredHealthy", 5, .int32, "Pods that must be ready.").required().rule(.nonNegative),
      Field("expectedPods", 6, .int32, "Pods that are counted.").required().rule(.nonNegative),
      Field("conditions", 7, .objects(.condition, keys: "type"), "Aspects of its state."),
    ])

  package static let priorityClass = ObjectType(
    .scheduling, "PriorityClass", "An importance that pods can name.",
    [
      .apiVersion, .kind, .metadata,
      Field("value", 2, .int32, "The importance; more is more important. Cannot be changed.").required(),
      Field("globalDefault", 3, .bool, "Whether pods without a class have this one."),
      Field("description", 4, .string, "When to use it."),
      Field("preemptionPolicy", 5, .string, "Whether its pods may displace others.").explicit()
        .defaulted("PreemptLowerPriority").rule(.oneOf(["Never", "PreemptLowerPriority"])),
    ],
    validation: { priorityClass, path, errors in
      if let name = priorityClass["metadata"]?["name"]?.string, name.hasPrefix("system-") {
        errors.append(
          .forbidden(
            path.appending("metadata").appending("name"),
            "priority class names with 'system-' prefix are reserved for system use only"))
      }
      if let value = priorityClass["value"]?.int, value > highestPriority {
        errors.append(
          .forbidden(
            path.appending("value"), "maximum allowed value of a user defined priority is \(highestPriority)"))
      }
    })

  /// The most that a class of a user's own may have.
  private static let highestPriority: Int64 = 1_000_000_000
}
