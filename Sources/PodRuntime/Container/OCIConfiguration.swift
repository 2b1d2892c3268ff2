// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// One mount of a container (OCI runtime specification, "Mounts").
struct OCIMount: Sendable, Hashable {
  var destination: String
  var type: String
  var source: String
  var options: [String]

  init(destination: String, type: String, source: String, options: [String] = []) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
  }

  /// A file or directory of the machine.
  init(bind source: String, at destination: String, isReadOnly: Bool = false) {
    self.init(
      destination: destination, type: "bind", source: source,
      options: ["rbind", "rprivate", isReadOnly ? "ro" : "rw"])
  }

  fileprivate var json: JSONValue {
    [
      "destination": .string(destination), "type": .string(type), "source": .string(source),
      "options": .array(options.map { .string($0) }),
    ]
  }
}

/// What the OCI runtime is told of a container: `config.json` (OCI runtime specification 1.0).
struct OCIConfiguration: Sendable, Hashable {
  /// What Docker gives a container, and so what programs in images count on.
  static let defaultCapabilities = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
    "CAP_AUDIT_WRITE",
  ]
  private static let maskedPaths = [
    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
  ]
  private static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

  var arguments: [String]
  var environment: [String]
  var directory = "/"
  var user: Int64 = 0
  var group: Int64 = 0
  var supplementalGroups: [Int64] = []
  var capabilities = OCIConfiguration.defaultCapabilities
  var forbidsNewPrivileges = false
  var isRootReadOnly = false
  /// The pod's namespaces, by kind as the specification calls them.
  var namespaces: [(kind: String, path: String)] = []
  /// After those that every container has.
  var mounts: [OCIMount] = []

  static func == (left: OCIConfiguration, right: OCIConfiguration) -> Bool { left.json == right.json }
  func hash(into hasher: inout Hasher) { hasher.combine(json) }

  private static let standardMounts = [
    OCIMount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
    OCIMount(
      destination: "/dev", type: "tmpfs", source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    OCIMount(
      destination: "/dev/pts", type: "devpts", source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    OCIMount(
      destination: "/dev/shm", type: "tmpfs", source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    OCIMount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
    OCIMount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
  ]

  var json: JSONValue {
    var user: JSONValue = ["uid": .int(user), "gid": .int(group)]
    if !supplementalGroups.isEmpty { user["additionalGids"] = .array(supplementalGroups.map { .int($0) }) }
    let capabilities = Self.strings(capabilities)
    let process: JSONValue = [
      "terminal": false, "user": user, "args": Self.strings(arguments), "env": Self.strings(environment),
      "cwd": .string(directory),
      "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
      "noNewPrivileges": .bool(forbidsNewPrivileges),
    ]
    var spaces: [JSONValue] = [["type": "pid"], ["type": "mount"]]
    spaces += namespaces.map { ["type": .string($0.kind), "path": .string($0.path)] }
    return [
      "ociVersion": "1.0.2", "process": process,
      "root": ["path": "rootfs", "readonly": .bool(isRootReadOnly)],
      "mounts": .array((Self.standardMounts + mounts).map(\.json)),
      "linux": [
        "namespaces": .array(spaces), "maskedPaths": Self.strings(Self.maskedPaths),
        "readonlyPaths": Self.strings(Self.readOnlyPaths),
      ],
    ]
  }

  private static func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
}
