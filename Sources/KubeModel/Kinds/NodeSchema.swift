// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Nodes: the machines that pods run on.
extension ObjectType {
  package static let node = ObjectType(
    .core, "Node", "A machine that runs pods.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.nodeSpec), "Wanted state.").defaulted([:]),
      Field("status", 3, .object(.nodeStatus), "Observed state.").defaulted([:]),
    ])

  package static let nodeSpec = ObjectType(
    .core, "NodeSpec", "Wanted state of a node.",
    [
      Field("podCIDR", 1, .string, "Range of its pods' addresses."),
      Field("podCIDRs", 7, .stringSet, "Ranges of its pods' addresses, one a family."),
      Field("providerID", 3, .string, "Its identity at the cloud provider."),
      Field("unschedulable", 4, .bool, "Whether new pods stay away."),
      Field("taints", 5, .objects(.taint), "What pods must tolerate to run on it."),
      Field("configSource", 0, .raw, "No longer used."),
      Field("externalID", 2, .string, "No longer used."),
    ])

  package static let taint = ObjectType(
    .core, "Taint", "A mark that keeps pods off a node unless they tolerate it.",
    [
      Field("key", 1, .string, "Key of the mark.").required().rule(.format(.qualifiedName)),
      Field("value", 2, .string, "Value of the mark.").rule(.format(.labelValue)),
      Field("effect", 3, .string, "What it does to pods that do not tolerate it.").required()
        .rule(.oneOf(["NoExecute", "NoSchedule", "PreferNoSchedule"])),
      Field("timeAdded", 4, .time, "When it was set."),
    ])

  package static let nodeStatus = ObjectType(
    .core, "NodeStatus", "Observed state of a node.",
    [
      Field("capacity", 1, .quantities, "What the machine has."),
      Field("allocatable", 2, .quantities, "What of it pods can have."),
      Field("phase", 3, .string, "No longer used."),
      Field("conditions", 4, .objects(.nodeCondition, keys: "type"), "Aspects of its state."),
      Field("addresses", 5, .objects(.nodeAddress, keys: "type"), "How it is reached."),
      Field("daemonEndpoints", 6, .object(.nodeDaemonEndpoints), "Ports of its own services.")
        .defaulted(["kubeletEndpoint": ["Port": 0]]),
      Field("nodeInfo", 7, .object(.nodeSystemInfo), "What it runs."),
      Field("images", 8, .objects(.containerImage), "Images it has."),
      Field("volumesInUse", 9, .strings, "Volumes that its pods use."),
      Field("volumesAttached", 10, .objects(.attachedVolume), "Volumes attached to it."),
      Field("config", 0, .raw, "No longer used."),
      Field("runtimeHandlers", 12, .objects(.nodeRuntimeHandler), "Ways in which it can run containers."),
      Field("features", 13, .object(.nodeFeatures), "What its container runtime can do."),
      Field("declaredFeatures", 14, .strings, "Features that it declares."),
    ])

  package static let nodeCondition = ObjectType(
    .core, "NodeCondition", "One aspect of the state of a node.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
      Field("lastHeartbeatTime", 3, .time, "When it was told last."),
      Field("lastTransitionTime", 4, .time, "When the status changed last."),
      Field("reason", 5, .string, "Why, in one word for programs."),
      Field("message", 6, .string, "Why, in a sentence for people."),
    ])

  package static let nodeAddress = ObjectType(
    .core, "NodeAddress", "One way to reach a node.",
    [
      Field("type", 1, .string, "What the address is: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.")
        .required(),
      Field("address", 2, .string, "The address.").required(),
    ])

  package static let nodeDaemonEndpoints = ObjectType(
    .core, "NodeDaemonEndpoints", "Ports of a node's own services.",
    [Field("kubeletEndpoint", 1, .object(.daemonEndpoint), "Port of the kubelet.")])

  package static let daemonEndpoint = ObjectType(
    .core, "DaemonEndpoint", "The port of a service of a node.",
    [Field("Port", 1, .int32, "Number of the port.").required()])

  package static let nodeSystemInfo = ObjectType(
    .core, "NodeSystemInfo", "What a node runs.",
    [
      Field("machineID", 1, .string, "Identity of the installation.").explicit(),
      Field("systemUUID", 2, .string, "Identity of the hardware.").explicit(),
      Field("bootID", 3, .string, "Identity of the boot.").explicit(),
      Field("kernelVersion", 4, .string, "Version of the kernel.").explicit(),
      Field("osImage", 5, .string, "Name of the operating system's release.").explicit(),
      Field("containerRuntimeVersion", 6, .string, "Container runtime and its version.").explicit(),
      Field("kubeletVersion", 7, .string, "Version of the kubelet.").explicit(),
      Field("kubeProxyVersion", 8, .string, "No longer used.").explicit(),
      Field("operatingSystem", 9, .string, "Kind of the operating system.").explicit(),
      Field("architecture", 10, .string, "Kind of the processor.").explicit(),
      Field("swap", 11, .object(.nodeSwapStatus), "Swap space."),
    ])

  package static let nodeSwapStatus = ObjectType(
    .core, "NodeSwapStatus", "Swap space of a node.",
    [Field("capacity", 1, .int64, "Size in octets.").explicit()])

  package static let containerImage = ObjectType(
    .core, "ContainerImage", "An image that a node has.",
    [
      Field("names", 1, .strings, "Names of the image."),
      Field("sizeBytes", 2, .int64, "Size in octets."),
    ])

  package static let attachedVolume = ObjectType(
    .core, "AttachedVolume", "A volume that is attached to a node.",
    [
      Field("name", 1, .string, "Name of the volume.").required(),
      Field("devicePath", 2, .string, "Where the device appears.").required(),
    ])

  package static let nodeRuntimeHandler = ObjectType(
    .core, "NodeRuntimeHandler", "A way in which a node can run containers.",
    [
      Field("name", 1, .string, "Name of the handler; empty for the default."),
      Field("features", 2, .object(.nodeRuntimeHandlerFeatures), "What it can do."),
    ])

  package static let nodeRuntimeHandlerFeatures = ObjectType(
    .core, "NodeRuntimeHandlerFeatures", "What a runtime handler can do.",
    [
      Field("recursiveReadOnlyMounts", 1, .bool, "Mounts that are read-only all the way down.").explicit(),
      Field("userNamespaces", 2, .bool, "User namespaces.").explicit(),
    ])

  package static let nodeFeatures = ObjectType(
    .core, "NodeFeatures", "What a node's container runtime can do.",
    [Field("supplementalGroupsPolicy", 1, .bool, "Obeys `supplementalGroupsPolicy`.").explicit()])
}
