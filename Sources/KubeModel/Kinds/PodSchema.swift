// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Pods and the templates they are made from.
extension ObjectType {
  package static let pod = ObjectType(
    .core, "Pod", "Containers that run together, with one address.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.podSpec), "Wanted state.").required(),
      Field("status", 3, .object(.podStatus), "Observed state.").defaulted([:]),
    ],
    validation: { pod, path, errors in
      if let template = pod["spec"]?.object {
        PodRules.validateVolumeReferences(in: template, at: path.appending("spec"), &errors)
      }
    })

  package static let podTemplateSpec = ObjectType(
    .core, "PodTemplateSpec", "What the pods of a workload are made from.",
    [
      Field("metadata", 1, .object(.objectMeta), "Labels and annotations of the pods.").defaulted([:]),
      Field("spec", 2, .object(.podSpec), "Wanted state of the pods.").defaulted([:]),
    ])

  package static let podSpec = ObjectType(
    .core, "PodSpec", "Wanted state of a pod.",
    [
      Field("volumes", 1, .objects(.volume, keys: "name", retainKeys: true), "Volumes that its containers can mount.")
        .rule(.unique(["name"])),
      Field(
        "initContainers", 20, .objects(.container, keys: "name"),
        "Containers that run to their end, or start as sidecars, one after the other, before the others."),
      Field("containers", 2, .objects(.container, keys: "name"), "Containers of the pod.").required().rule(.notEmpty),
      Field(
        "ephemeralContainers", 34, .objects(.ephemeralContainer, keys: "name"),
        "Containers added to look into a running pod."),
      Field("restartPolicy", 3, .string, "Whether containers that end are started again.").defaulted("Always")
        .rule(.oneOf(["Always", "OnFailure", "Never"])),
      Field("terminationGracePeriodSeconds", 4, .int64, "Seconds given for a clean end.").explicit().defaulted(30)
        .rule(.gracePeriod),
      Field("activeDeadlineSeconds", 5, .int64, "Seconds after which the pod is ended as failed.").explicit()
        .rule(.range(1...Int64(Int32.max))),
      Field("dnsPolicy", 6, .string, "Where the pod's resolver settings come from.").defaulted("ClusterFirst")
        .rule(.oneOf(["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])),
      Field("nodeSelector", 7, .stringMap, "Labels that its node must have.").atomic()
        .rule(.keys(.qualifiedName), .values(.format(.labelValue))),
      Field("serviceAccountName", 8, .string, "The identity of its processes.").rule(.format(.dnsSubdomain)),
      Field("serviceAccount", 9, .string, "Older name of `serviceAccountName`."),
      Field("automountServiceAccountToken", 21, .bool, "Whether a token is mounted.").explicit(),
      Field("nodeName", 10, .string, "The node that was chosen.").rule(.format(.dnsSubdomain)),
      Field("hostNetwork", 11, .bool, "Whether it shares the node's network."),
      Field("hostPID", 12, .bool, "Whether it shares the node's processes."),
      Field("hostIPC", 13, .bool, "Whether it shares the node's inter-process communication."),
      Field("shareProcessNamespace", 27, .bool, "Whether its containers see each other's processes.").explicit(),
      Field("securityContext", 14, .object(.podSecurityContext), "Identity and privileges of its processes.")
        .defaulted([:]),
      Field("imagePullSecrets", 15, .objects(.localObjectReference, keys: "name"), "Secrets for pulling its images."),
      Field("hostname", 16, .string, "Its host name; the pod's own name if absent.").rule(.format(.dnsLabel)),
      Field("subdomain", 17, .string, "The headless Service below which it has a name.").rule(.format(.dnsLabel)),
      Field("affinity", 18, .object(.affinity), "Nodes and neighbours that it prefers."),
      Field("schedulerName", 19, .string, "Who chooses its node.").defaulted("default-scheduler"),
      Field("tolerations", 22, .objects(.toleration), "Taints that it tolerates."),
      Field("hostAliases", 23, .objects(.hostAlias, keys: "ip"), "Further lines of its /etc/hosts."),
      Field("priorityClassName", 24, .string, "Class of its importance."),
      Field("priority", 25, .int32, "Its importance.").explicit(),
      Field("dnsConfig", 26, .object(.podDNSConfig), "Resolver settings of its own."),
      Field("readinessGates", 28, .objects(.podReadinessGate), "Conditions that must hold before it is ready."),
      Field("runtimeClassName", 29, .string, "How its containers are run.").explicit().rule(.format(.dnsSubdomain)),
      Field("enableServiceLinks", 30, .bool, "Whether Services appear as environment variables.").explicit()
        .defaulted(true),
      Field("preemptionPolicy", 31, .string, "Whether it may displace others.").explicit()
        .rule(.oneOf(["Never", "PreemptLowerPriority"])),
      Field("overhead", 32, .quantities, "What running it costs beyond its containers."),
      Field(
        "topologySpreadConstraints", 33,
        .objects(.topologySpreadConstraint, keys: "topologyKey", "whenUnsatisfiable"), "How its kind is spread."),
      Field("setHostnameAsFQDN", 35, .bool, "Whether its host name is its full name.").explicit(),
      Field("os", 36, .object(.podOS), "Operating system of its containers."),
      Field("hostUsers", 37, .bool, "Whether it shares the node's user ids.").explicit(),
      Field(
        "schedulingGates", 38, .objects(.podSchedulingGate, keys: "name"), "What holds back the choice of its node."),
      Field(
        "resourceClaims", 39, .objects(.podResourceClaim, keys: "name", retainKeys: true), "Devices that it claims."),
      Field("resources", 40, .object(.resourceRequirements), "Resources of all its containers together."),
      Field("hostnameOverride", 41, .string, "Its host name, whatever else is said.").explicit()
        .rule(.format(.dnsSubdomain), .textAtMost(64)),
      Field("schedulingGroup", 0, .object(.podSchedulingGroup), "The group that nodes are chosen for together."),
    ],
    advice: PodRules.advice, defaulting: PodRules.applyDefaults, validation: PodRules.validate)

  package static let hostAlias = ObjectType(
    .core, "HostAlias", "A line of /etc/hosts.",
    [
      Field("ip", 1, .string, "The address.").required().rule(.format(.ipAddress)),
      Field("hostnames", 2, .strings, "Its names.").rule(.elements(.format(.dnsSubdomain))),
    ])

  package static let podDNSConfig = ObjectType(
    .core, "PodDNSConfig", "Resolver settings, beside those of `dnsPolicy`.",
    [
      Field("nameservers", 1, .strings, "Addresses of name servers.").rule(.atMost(3), .elements(.format(.ipAddress))),
      Field("searches", 2, .strings, "Domains to search.").rule(.atMost(32)),
      Field("options", 3, .objects(.podDNSConfigOption), "Options of the resolver."),
    ])

  package static let podDNSConfigOption = ObjectType(
    .core, "PodDNSConfigOption", "One option of the resolver.",
    [
      Field("name", 1, .string, "Name of the option.").required(),
      Field("value", 2, .string, "Its value.").explicit(),
    ])

  package static let podReadinessGate = ObjectType(
    .core, "PodReadinessGate", "A condition that must hold before the pod is ready.",
    [Field("conditionType", 1, .string, "Type of the pod's condition.").required().rule(.format(.qualifiedName))])

  package static let podSchedulingGate = ObjectType(
    .core, "PodSchedulingGate", "Something that holds back the choice of a node.",
    [Field("name", 1, .string, "Name of the gate.").required().rule(.format(.qualifiedName))])

  package static let podSchedulingGroup = ObjectType(
    .core, "PodSchedulingGroup", "The group that nodes are chosen for together.",
    [Field("podGroupName", 1, .string, "Name of the group.").explicit()])

  package static let podOS = ObjectType(
    .core, "PodOS", "An operating system.",
    [Field("name", 1, .string, "Its name.").required().rule(.oneOf(["linux", "windows"]))])

  package static let podResourceClaim = ObjectType(
    .core, "PodResourceClaim", "Devices that a pod claims.",
    [
      Field("name", 1, .string, "Name of the claim in the pod.").required().rule(.format(.dnsLabel)),
      Field("resourceClaimName", 3, .string, "The claim.").explicit(),
      Field("resourceClaimTemplateName", 4, .string, "The template that a claim is made from.").explicit(),
    ])

  package static let toleration = ObjectType(
    .core, "Toleration", "A taint that a pod tolerates.",
    [
      Field("key", 1, .string, "Key of the taint; any if absent.").rule(.format(.qualifiedName)),
      Field("operator", 2, .string, "How the taint's value is compared; Equal if absent.")
        .rule(.oneOf(["Equal", "Exists", "Lt", "Gt"])),
      Field("value", 3, .string, "Value of the taint."),
      Field("effect", 4, .string, "Effect of the taint; any if absent.")
        .rule(.oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"])),
      Field("tolerationSeconds", 5, .int64, "Seconds for which it is tolerated; for ever if absent.").explicit(),
    ],
    validation: { toleration, path, errors in
      if toleration["key"] == nil, toleration["operator"] != "Exists" {
        errors.append(
          .invalid(
            path.appending("operator"), toleration["operator"] ?? "",
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
      }
      if toleration["tolerationSeconds"] != nil, toleration["effect"] != "NoExecute" {
        errors.append(
          .invalid(
            path.appending("effect"), toleration["effect"] ?? "",
            "effect must be 'NoExecute' when `tolerationSeconds` is set"))
      }
    })
}
