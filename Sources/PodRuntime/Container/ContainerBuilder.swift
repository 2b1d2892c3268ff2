// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem

/// From a container's specification to what the OCI runtime needs.
struct ContainerBuilder {
  let pod: Pod
  let identity: PodIdentity
  let paths: RuntimePaths
  let sources: ContainerEnvironment.Sources
  let volumes: Volumes

  /// - Returns: also the parts of volumes that have to be at their places first.
  /// - Throws: `image` for another image than `host`, `configuration` for what is missing or not possible.
  func configuration(
    of container: JSONValue
  ) throws(RuntimeError) -> (configuration: OCIConfiguration, parts: [VolumePart]) {
    let image = container["image"]?.string ?? ""
    guard image == HostImage.name else {
      throw RuntimeError(
        .image, "image \"\(image)\": this version has the image \"\(HostImage.name)\" only, the machine's own programs")
    }
    let environment = try ContainerEnvironment(of: container, hostname: identity.kernelHostname, sources: sources)
    let words = (container["command"]?.array ?? []) + (container["args"]?.array ?? [])
    let arguments = words.compactMap(\.string).map { VariableExpansion.expand($0, with: environment.values) }
    guard !arguments.isEmpty else {
      throw RuntimeError(
        .configuration, "the image \"\(HostImage.name)\" starts nothing by itself: command or args is needed")
    }
    var configuration = OCIConfiguration(arguments: arguments, environment: environment.entries)
    let directory = container["workingDir"]?.string ?? ""
    configuration.directory = directory.isEmpty ? "/" : directory
    try applySecurity(of: container, to: &configuration)
    let uid = pod.metadata.uid
    for kind in SandboxProcess.kinds where !(kind == "net" && pod.usesHostNetwork) {
      let path = paths.sandbox(uid) + "/" + kind
      configuration.namespaces.append((kind: kind == "net" ? "network" : kind, path: path))
    }
    configuration.mounts = ["resolv.conf", "hosts", "hostname"].map { name in
      OCIMount(bind: paths.podFile(uid, name), at: "/etc/" + name)
    }
    let (mounts, parts) = try volumes.mounts(of: container, variables: environment.values)
    configuration.mounts += mounts
    return (configuration, parts)
  }

  private func applySecurity(of container: JSONValue, to configuration: inout OCIConfiguration) throws(RuntimeError) {
    let own = container["securityContext"]
    let shared = pod.spec["securityContext"]
    if own?["privileged"]?.bool == true {
      throw RuntimeError(.configuration, "securityContext.privileged is not there yet")
    }
    configuration.user = own?["runAsUser"]?.int ?? shared?["runAsUser"]?.int ?? 0
    configuration.group = own?["runAsGroup"]?.int ?? shared?["runAsGroup"]?.int ?? 0
    if configuration.user == 0, own?["runAsNonRoot"]?.bool ?? shared?["runAsNonRoot"]?.bool ?? false {
      throw RuntimeError(.configuration, "container has runAsNonRoot and image will run as root")
    }
    configuration.supplementalGroups = shared?["supplementalGroups"]?.array?.compactMap(\.int) ?? []
    if let group = shared?["fsGroup"]?.int { configuration.supplementalGroups.append(group) }
    configuration.forbidsNewPrivileges = own?["allowPrivilegeEscalation"]?.bool == false
    configuration.isRootReadOnly = own?["readOnlyRootFilesystem"]?.bool ?? false
    let dropped = Self.capabilities(own?["capabilities"]?["drop"])
    let added = Self.capabilities(own?["capabilities"]?["add"])
    if dropped.contains("CAP_ALL") { configuration.capabilities = [] }
    configuration.capabilities.removeAll { dropped.contains($0) }
    configuration.capabilities += added.filter { !configuration.capabilities.contains($0) && $0 != "CAP_ALL" }
  }

  private static func capabilities(_ list: JSONValue?) -> [String] {
    list?.array?.compactMap(\.string).map { $0.hasPrefix("CAP_") ? $0 : "CAP_" + $0 } ?? []
  }
}
