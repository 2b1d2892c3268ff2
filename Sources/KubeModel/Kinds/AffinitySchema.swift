// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Which nodes and neighbours a pod prefers. Kept and checked; on one machine every pod has the same node.
extension ObjectType {
  package static let affinity = ObjectType(
    .core, "Affinity", "Nodes and neighbours that a pod prefers.",
    [
      Field("nodeAffinity", 1, .object(.nodeAffinity), "Nodes that it prefers."),
      Field("podAffinity", 2, .object(.podAffinity), "Pods that it wants to be near."),
      Field("podAntiAffinity", 3, .object(.podAntiAffinity), "Pods that it wants to be away from."),
    ])

  package static let nodeAffinity = ObjectType(
    .core, "NodeAffinity", "Nodes that a pod prefers.",
    [
      Field("requiredDuringSchedulingIgnoredDuringExecution", 1, .object(.nodeSelector), "What its node must be."),
      Field(
        "preferredDuringSchedulingIgnoredDuringExecution", 2, .objects(.preferredSchedulingTerm),
        "What its node should be."),
    ])

  package static let preferredSchedulingTerm = ObjectType(
    .core, "PreferredSchedulingTerm", "What a node should be.",
    [
      Field("weight", 1, .int32, "How much it counts.").required().rule(.range(1...100)),
      Field("preference", 2, .object(.nodeSelectorTerm), "The requirements.").required(),
    ])

  package static let nodeSelector = ObjectType(
    .core, "NodeSelector", "Chooses nodes; one of its terms must hold.",
    [Field("nodeSelectorTerms", 1, .objects(.nodeSelectorTerm), "The terms.").required().rule(.notEmpty)],
    atomic: true)

  package static let nodeSelectorTerm = ObjectType(
    .core, "NodeSelectorTerm", "Requirements on a node; all must hold.",
    [
      Field("matchExpressions", 1, .objects(.nodeSelectorRequirement), "Requirements on its labels."),
      Field("matchFields", 2, .objects(.nodeSelectorRequirement), "Requirements on its fields."),
    ], atomic: true)

  package static let nodeSelectorRequirement = ObjectType(
    .core, "NodeSelectorRequirement", "A requirement on a label or field of a node.",
    [
      Field("key", 1, .string, "Its key.").required(),
      Field("operator", 2, .string, "How it is compared.").required()
        .rule(.oneOf(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])),
      Field("values", 3, .strings, "Values to compare with."),
    ])

  package static let podAffinity = ObjectType(
    .core, "PodAffinity", "Pods to be near.",
    [
      Field("requiredDuringSchedulingIgnoredDuringExecution", 1, .objects(.podAffinityTerm), "What must be."),
      Field(
        "preferredDuringSchedulingIgnoredDuringExecution", 2, .objects(.weightedPodAffinityTerm), "What should be."),
    ])

  package static let podAntiAffinity = ObjectType(
    .core, "PodAntiAffinity", "Pods to be away from.",
    [
      Field("requiredDuringSchedulingIgnoredDuringExecution", 1, .objects(.podAffinityTerm), "What must be."),
      Field(
        "preferredDuringSchedulingIgnoredDuringExecution", 2, .objects(.weightedPodAffinityTerm), "What should be."),
    ])

  package static let weightedPodAffinityTerm = ObjectType(
    .core, "WeightedPodAffinityTerm", "Pods that should be near or away.",
    [
      Field("weight", 1, .int32, "How much it counts.").required().rule(.range(1...100)),
      Field("podAffinityTerm", 2, .object(.podAffinityTerm), "The pods.").required(),
    ])

  package static let podAffinityTerm = ObjectType(
    .core, "PodAffinityTerm", "Pods that are near or away.",
    [
      Field("labelSelector", 1, .object(.labelSelector), "The pods, by their labels."),
      Field("namespaces", 2, .strings, "Their namespaces, by name."),
      Field("topologyKey", 3, .string, "The node label whose values make up places.").required(),
      Field("namespaceSelector", 4, .object(.labelSelector), "Their namespaces, by their labels."),
      Field("matchLabelKeys", 5, .strings, "Keys whose values must be the pod's own."),
      Field("mismatchLabelKeys", 6, .strings, "Keys whose values must not be the pod's own."),
    ])

  package static let topologySpreadConstraint = ObjectType(
    .core, "TopologySpreadConstraint", "How evenly pods are spread over places.",
    [
      Field("maxSkew", 1, .int32, "The greatest difference between two places.").required().rule(.positive),
      Field("topologyKey", 2, .string, "The node label whose values make up places.").required(),
      Field("whenUnsatisfiable", 3, .string, "What to do when it cannot be met.").required()
        .rule(.oneOf(["DoNotSchedule", "ScheduleAnyway"])),
      Field("labelSelector", 4, .object(.labelSelector), "The pods that count."),
      Field("minDomains", 5, .int32, "The least number of places.").explicit().rule(.positive),
      Field("nodeAffinityPolicy", 6, .string, "Whether nodes that the pod cannot run on count.").explicit()
        .rule(.oneOf(["Honor", "Ignore"])),
      Field("nodeTaintsPolicy", 7, .string, "Whether tainted nodes count.").explicit().rule(
        .oneOf(["Honor", "Ignore"])),
      Field("matchLabelKeys", 8, .strings, "Keys whose values must be the pod's own."),
    ])
}
