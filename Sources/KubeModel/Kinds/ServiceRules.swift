// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// What of a Service's specification depends on more than one field.
///
/// Source: "Service" in the Kubernetes documentation and the API reference of `ServiceSpec`.
enum ServiceRules {
  /// Seconds that a client stays with one pod, where nothing else is said.
  private static let defaultAffinityTimeout: Int64 = 10_800

  static let applyDefaults: @Sendable (inout JSONObject) -> Void = { spec in
    let type = spec["type"]?.string ?? "ClusterIP"
    if spec["sessionAffinity"]?.string == "ClientIP" {
      let timeout = spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] ?? .int(defaultAffinityTimeout)
      spec["sessionAffinityConfig"] = ["clientIP": ["timeoutSeconds": timeout]]
    } else {
      spec["sessionAffinityConfig"] = nil
    }
    if type == "ExternalName" { return }
    spec["internalTrafficPolicy"] = spec["internalTrafficPolicy"] ?? "Cluster"
    if type == "NodePort" || type == "LoadBalancer" {
      spec["externalTrafficPolicy"] = spec["externalTrafficPolicy"] ?? "Cluster"
    }
    if type == "LoadBalancer" {
      spec["allocateLoadBalancerNodePorts"] = spec["allocateLoadBalancerNodePorts"] ?? true
    }
  }

  static let validate: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = { spec, path, errors in
    let type = spec["type"]?.string ?? "ClusterIP"
    validateAddress(spec, type, path, &errors)
    validatePorts(spec, type, path, &errors)
    validateExternalName(spec, type, path, &errors)
    if type != "NodePort", type != "LoadBalancer" {
      if spec["externalTrafficPolicy"] != nil, spec["externalIPs"] == nil {
        errors.append(
          .invalid(
            path.appending("externalTrafficPolicy"), spec["externalTrafficPolicy"] ?? "",
            "may only be set for externally-accessible services"))
      }
    }
    if type != "LoadBalancer" {
      for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] where spec[field] != nil {
        errors.append(.forbidden(path.appending(field), "may only be used when `type` is 'LoadBalancer'"))
      }
    }
  }

  private static func validateAddress(
    _ spec: JSONObject, _ type: String, _ path: FieldPath, _ errors: inout [FieldError]
  ) {
    let address = spec["clusterIP"]?.string ?? ""
    let addressPath = path.appending("clusterIP")
    if type == "ExternalName" {
      if !address.isEmpty {
        errors.append(.forbidden(addressPath, "may not be set when `type` is 'ExternalName'"))
      }
      return
    }
    if address == "None" {
      if type != "ClusterIP" {
        errors.append(
          .invalid(addressPath, .string(address), "may not be set to 'None' for \(type) services"))
      }
    } else if !address.isEmpty, let problem = ValueFormat.ipAddress.problem(of: address) {
      let advice = address.lowercased() == "none" ? "; for a headless Service write None" : ""
      errors.append(.invalid(addressPath, .string(address), problem + advice))
    }
    if let addresses = spec["clusterIPs"]?.array, let first = addresses.first, first != .string(address) {
      errors.append(.invalid(path.appending("clusterIPs"), .array(addresses), "first value must match `clusterIP`"))
    }
  }

  private static func validatePorts(_ spec: JSONObject, _ type: String, _ path: FieldPath, _ errors: inout [FieldError])
  {
    let ports = spec["ports"]?.array ?? []
    let path = path.appending("ports")
    let isHeadless = spec["clusterIP"]?.string == "None"
    if ports.isEmpty, !isHeadless, type != "ExternalName" { errors.append(.required(path)) }
    var names: Set<String> = []
    var nodePorts: Set<[JSONValue?]> = []
    for (index, port) in ports.enumerated() {
      let portPath = path.appending(index: index)
      let name = port["name"]?.string ?? ""
      if name.isEmpty {
        if ports.count > 1 { errors.append(.required(portPath.appending("name"))) }
      } else if !names.insert(name).inserted {
        errors.append(.duplicate(portPath.appending("name"), .string(name)))
      }
      if let nodePort = port["nodePort"], nodePort != 0 {
        let path = portPath.appending("nodePort")
        if type != "NodePort", type != "LoadBalancer" {
          errors.append(.forbidden(path, "may not be used when `type` is '\(type)'"))
        } else if !nodePorts.insert([nodePort, port["protocol"]]).inserted {
          errors.append(.duplicate(path, nodePort))
        }
      }
    }
  }

  private static func validateExternalName(
    _ spec: JSONObject, _ type: String, _ path: FieldPath, _ errors: inout [FieldError]
  ) {
    guard type == "ExternalName" else { return }
    let path = path.appending("externalName")
    var name = spec["externalName"]?.string ?? ""
    if name.isEmpty {
      errors.append(.required(path))
      return
    }
    // A final dot is allowed: the name is absolute either way.
    if name.hasSuffix(".") { name.removeLast() }
    if let problem = ValueFormat.dnsSubdomain.problem(of: name) {
      errors.append(.invalid(path, .string(name), problem))
    }
  }
}
