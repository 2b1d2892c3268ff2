// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem

/// The volumes of a pod: where they are on the machine, and what is in them.
struct Volumes {
  private static let defaultMode: UInt32 = 0o644

  let pod: Pod
  let paths: RuntimePaths
  /// ConfigMaps, Secrets and PersistentVolumeClaims of the pod's namespace.
  let map: (APIResource, String) -> KubeObject?

  private var volumes: [JSONValue] { pod.spec["volumes"]?.array ?? [] }

  /// Makes what is not there yet. A ConfigMap is written as it is now; later changes of it reach the next pod.
  /// - Returns: commands that the node agent has to run, for what an ordinary user cannot do outside.
  func make() throws(RuntimeError) -> [[String]] {
    var commands: [[String]] = []
    let group = pod.spec["securityContext"]?["fsGroup"]?.int
    for volume in volumes {
      guard let name = volume["name"]?.string else { continue }
      let place = directory(of: name)
      if let emptyDir = volume["emptyDir"] {
        if emptyDir["medium"]?.string == "Memory" {
          commands.append(["mkdir", "-p", "-m", "0777", memoryDirectory(of: name)])
        } else {
          try makeShared(place, for: group, &commands)
        }
      } else if let claim = claim(of: volume) {
        guard map(.persistentVolumeClaims, claim) != nil else {
          throw ContainerEnvironment.missing(.persistentVolumeClaims, claim)
        }
        let place = paths.claim(claim, namespace: pod.metadata.namespace)
        // What is there belongs to the pods that had the claim before.
        if !Files.exists(place) { try makeShared(place, for: group, &commands) }
      } else if let configMap = volume["configMap"] {
        try write(configMap, .configMaps, configMap["name"]?.string ?? "", to: place)
      } else if let secret = volume["secret"] {
        try write(secret, .secrets, secret["secretName"]?.string ?? "", to: place)
      } else if volume["hostPath"] == nil {
        throw Self.unknown(name)
      }
    }
    return commands
  }

  /// A directory that every user of the pod can write to; `group` is its fsGroup.
  private func makeShared(
    _ place: String, for group: Int64?, _ commands: inout [[String]]
  ) throws(RuntimeError) {
    try system { () throws(SystemError) in try Files.makeDirectory(place, mode: 0o777) }
    if let group {
      commands.append(["chgrp", String(group), place])
      commands.append(["chmod", "2777", place])
    }
  }

  private func claim(of volume: JSONValue) -> String? { volume["persistentVolumeClaim"]?["claimName"]?.string }

  /// The mounts of a container, and the parts of volumes among them, which have to be held at their places before it is
  /// made.
  /// - Parameter variables: its environment.
  func mounts(
    of container: JSONValue, variables: [String: String] = [:]
  ) throws(RuntimeError) -> (mounts: [OCIMount], parts: [VolumePart]) {
    var mounts: [OCIMount] = []
    var parts: [VolumePart] = []
    for (number, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
      let name = mount["name"]?.string ?? ""
      guard let volume = volumes.first(where: { $0["name"]?.string == name }) else {
        throw RuntimeError(.configuration, "volumeMounts: there is no volume \"\(name)\" in spec.volumes")
      }
      var source = try self.source(of: volume, name)
      if let part = try Self.part(mount, variables), !part.isEmpty {
        guard !part.split(separator: "/").contains(".."), !part.hasPrefix("/") else {
          throw RuntimeError(.configuration, "volumeMounts: the subPath \"\(part)\" leads out of the volume")
        }
        let owner = container["name"]?.string ?? ""
        parts.append(
          VolumePart(
            volume: source, path: part, isMade: volume["emptyDir"] != nil || claim(of: volume) != nil,
            place: paths.volumePart(pod.metadata.uid, container: owner, number)))
        source = parts[parts.count - 1].place
      }
      let isData = volume["configMap"] != nil || volume["secret"] != nil
      mounts.append(
        OCIMount(
          bind: source, at: mount["mountPath"]?.string ?? "/",
          isReadOnly: isData || mount["readOnly"]?.bool == true))
    }
    return (mounts, parts)
  }

  /// `subPath`, or `subPathExpr` with the values of its variables.
  private static func part(_ mount: JSONValue, _ variables: [String: String]) throws(RuntimeError) -> String? {
    guard let expression = mount["subPathExpr"]?.string, !expression.isEmpty else { return mount["subPath"]?.string }
    let part = VariableExpansion.expand(expression, with: variables)
    guard !part.contains("$(") else {
      throw RuntimeError(
        .configuration, "volumeMounts: the container has not every variable of the subPathExpr \"\(expression)\"")
    }
    return part
  }

  private func directory(of name: String) -> String { paths.pod(pod.metadata.uid) + "/volumes/" + name }
  private func memoryDirectory(of name: String) -> String { paths.memoryVolumes(pod.metadata.uid) + "/" + name }

  private func source(of volume: JSONValue, _ name: String) throws(RuntimeError) -> String {
    if let path = volume["hostPath"]?["path"]?.string { return path }
    if let claim = claim(of: volume) { return paths.claim(claim, namespace: pod.metadata.namespace) }
    return volume["emptyDir"]?["medium"]?.string == "Memory" ? memoryDirectory(of: name) : directory(of: name)
  }

  private func write(
    _ volume: JSONValue, _ resource: APIResource, _ name: String, to place: String
  ) throws(RuntimeError) {
    let isOptional = volume["optional"]?.bool ?? false
    let object = map(resource, name)
    guard object != nil || isOptional else { throw ContainerEnvironment.missing(resource, name) }
    let files = object.map { KeyedData($0).files } ?? [:]
    let mode = volume["defaultMode"]?.int.map { UInt32(truncatingIfNeeded: $0) } ?? Self.defaultMode
    try system { () throws(SystemError) in try Files.makeDirectory(place, mode: 0o755) }
    guard let items = volume["items"]?.array else {
      for (key, bytes) in files { try Self.write(bytes, to: place + "/" + key, mode: mode) }
      return
    }
    for item in items {
      let key = item["key"]?.string ?? ""
      guard let bytes = files[key] else {
        if isOptional { continue }
        throw RuntimeError(.configuration, "\(resource.singular) \"\(name)\" has no key \"\(key)\"")
      }
      let path = item["path"]?.string ?? key
      guard !path.split(separator: "/").contains(".."), !path.hasPrefix("/") else {
        throw RuntimeError(.configuration, "items: the path \"\(path)\" leads out of the volume")
      }
      let own = item["mode"]?.int.map { UInt32(truncatingIfNeeded: $0) }
      try Self.write(bytes, to: place + "/" + path, mode: own ?? mode)
    }
  }

  private static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(RuntimeError) {
    try system { () throws(SystemError) in
      if !Files.exists(Files.parent(of: path)) { try Files.makeDirectory(Files.parent(of: path), mode: 0o755) }
      // A file that an earlier try has left may be closed even to its owner.
      try Files.remove(path)
      try Files.write(bytes, to: path, mode: mode & 0o777)
    }
  }

  private static func unknown(_ name: String) -> RuntimeError {
    RuntimeError(
      .configuration,
      "volume \"\(name)\" is of a kind that is not there yet; configMap, secret, emptyDir, "
        + "persistentVolumeClaim and hostPath are")
  }
}
