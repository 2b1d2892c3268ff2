// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The environment variables of a container.
struct ContainerEnvironment {
  /// What variables are made from.
  struct Sources {
    var pod: Pod
    /// Empty until the pod has its network.
    var podAddresses: [String]
    var nodeAddress: String
    /// Services of the pod's namespace, and `default/kubernetes`.
    var services: [Service]
    /// ConfigMaps and Secrets by kind and name, of the pod's namespace.
    var map: (APIResource, String) -> KubeObject?
  }

  private(set) var names: [String] = []
  private(set) var values: [String: String] = [:]

  /// `NAME=value`, in order of first appearance.
  var entries: [String] { names.map { "\($0)=\(values[$0]!)" } }

  private mutating func set(_ name: String, _ value: String) {
    if values.updateValue(value, forKey: name) == nil { names.append(name) }
  }

  /// - Throws: an error of code `configuration` that names what is missing.
  init(of container: JSONValue, hostname: String, sources: Sources) throws(RuntimeError) {
    set("PATH", AgentProcess.searchPath)
    set("HOSTNAME", hostname)
    for (name, value) in ServiceEnvironment.variables(for: sources.pod, services: sources.services) {
      set(name, value)
    }
    for source in container["envFrom"]?.array ?? [] { try addAll(from: source, sources) }
    for variable in container["env"]?.array ?? [] {
      guard let name = variable["name"]?.string else { continue }
      if let origin = variable["valueFrom"] {
        if let value = try Self.value(from: origin, sources) { set(name, value) }
      } else {
        set(name, VariableExpansion.expand(variable["value"]?.string ?? "", with: values))
      }
    }
  }

  private mutating func addAll(from source: JSONValue, _ sources: Sources) throws(RuntimeError) {
    let prefix = source["prefix"]?.string ?? ""
    for (key, resource) in [("configMapRef", APIResource.configMaps), ("secretRef", .secrets)] {
      guard let reference = source[key] else { continue }
      guard let object = sources.map(resource, reference["name"]?.string ?? "") else {
        if reference["optional"]?.bool == true { continue }
        throw Self.missing(resource, reference["name"]?.string ?? "")
      }
      for (name, value) in KeyedData(object).texts.sorted(by: { $0.key < $1.key }) { set(prefix + name, value) }
    }
  }

  /// Nil where an optional source is missing.
  private static func value(from origin: JSONValue, _ sources: Sources) throws(RuntimeError) -> String? {
    if let path = origin["fieldRef"]?["fieldPath"]?.string { return try field(path, sources) }
    for (key, resource) in [("configMapKeyRef", APIResource.configMaps), ("secretKeyRef", .secrets)] {
      guard let reference = origin[key] else { continue }
      let name = reference["name"]?.string ?? ""
      let member = reference["key"]?.string ?? ""
      let isOptional = reference["optional"]?.bool ?? false
      guard let object = sources.map(resource, name) else {
        if isOptional { return nil }
        throw missing(resource, name)
      }
      guard let value = KeyedData(object).texts[member] else {
        if isOptional { return nil }
        throw RuntimeError(
          .configuration, "couldn't find key \(member) in \(resource.kind) \(object.metadata.namespace)/\(name)")
      }
      return value
    }
    throw RuntimeError(
      .configuration, "this kind of valueFrom is not there yet; fieldRef, configMapKeyRef and secretKeyRef are")
  }

  static func missing(_ resource: APIResource, _ name: String) -> RuntimeError {
    RuntimeError(.configuration, "\(resource.singular) \"\(name)\" not found")
  }

  /// A field of the pod (Kubernetes: "Downward API").
  private static func field(_ path: String, _ sources: Sources) throws(RuntimeError) -> String {
    let metadata = sources.pod.metadata
    switch path {
    case "metadata.name": return metadata.name
    case "metadata.namespace": return metadata.namespace
    case "metadata.uid": return metadata.uid
    case "spec.nodeName": return sources.pod.nodeName
    case "spec.serviceAccountName": return sources.pod.spec["serviceAccountName"]?.string ?? "default"
    case "status.hostIP", "status.hostIPs": return sources.nodeAddress
    case "status.podIP": return sources.podAddresses.first ?? ""
    case "status.podIPs": return sources.podAddresses.joined(separator: ",")
    default: break
    }
    for (prefix, map) in [("metadata.labels['", metadata.labels), ("metadata.annotations['", metadata.annotations)] {
      guard path.hasPrefix(prefix), path.hasSuffix("']") else { continue }
      return map[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
    }
    throw RuntimeError(.configuration, "the field \(path) cannot be given to a container")
  }
}

/// The members of a ConfigMap or Secret.
struct KeyedData {
  let files: [String: [UInt8]]

  init(_ object: KubeObject) {
    let isSecret = object.resource === APIResource.secrets
    var files: [String: [UInt8]] = [:]
    for (key, value) in object["data"]?.stringMap ?? [:] {
      files[key] = isSecret ? Base64.decode(value) ?? [] : Array(value.utf8)
    }
    for (key, value) in object["binaryData"]?.stringMap ?? [:] { files[key] = Base64.decode(value) ?? [] }
    self.files = files
  }

  var texts: [String: String] { files.mapValues { String(decoding: $0, as: UTF8.self) } }
}
