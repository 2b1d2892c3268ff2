// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// DaemonSets: one pod on each node.
extension ObjectType {
  package static let daemonSet = ObjectType(
    .apps, "DaemonSet", "One pod on each node.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.daemonSetSpec), "Wanted state.").required(),
      Field("status", 3, .object(.daemonSetStatus), "Observed state.").defaulted([
        "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
      ]),
    ])

  package static let daemonSetSpec = ObjectType(
    .apps, "DaemonSetSpec", "Wanted state of a DaemonSet.",
    [
      Field("selector", 1, .object(.labelSelector), "Chooses its pods; must match the template's labels.").required(),
      Field("template", 2, .object(.podTemplateSpec), "What its pods are made from.").required(),
      Field("updateStrategy", 3, .object(.daemonSetUpdateStrategy), "How pods are replaced.").defaulted([:]),
      Field("minReadySeconds", 4, .int32, "Seconds that a pod must be ready to count as available.").rule(.nonNegative),
      Field("revisionHistoryLimit", 6, .int32, "How many older revisions are kept.").explicit().defaulted(10)
        .rule(.nonNegative),
    ],
    advice: { member, value in
      member == "replicas"
        ? "a DaemonSet has one pod on each node; a number of pods belongs to a Deployment or StatefulSet"
        : WorkloadRules.advice(member, value)
    },
    validation: { spec, path, errors in WorkloadRules.validateTemplate(in: spec, at: path, &errors) })

  package static let daemonSetUpdateStrategy = ObjectType(
    .apps, "DaemonSetUpdateStrategy", "How the pods of a DaemonSet are replaced.",
    [
      Field("type", 1, .string, "Step by step, or when they are deleted.").defaulted("RollingUpdate")
        .rule(.oneOf(["OnDelete", "RollingUpdate"])),
      Field("rollingUpdate", 2, .object(.rollingUpdateDaemonSet), "How many at a time."),
    ],
    defaulting: { strategy in
      guard strategy["type"] == "RollingUpdate" else { return }
      var steps = strategy["rollingUpdate"]?.object ?? [:]
      // A surge alone takes no pod away before the next is there.
      let surges = steps["maxSurge"].map { !RollingUpdateRules.isZero($0) } ?? false
      steps["maxUnavailable"] = steps["maxUnavailable"] ?? (surges ? 0 : 1)
      steps["maxSurge"] = steps["maxSurge"] ?? 0
      strategy["rollingUpdate"] = .object(steps)
    })

  package static let rollingUpdateDaemonSet = ObjectType(
    .apps, "RollingUpdateDaemonSet", "How pods of a DaemonSet are replaced step by step.",
    [
      Field("maxUnavailable", 1, .intOrString, "Nodes that may be without a pod: a number, or a share rounded up."),
      Field("maxSurge", 2, .intOrString, "Nodes that may have two pods: a number, or a share rounded up."),
    ],
    validation: { steps, path, errors in
      for member in ["maxUnavailable", "maxSurge"] {
        guard let value = steps[member], let problem = RollingUpdateRules.problem(of: value) else { continue }
        errors.append(.invalid(path.appending(member), value, problem))
      }
      guard let unavailable = steps["maxUnavailable"], let surge = steps["maxSurge"] else { return }
      switch (RollingUpdateRules.isZero(unavailable), RollingUpdateRules.isZero(surge)) {
      case (true, true):
        errors.append(.required(path.appending("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
      case (false, false):
        errors.append(
          .invalid(path.appending("maxSurge"), surge, "may not be set when maxUnavailable is non-zero"))
      default: break
      }
    })

  package static let daemonSetStatus = ObjectType(
    .apps, "DaemonSetStatus", "Observed state of a DaemonSet.",
    [
      Field("currentNumberScheduled", 1, .int32, "Nodes that should have a pod and have one.").required()
        .rule(.nonNegative),
      Field("numberMisscheduled", 2, .int32, "Nodes that have a pod and should not.").required().rule(.nonNegative),
      Field("desiredNumberScheduled", 3, .int32, "Nodes that should have a pod.").required().rule(.nonNegative),
      Field("numberReady", 4, .int32, "Nodes whose pod is ready.").required().rule(.nonNegative),
      Field("observedGeneration", 5, .int64, "Generation that the status is about."),
      Field("updatedNumberScheduled", 6, .int32, "Nodes whose pod is of the current template.").rule(.nonNegative),
      Field("numberAvailable", 7, .int32, "Nodes whose pod has been ready long enough.").rule(.nonNegative),
      Field("numberUnavailable", 8, .int32, "Nodes without such a pod.").rule(.nonNegative),
      Field("collisionCount", 9, .int32, "How often a revision's hash was taken already.").explicit().rule(
        .nonNegative),
      Field("conditions", 10, .objects(.daemonSetCondition, keys: "type"), "Aspects of its state."),
    ])

  package static let daemonSetCondition = ObjectType(
    .apps, "DaemonSetCondition", "One aspect of the state of a DaemonSet.", conditionFields)
}
