// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Containers: what they run, and with what.
extension ObjectType {
  package static let container = ObjectType(
    .core, "Container", "A program to run in a pod.", containerFields, advice: PodRules.containerAdvice,
    defaulting: PodRules.applyContainerDefaults, validation: PodRules.validateContainer)

  package static let ephemeralContainer = ObjectType(
    .core, "EphemeralContainer", "A program added to look into a running pod.",
    containerFields.map { $0.embedded(in: 1) } + [
      Field("targetContainerName", 2, .string, "The container whose processes it sees.")
    ],
    defaulting: PodRules.applyContainerDefaults, validation: PodRules.validateContainer)

  private static let containerFields: [Field] = [
    Field("name", 1, .string, "Name of the container, unique in the pod.").required().rule(.format(.dnsLabel)),
    Field("image", 2, .string, "Image that it runs from."),
    Field("command", 3, .strings, "Program and its first arguments; the image's own if absent."),
    Field("args", 4, .strings, "Arguments; the image's own if absent."),
    Field("workingDir", 5, .string, "Directory that it starts in; the image's own if absent."),
    Field("ports", 6, .objects(.containerPort, keys: "containerPort", "protocol"), "Ports that it serves."),
    Field("envFrom", 19, .objects(.envFromSource), "Where sets of environment variables come from."),
    Field("env", 7, .objects(.envVar, keys: "name"), "Environment variables."),
    Field("resources", 8, .object(.resourceRequirements), "Resources that it needs and may use.").defaulted([:]),
    Field("resizePolicy", 23, .objects(.containerResizePolicy), "What a change of resources does to it."),
    Field("restartPolicy", 24, .string, "When it is started again; `Always` makes a sidecar of an init container.")
      .explicit().rule(.oneOf(["Always", "Never", "OnFailure"])),
    Field("restartPolicyRules", 25, .objects(.containerRestartRule), "When it is started again, by exit code."),
    Field("volumeMounts", 9, .objects(.volumeMount, keys: "mountPath"), "Volumes in its file system."),
    Field("volumeDevices", 21, .objects(.volumeDevice, keys: "devicePath"), "Volumes as devices."),
    Field("livenessProbe", 10, .object(.probe), "Tells whether it has to be started anew."),
    Field("readinessProbe", 11, .object(.probe), "Tells whether it can serve."),
    Field("startupProbe", 22, .object(.probe), "Tells whether it has started; holds back the other probes."),
    Field("lifecycle", 12, .object(.lifecycle), "What is done after its start and before its end."),
    Field("terminationMessagePath", 13, .string, "File whose text explains its end.").defaulted("/dev/termination-log"),
    Field("terminationMessagePolicy", 20, .string, "Where the text that explains its end is taken from.")
      .defaulted("File").rule(.oneOf(["FallbackToLogsOnError", "File"])),
    Field("imagePullPolicy", 14, .string, "Whether the image is pulled before each start.").rule(.pullPolicy),
    Field("securityContext", 15, .object(.securityContext), "Identity and privileges of its processes."),
    Field("stdin", 16, .bool, "Whether it has an open standard input."),
    Field("stdinOnce", 17, .bool, "Whether standard input is closed after the first client."),
    Field("tty", 18, .bool, "Whether it has a terminal."),
  ]

  package static let containerPort = ObjectType(
    .core, "ContainerPort", "A port that a container serves.",
    [
      Field("name", 1, .string, "Name that Services and probes can use.").rule(.format(.portName)),
      Field("hostPort", 2, .int32, "Port of the node that leads here.").rule(.range(0...65535)),
      Field("containerPort", 3, .int32, "Port of the pod's address.").required().rule(.port),
      Field("protocol", 4, .string, "Transport protocol.").defaulted("TCP").rule(.transportProtocol),
      Field("hostIP", 5, .string, "Address of the node for the node's port.").rule(.format(.ipAddress)),
    ],
    advice: { member, value in
      switch member {
      case "port", "targetPort": "a container names its port containerPort: write containerPort: \(value.jsonText)"
      default: nil
      }
    })

  package static let resourceRequirements = ObjectType(
    .core, "ResourceRequirements", "Resources that are needed and may be used.",
    [
      Field("limits", 1, .quantities, "The most that may be used."),
      Field("requests", 2, .quantities, "What is set aside; the limits if absent."),
      Field("claims", 3, .objects(.resourceClaim, keys: "name"), "Devices of the pod that are used."),
    ],
    defaulting: { resources in
      // What is limited and not asked for is asked for in full.
      guard let limits = resources["limits"]?.object else { return }
      var requests = resources["requests"]?.object ?? [:]
      for (name, limit) in limits where requests[name] == nil { requests[name] = limit }
      resources["requests"] = .object(requests)
    },
    validation: { resources, path, errors in
      let limits = resources["limits"]?.object ?? [:]
      for (name, value) in resources["requests"]?.object ?? [:] {
        guard let request = Quantity(value.string ?? ""), let limit = Quantity(limits[name]?.string ?? ""),
          request.milli > limit.milli
        else { continue }
        errors.append(
          .invalid(path.appending("requests"), value, "must be less than or equal to \(name) limit of \(limit.text)"))
      }
    })

  package static let resourceClaim = ObjectType(
    .core, "ResourceClaim", "Devices of a pod that a container uses.",
    [
      Field("name", 1, .string, "Name of the claim in the pod.").required(),
      Field("request", 2, .string, "The request in the claim; all if absent."),
    ])

  package static let containerResizePolicy = ObjectType(
    .core, "ContainerResizePolicy", "What a change of a resource does to a container.",
    [
      Field("resourceName", 1, .string, "Name of the resource.").required().rule(.oneOf(["cpu", "memory"])),
      Field("restartPolicy", 2, .string, "Whether the container is started anew.").required()
        .rule(.oneOf(["NotRequired", "RestartContainer"])),
    ])

  package static let containerRestartRule = ObjectType(
    .core, "ContainerRestartRule", "When a container that ended is started again.",
    [
      Field("action", 1, .string, "What is done.").required().rule(.oneOf(["Restart", "RestartAllContainers"])),
      Field("exitCodes", 2, .object(.containerRestartRuleOnExitCodes), "The exit codes that are meant."),
    ])

  package static let containerRestartRuleOnExitCodes = ObjectType(
    .core, "ContainerRestartRuleOnExitCodes", "A set of exit codes.",
    [
      Field("operator", 1, .string, "Whether the codes are in or out.").required().rule(.oneOf(["In", "NotIn"])),
      Field("values", 2, .list(.int32, .set), "The codes.").rule(.atMost(255)),
    ])

  package static let volumeMount = ObjectType(
    .core, "VolumeMount", "A volume in a container's file system.",
    [
      Field("name", 1, .string, "Name of the pod's volume.").required(),
      Field("readOnly", 2, .bool, "Whether it cannot be written."),
      Field("recursiveReadOnly", 7, .string, "Whether mounts below it cannot be written either.").explicit()
        .rule(.oneOf(["Disabled", "Enabled", "IfPossible"])),
      Field("mountPath", 3, .string, "Where it appears.").required(),
      Field("subPath", 4, .string, "Path in the volume to show; its root if absent.").rule(.format(.pathInside)),
      Field("mountPropagation", 5, .string, "Whether later mounts pass between node and container.").explicit()
        .rule(.oneOf(["Bidirectional", "HostToContainer", "None"])),
      Field("subPathExpr", 6, .string, "As `subPath`, with $(VARIABLE).").rule(.format(.pathInside)),
    ])

  package static let volumeDevice = ObjectType(
    .core, "VolumeDevice", "A volume as a device of a container.",
    [
      Field("name", 1, .string, "Name of the pod's volume.").required(),
      Field("devicePath", 2, .string, "Where the device appears.").required(),
    ])
}
