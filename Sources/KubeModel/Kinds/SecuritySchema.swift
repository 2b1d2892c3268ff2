// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Identity and privileges of the processes of a pod.
extension ObjectType {
  package static let podSecurityContext = ObjectType(
    .core, "PodSecurityContext", "Identity and privileges of all containers of a pod.",
    [
      Field("seLinuxOptions", 1, .object(.seLinuxOptions), "SELinux label of the processes."),
      Field("windowsOptions", 8, .object(.windowsSecurityContextOptions), "Settings for Windows."),
      Field("runAsUser", 2, .int64, "User id; the image's own if absent.").explicit().rule(.identifier),
      Field("runAsGroup", 6, .int64, "Group id; the runtime's default if absent.").explicit().rule(.identifier),
      Field("runAsNonRoot", 3, .bool, "Whether the root user is refused.").explicit(),
      Field("supplementalGroups", 4, .list(.int64, .atomic), "Further group ids.").rule(.elements(.identifier)),
      Field("supplementalGroupsPolicy", 12, .string, "Whether the image's groups are added.").explicit()
        .rule(.oneOf(["Merge", "Strict"])),
      Field("fsGroup", 5, .int64, "Group that owns the pod's volumes.").explicit().rule(.identifier),
      Field("sysctls", 7, .objects(.sysctl), "Kernel settings of the pod's namespaces."),
      Field("fsGroupChangePolicy", 9, .string, "When the owner of volumes is changed.").explicit()
        .rule(.oneOf(["Always", "OnRootMismatch"])),
      Field("seccompProfile", 10, .object(.seccompProfile), "System calls that are allowed."),
      Field("appArmorProfile", 11, .object(.appArmorProfile), "AppArmor profile."),
      Field("seLinuxChangePolicy", 13, .string, "How volumes are labelled.").explicit()
        .rule(.oneOf(["MountOption", "Recursive"])),
    ])

  package static let securityContext = ObjectType(
    .core, "SecurityContext", "Identity and privileges of one container, before the pod's.",
    [
      Field("capabilities", 1, .object(.capabilities), "Capabilities added and dropped."),
      Field("privileged", 2, .bool, "Whether it may do as much as the node's root.").explicit(),
      Field("seLinuxOptions", 3, .object(.seLinuxOptions), "SELinux label of the processes."),
      Field("windowsOptions", 10, .object(.windowsSecurityContextOptions), "Settings for Windows."),
      Field("runAsUser", 4, .int64, "User id.").explicit().rule(.identifier),
      Field("runAsGroup", 8, .int64, "Group id.").explicit().rule(.identifier),
      Field("runAsNonRoot", 5, .bool, "Whether the root user is refused.").explicit(),
      Field("readOnlyRootFilesystem", 6, .bool, "Whether its root file system cannot be written.").explicit(),
      Field("allowPrivilegeEscalation", 7, .bool, "Whether a process may gain more than its parent has.").explicit(),
      Field("procMount", 9, .string, "How /proc is mounted.").explicit().rule(.oneOf(["Default", "Unmasked"])),
      Field("seccompProfile", 11, .object(.seccompProfile), "System calls that are allowed."),
      Field("appArmorProfile", 12, .object(.appArmorProfile), "AppArmor profile."),
    ])

  package static let capabilities = ObjectType(
    .core, "Capabilities", "Capabilities added and dropped.",
    [
      Field("add", 1, .strings, "Those added."),
      Field("drop", 2, .strings, "Those dropped."),
    ])

  package static let seLinuxOptions = ObjectType(
    .core, "SELinuxOptions", "An SELinux label.",
    [
      Field("user", 1, .string, "Its user part."),
      Field("role", 2, .string, "Its role part."),
      Field("type", 3, .string, "Its type part."),
      Field("level", 4, .string, "Its level part."),
    ])

  package static let windowsSecurityContextOptions = ObjectType(
    .core, "WindowsSecurityContextOptions", "Settings for Windows.",
    [
      Field("gmsaCredentialSpecName", 1, .string, "Name of the group-managed account's specification.").explicit(),
      Field("gmsaCredentialSpec", 2, .string, "The group-managed account's specification.").explicit(),
      Field("runAsUserName", 3, .string, "User name.").explicit(),
      Field("hostProcess", 4, .bool, "Whether it runs on the host.").explicit(),
    ])

  package static let seccompProfile = ObjectType(
    .core, "SeccompProfile", "System calls that are allowed.",
    [
      Field("type", 1, .string, "Kind of the profile.").required()
        .rule(.oneOf(["Localhost", "RuntimeDefault", "Unconfined"])),
      Field("localhostProfile", 2, .string, "File of the profile, for Localhost.").explicit(),
    ])

  package static let appArmorProfile = ObjectType(
    .core, "AppArmorProfile", "An AppArmor profile.",
    [
      Field("type", 1, .string, "Kind of the profile.").required()
        .rule(.oneOf(["Localhost", "RuntimeDefault", "Unconfined"])),
      Field("localhostProfile", 2, .string, "Name of the profile, for Localhost.").explicit(),
    ])

  package static let sysctl = ObjectType(
    .core, "Sysctl", "A kernel setting.",
    [
      Field("name", 1, .string, "Its name.").required(),
      Field("value", 2, .string, "Its value.").required(),
    ])
}

extension ValueRule {
  /// A user or group id.
  fileprivate static let identifier = ValueRule.range(0...Int64(Int32.max))
}
