// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Deployments and ReplicaSets: any number of equal pods.
extension ObjectType {
  package static let deployment = ObjectType(
    .apps, "Deployment", "Equal pods, replaced step by step when their template changes.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.deploymentSpec), "Wanted state.").required(),
      Field("status", 3, .object(.deploymentStatus), "Observed state.").defaulted([:]),
    ])

  package static let deploymentSpec = ObjectType(
    .apps, "DeploymentSpec", "Wanted state of a Deployment.",
    [
      Field("replicas", 1, .int32, "Number of pods.").explicit().defaulted(1).rule(.nonNegative),
      Field("selector", 2, .object(.labelSelector), "Chooses its pods; must match the template's labels.").required(),
      Field("template", 3, .object(.podTemplateSpec), "What its pods are made from.").required(),
      Field("strategy", 4, .object(.deploymentStrategy), "How pods are replaced.").defaulted([:]).retainingKeys(),
      Field("minReadySeconds", 5, .int32, "Seconds that a pod must be ready to count as available.").rule(.nonNegative),
      Field("revisionHistoryLimit", 6, .int32, "How many older ReplicaSets are kept.").explicit().defaulted(10)
        .rule(.nonNegative),
      Field("paused", 7, .bool, "Whether changes of the template wait."),
      Field("progressDeadlineSeconds", 9, .int32, "Seconds without progress after which it counts as failed.")
        .explicit().defaulted(600).rule(.nonNegative),
    ],
    advice: WorkloadRules.advice,
    validation: { spec, path, errors in
      WorkloadRules.validateTemplate(in: spec, at: path, &errors)
      if let deadline = spec["progressDeadlineSeconds"]?.int, deadline <= spec["minReadySeconds"]?.int ?? 0 {
        errors.append(
          .invalid(path.appending("progressDeadlineSeconds"), .int(deadline), "must be greater than minReadySeconds"))
      }
    })

  package static let deploymentStrategy = ObjectType(
    .apps, "DeploymentStrategy", "How pods are replaced.",
    [
      Field("type", 1, .string, "Step by step, or all at once.").defaulted("RollingUpdate")
        .rule(.oneOf(["Recreate", "RollingUpdate"])),
      Field("rollingUpdate", 2, .object(.rollingUpdateDeployment), "The size of the steps."),
    ],
    defaulting: { strategy in
      guard strategy["type"] == "RollingUpdate" else { return }
      var steps = strategy["rollingUpdate"]?.object ?? [:]
      RollingUpdateRules.applyDefaults(to: &steps)
      strategy["rollingUpdate"] = .object(steps)
    },
    validation: { strategy, path, errors in
      if strategy["type"] == "Recreate", strategy["rollingUpdate"] != nil {
        errors.append(
          .forbidden(path.appending("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'"))
      }
    })

  package static let rollingUpdateDeployment = ObjectType(
    .apps, "RollingUpdateDeployment", "The size of the steps in which pods are replaced.",
    [
      Field(
        "maxUnavailable", 1, .intOrString, "How many may be missing: a number, or a share rounded down."),
      Field(
        "maxSurge", 2, .intOrString, "How many there may be too many: a number, or a share rounded up."),
    ], validation: RollingUpdateRules.validate)

  package static let deploymentStatus = ObjectType(
    .apps, "DeploymentStatus", "Observed state of a Deployment.",
    [
      Field("observedGeneration", 1, .int64, "Generation that the status is about."),
      Field("replicas", 2, .int32, "Pods that there are.").rule(.nonNegative),
      Field("updatedReplicas", 3, .int32, "Pods made from the current template.").rule(.nonNegative),
      Field("readyReplicas", 7, .int32, "Pods that are ready.").rule(.nonNegative),
      Field("availableReplicas", 4, .int32, "Pods that have been ready long enough.").rule(.nonNegative),
      Field("unavailableReplicas", 5, .int32, "Pods that are missing or not available.").rule(.nonNegative),
      Field("terminatingReplicas", 9, .int32, "Pods that are ending.").explicit().rule(.nonNegative),
      Field("conditions", 6, .objects(.deploymentCondition, keys: "type"), "Aspects of its state."),
      Field("collisionCount", 8, .int32, "How often a template's hash was taken already.").explicit().rule(
        .nonNegative),
    ])

  package static let deploymentCondition = ObjectType(
    .apps, "DeploymentCondition", "One aspect of the state of a Deployment.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
      Field("lastUpdateTime", 6, .time, "When it was told last."),
      Field("lastTransitionTime", 7, .time, "When the status changed last."),
      Field("reason", 4, .string, "Why, in one word for programs."),
      Field("message", 5, .string, "Why, in a sentence for people."),
    ])

  package static let replicaSet = ObjectType(
    .apps, "ReplicaSet", "A fixed number of equal pods.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.replicaSetSpec), "Wanted state.").required(),
      Field("status", 3, .object(.replicaSetStatus), "Observed state.").defaulted(["replicas": 0]),
    ])

  package static let replicaSetSpec = ObjectType(
    .apps, "ReplicaSetSpec", "Wanted state of a ReplicaSet.",
    [
      Field("replicas", 1, .int32, "Number of pods.").explicit().defaulted(1).rule(.nonNegative),
      Field("minReadySeconds", 4, .int32, "Seconds that a pod must be ready to count as available.").rule(.nonNegative),
      Field("selector", 2, .object(.labelSelector), "Chooses its pods; must match the template's labels.").required(),
      Field("template", 3, .object(.podTemplateSpec), "What its pods are made from.").defaulted([:]),
    ],
    advice: WorkloadRules.advice,
    validation: { spec, path, errors in WorkloadRules.validateTemplate(in: spec, at: path, &errors) })

  package static let replicaSetStatus = ObjectType(
    .apps, "ReplicaSetStatus", "Observed state of a ReplicaSet.",
    [
      Field("replicas", 1, .int32, "Pods that there are.").required().rule(.nonNegative),
      Field("fullyLabeledReplicas", 2, .int32, "Pods with all labels of the template.").rule(.nonNegative),
      Field("readyReplicas", 4, .int32, "Pods that are ready.").rule(.nonNegative),
      Field("availableReplicas", 5, .int32, "Pods that have been ready long enough.").rule(.nonNegative),
      Field("terminatingReplicas", 7, .int32, "Pods that are ending.").explicit().rule(.nonNegative),
      Field("observedGeneration", 3, .int64, "Generation that the status is about."),
      Field("conditions", 6, .objects(.replicaSetCondition, keys: "type"), "Aspects of its state."),
    ])

  package static let replicaSetCondition = ObjectType(
    .apps, "ReplicaSetCondition", "One aspect of the state of a ReplicaSet.", conditionFields)

  /// The fields that conditions of ReplicaSets and StatefulSets share.
  static let conditionFields: [Field] = [
    Field("type", 1, .string, "Name of the aspect.").required(),
    Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
    Field("lastTransitionTime", 3, .time, "When the status changed last."),
    Field("reason", 4, .string, "Why, in one word for programs."),
    Field("message", 5, .string, "Why, in a sentence for people."),
  ]
}
