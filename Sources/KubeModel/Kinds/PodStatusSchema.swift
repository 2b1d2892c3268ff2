// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// What is observed of a pod and of its containers.
extension ObjectType {
  package static let podStatus = ObjectType(
    .core, "PodStatus", "Observed state of a pod.",
    [
      Field("observedGeneration", 17, .int64, "Generation of the pod that the status is about."),
      Field("phase", 1, .string, "How far the pod has come.").defaulted("Pending")
        .rule(.oneOf(["Pending", "Running", "Succeeded", "Failed", "Unknown"])),
      Field("conditions", 2, .objects(.podCondition, keys: "type"), "Aspects of its state."),
      Field("message", 3, .string, "Why, in a sentence for people."),
      Field("reason", 4, .string, "Why, in one word for programs."),
      Field("nominatedNodeName", 11, .string, "The node where others make room for it."),
      Field("hostIP", 5, .string, "Address of its node."),
      Field("hostIPs", 16, .objects(.hostIP), "Addresses of its node."),
      Field("podIP", 6, .string, "Its address."),
      Field("podIPs", 12, .objects(.podIP, keys: "ip"), "Its addresses, one a family."),
      Field("startTime", 7, .time, "When its node took it on."),
      Field("initContainerStatuses", 10, .objects(.containerStatus), "State of its init containers."),
      Field("containerStatuses", 8, .objects(.containerStatus), "State of its containers."),
      Field("qosClass", 9, .string, "Its class by requests and limits.")
        .rule(.oneOf(["BestEffort", "Burstable", "Guaranteed"])),
      Field("ephemeralContainerStatuses", 13, .objects(.containerStatus), "State of its ephemeral containers."),
      Field("resize", 14, .string, "How far a change of resources has come (older form)."),
      Field(
        "resourceClaimStatuses", 15, .objects(.podResourceClaimStatus, keys: "name", retainKeys: true),
        "Its device claims."),
      Field("extendedResourceClaimStatus", 0, .raw, "Its claim of extended resources."),
      Field("allocatedResources", 19, .quantities, "Resources set aside for it."),
      Field("resources", 20, .object(.resourceRequirements), "Resources in force for it."),
    ])

  package static let podCondition = ObjectType(
    .core, "PodCondition", "One aspect of the state of a pod.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("observedGeneration", 7, .int64, "Generation of the pod that the condition is about."),
      Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
      Field("lastProbeTime", 3, .time, "When it was checked last."),
      Field("lastTransitionTime", 4, .time, "When the status changed last."),
      Field("reason", 5, .string, "Why, in one word for programs."),
      Field("message", 6, .string, "Why, in a sentence for people."),
    ])

  package static let hostIP = ObjectType(
    .core, "HostIP", "An address of a node.", [Field("ip", 1, .string, "The address.").required()])

  package static let podIP = ObjectType(
    .core, "PodIP", "An address of a pod.", [Field("ip", 1, .string, "The address.").required()])

  package static let podResourceClaimStatus = ObjectType(
    .core, "PodResourceClaimStatus", "The claim made for a pod.",
    [
      Field("name", 1, .string, "Name of the claim in the pod.").required(),
      Field("resourceClaimName", 2, .string, "Name of the claim.").explicit(),
    ])

  package static let containerStatus = ObjectType(
    .core, "ContainerStatus", "Observed state of a container.",
    [
      Field("name", 1, .string, "Name of the container.").required(),
      Field("state", 2, .object(.containerState), "Its state.").defaulted([:]),
      Field("lastState", 3, .object(.containerState), "How it ended before.").defaulted([:]),
      Field("ready", 4, .bool, "Whether it can serve.").explicit().defaulted(false),
      Field("restartCount", 5, .int32, "How often it was started again.").explicit().defaulted(0).rule(.nonNegative),
      Field("image", 6, .string, "Name of the image that it runs from.").explicit(),
      Field("imageID", 7, .string, "Identity of the image.").explicit(),
      Field("containerID", 8, .string, "Identity of the container, with its runtime's name."),
      Field("started", 9, .bool, "Whether its start is over.").explicit(),
      Field("allocatedResources", 10, .quantities, "Resources set aside for it."),
      Field("resources", 11, .object(.resourceRequirements), "Resources in force for it."),
      Field("volumeMounts", 12, .objects(.volumeMountStatus, keys: "mountPath"), "Volumes in its file system."),
      Field("user", 13, .object(.containerUser), "Identity of its first process."),
      Field("allocatedResourcesStatus", 14, .objects(.resourceStatus, keys: "name"), "State of its devices."),
      Field("stopSignal", 15, .string, "The signal that asks it to end.").explicit(),
    ])

  package static let containerState = ObjectType(
    .core, "ContainerState", "State of a container; one of three.",
    [
      Field("waiting", 1, .object(.containerStateWaiting), "Not started yet."),
      Field("running", 2, .object(.containerStateRunning), "Running."),
      Field("terminated", 3, .object(.containerStateTerminated), "Ended."),
    ])

  package static let containerStateWaiting = ObjectType(
    .core, "ContainerStateWaiting", "A container that is not started yet.",
    [
      Field("reason", 1, .string, "Why, in one word for programs."),
      Field("message", 2, .string, "Why, in a sentence for people."),
    ])

  package static let containerStateRunning = ObjectType(
    .core, "ContainerStateRunning", "A container that runs.",
    [Field("startedAt", 1, .time, "When it started.")])

  package static let containerStateTerminated = ObjectType(
    .core, "ContainerStateTerminated", "A container that ended.",
    [
      Field("exitCode", 1, .int32, "Exit code.").explicit().defaulted(0),
      Field("signal", 2, .int32, "Signal that ended it."),
      Field("reason", 3, .string, "Why, in one word for programs."),
      Field("message", 4, .string, "Why, in a sentence for people."),
      Field("startedAt", 5, .time, "When it started."),
      Field("finishedAt", 6, .time, "When it ended."),
      Field("containerID", 7, .string, "Identity of the container, with its runtime's name."),
    ])

  package static let volumeMountStatus = ObjectType(
    .core, "VolumeMountStatus", "A volume in a container's file system.",
    [
      Field("name", 1, .string, "Name of the pod's volume.").required(),
      Field("mountPath", 2, .string, "Where it appears.").required(),
      Field("readOnly", 3, .bool, "Whether it cannot be written."),
      Field("recursiveReadOnly", 4, .string, "Whether mounts below it cannot be written either.").explicit(),
      Field("volumeStatus", 0, .raw, "What else is known of the volume."),
    ])

  package static let containerUser = ObjectType(
    .core, "ContainerUser", "Identity of a container's first process.",
    [Field("linux", 1, .object(.linuxContainerUser), "On Linux.")])

  package static let linuxContainerUser = ObjectType(
    .core, "LinuxContainerUser", "User and groups of a process.",
    [
      Field("uid", 1, .int64, "User id.").explicit(),
      Field("gid", 2, .int64, "Group id.").explicit(),
      Field("supplementalGroups", 3, .list(.int64, .atomic), "Further group ids."),
    ])

  package static let resourceStatus = ObjectType(
    .core, "ResourceStatus", "State of the devices of a container.",
    [
      Field("name", 1, .string, "Name of the resource.").required(),
      Field("resources", 2, .objects(.resourceHealth, keys: "resourceID"), "The devices."),
    ])

  package static let resourceHealth = ObjectType(
    .core, "ResourceHealth", "Health of a device.",
    [
      Field("resourceID", 1, .string, "Identity of the device.").required(),
      Field("health", 2, .string, "Its health."),
      Field("message", 3, .string, "Why, in a sentence for people.").explicit(),
    ])
}
