// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// StatefulSets: pods that keep their names, and the revisions of their templates.
extension ObjectType {
  package static let statefulSet = ObjectType(
    .apps, "StatefulSet", "Numbered pods that keep their names and their storage.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.statefulSetSpec), "Wanted state.").required(),
      Field("status", 3, .object(.statefulSetStatus), "Observed state.").defaulted(["replicas": 0]),
    ])

  package static let statefulSetSpec = ObjectType(
    .apps, "StatefulSetSpec", "Wanted state of a StatefulSet.",
    [
      Field("replicas", 1, .int32, "Number of pods.").explicit().defaulted(1).rule(.nonNegative),
      Field("selector", 2, .object(.labelSelector), "Chooses its pods; must match the template's labels.").required(),
      Field("template", 3, .object(.podTemplateSpec), "What its pods are made from.").required(),
      Field("volumeClaimTemplates", 4, .objects(.persistentVolumeClaim), "Claims that each pod gets."),
      Field("serviceName", 5, .string, "The headless Service below which its pods have names.")
        .rule(.format(.dnsLabel)),
      Field("podManagementPolicy", 6, .string, "Whether pods come one after the other.").defaulted("OrderedReady")
        .rule(.oneOf(["OrderedReady", "Parallel"])),
      Field("updateStrategy", 7, .object(.statefulSetUpdateStrategy), "How pods are replaced.").defaulted([:]),
      Field("revisionHistoryLimit", 8, .int32, "How many older revisions are kept.").explicit().defaulted(10)
        .rule(.nonNegative),
      Field("minReadySeconds", 9, .int32, "Seconds that a pod must be ready to count as available.").rule(.nonNegative),
      Field(
        "persistentVolumeClaimRetentionPolicy", 10, .object(.claimRetentionPolicy),
        "What becomes of the claims."
      ).defaulted([:]),
      Field("ordinals", 11, .object(.statefulSetOrdinals), "How its pods are numbered."),
    ],
    advice: WorkloadRules.advice,
    validation: { spec, path, errors in WorkloadRules.validateTemplate(in: spec, at: path, &errors) })

  package static let statefulSetUpdateStrategy = ObjectType(
    .apps, "StatefulSetUpdateStrategy", "How the pods of a StatefulSet are replaced.",
    [
      Field("type", 1, .string, "From the highest number down, or when they are deleted.").defaulted("RollingUpdate")
        .rule(.oneOf(["OnDelete", "RollingUpdate"])),
      Field("rollingUpdate", 2, .object(.rollingUpdateStatefulSetStrategy), "How far, and how many at a time."),
    ],
    defaulting: { strategy in
      guard strategy["type"] == "RollingUpdate" else { return }
      var steps = strategy["rollingUpdate"]?.object ?? [:]
      steps["partition"] = steps["partition"] ?? 0
      strategy["rollingUpdate"] = .object(steps)
    },
    validation: { strategy, path, errors in
      if strategy["type"] == "OnDelete", strategy["rollingUpdate"] != nil {
        errors.append(
          .invalid(
            path.appending("rollingUpdate"), strategy["rollingUpdate"] ?? [:],
            "only allowed for updateStrategy 'RollingUpdate'"))
      }
    })

  package static let rollingUpdateStatefulSetStrategy = ObjectType(
    .apps, "RollingUpdateStatefulSetStrategy", "How pods of a StatefulSet are replaced step by step.",
    [
      Field("partition", 1, .int32, "Pods with a lower number are left alone.").explicit().rule(.nonNegative),
      Field("maxUnavailable", 2, .intOrString, "How many may be missing at a time."),
    ],
    validation: { strategy, path, errors in
      let path = path.appending("maxUnavailable")
      guard let value = strategy["maxUnavailable"] else { return }
      if let problem = RollingUpdateRules.problem(of: value) { errors.append(.invalid(path, value, problem)) }
      if RollingUpdateRules.isZero(value) { errors.append(.invalid(path, value, "cannot be 0")) }
    })

  package static let statefulSetOrdinals = ObjectType(
    .apps, "StatefulSetOrdinals", "How the pods of a StatefulSet are numbered.",
    [Field("start", 1, .int32, "The lowest number.").explicit().defaulted(0).rule(.nonNegative)])

  package static let claimRetentionPolicy = ObjectType(
    .apps, "StatefulSetPersistentVolumeClaimRetentionPolicy", "What becomes of the claims of a StatefulSet's pods.",
    [
      Field("whenDeleted", 1, .string, "When the StatefulSet is deleted.").defaulted("Retain")
        .rule(.oneOf(["Delete", "Retain"])),
      Field("whenScaled", 2, .string, "When it gets smaller.").defaulted("Retain").rule(.oneOf(["Delete", "Retain"])),
    ])

  package static let statefulSetStatus = ObjectType(
    .apps, "StatefulSetStatus", "Observed state of a StatefulSet.",
    [
      Field("observedGeneration", 1, .int64, "Generation that the status is about."),
      Field("replicas", 2, .int32, "Pods that there are.").required().rule(.nonNegative),
      Field("readyReplicas", 3, .int32, "Pods that are ready.").rule(.nonNegative),
      Field("currentReplicas", 4, .int32, "Pods of the current revision.").rule(.nonNegative),
      Field("updatedReplicas", 5, .int32, "Pods of the update's revision.").rule(.nonNegative),
      Field("currentRevision", 6, .string, "The revision that pods have."),
      Field("updateRevision", 7, .string, "The revision that pods are getting."),
      Field("collisionCount", 9, .int32, "How often a revision's hash was taken already.").explicit().rule(
        .nonNegative),
      Field("conditions", 10, .objects(.statefulSetCondition, keys: "type"), "Aspects of its state."),
      Field("availableReplicas", 11, .int32, "Pods that have been ready long enough.").explicit().defaulted(0)
        .rule(.nonNegative),
    ])

  package static let statefulSetCondition = ObjectType(
    .apps, "StatefulSetCondition", "One aspect of the state of a StatefulSet.", conditionFields)

  package static let controllerRevision = ObjectType(
    .apps, "ControllerRevision", "A template as it once was.",
    [
      .apiVersion, .kind, .metadata,
      Field("data", 2, .raw, "The template."),
      Field("revision", 3, .int64, "Its number.").required().rule(.nonNegative),
    ])
}
