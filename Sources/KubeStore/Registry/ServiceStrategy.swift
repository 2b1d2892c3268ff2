// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Gives Services their addresses and node ports, in the write that creates or changes them.
///
/// Source: "Service" and "Service ClusterIP allocation" of the Kubernetes documentation.
enum ServiceStrategy {
  static func prepare(
    _ root: inout JSONObject, old: KubeObject?, _ allocations: ServiceAllocations
  ) throws(StatusError) {
    guard var spec = root["spec"]?.object else { return }
    let previous = old?["spec"]?.object ?? [:]
    let isExternalName = spec["type"]?.string == "ExternalName"
    if isExternalName {
      for member in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
        spec[member] = nil
      }
    } else {
      keepAddresses(&spec, of: previous)
      try unify(&spec, root)
      try assignAddresses(&spec, previous, root, allocations)
    }
    try assignNodePorts(&spec, previous, root, allocations)
    root["spec"] = .object(spec)
    if root["status"] == nil { root["status"] = ["loadBalancer": [:]] }
  }

  private static func invalid(_ root: JSONObject, _ error: FieldError) -> StatusError {
    .invalid(.services, root["metadata"]?["name"]?.string ?? "", [error])
  }

  /// A change that does not speak of addresses keeps those that the Service has.
  private static func keepAddresses(_ spec: inout JSONObject, of previous: JSONObject) {
    guard previous["type"]?.string != "ExternalName" else { return }
    let isUnsaid = spec["clusterIP"]?.string ?? "" == ""
    if isUnsaid, spec["clusterIPs"]?.array?.isEmpty ?? true {
      spec["clusterIP"] = previous["clusterIP"]
      spec["clusterIPs"] = previous["clusterIPs"]
    }
    for member in ["ipFamilies", "ipFamilyPolicy"] where spec[member] == nil { spec[member] = previous[member] }
  }

  /// `clusterIP` is the first of `clusterIPs`: fills the one that is not given, refuses two that differ.
  private static func unify(_ spec: inout JSONObject, _ root: JSONObject) throws(StatusError) {
    let one = spec["clusterIP"]?.string ?? ""
    let all = spec["clusterIPs"]?.array ?? []
    let path = FieldPath("spec", "clusterIPs").appending(index: 0)
    if one.isEmpty, let first = all.first {
      spec["clusterIP"] = first
    } else if !one.isEmpty, all.isEmpty {
      spec["clusterIPs"] = [.string(one)]
    } else if let first = all.first, first.string != one {
      throw invalid(root, .invalid(path, .array(all), "first value must match `clusterIP`"))
    }
    if all.count > 1 {
      throw invalid(
        root,
        .invalid(
          FieldPath("spec", "clusterIPs"), .array(all), "may only hold one address: this cluster has IPv4 only"))
    }
  }

  private static func assignAddresses(
    _ spec: inout JSONObject, _ previous: JSONObject, _ root: JSONObject, _ allocations: ServiceAllocations
  ) throws(StatusError) {
    try assignFamilies(&spec, root)
    let path = FieldPath("spec", "clusterIPs").appending(index: 0)
    let wanted = spec["clusterIP"]?.string ?? ""
    if wanted == "None" {
      spec["clusterIPs"] = ["None"]
      return
    }
    if wanted.isEmpty {
      guard let address = allocations.freeAddress() else {
        throw StatusError(.internalError, "failed to allocate IP: range \(allocations.rangeText) is full")
      }
      spec["clusterIP"] = .string(address.description)
      spec["clusterIPs"] = [.string(address.description)]
      return
    }
    guard let address = IPAddress(wanted) else {
      throw invalid(root, .invalid(path, .string(wanted), "must be empty, 'None', or a valid IP address"))
    }
    if wanted == previous["clusterIP"]?.string { return }
    guard allocations.isInRange(address) else {
      throw invalid(
        root,
        .invalid(
          FieldPath("spec", "clusterIPs"), [.string(wanted)],
          "failed to allocate IP \(wanted): the provided IP (\(wanted)) is not in the valid range. "
            + "The range of valid IPs is \(allocations.rangeText)"))
    }
    if allocations.isTaken(address) {
      throw invalid(
        root,
        .invalid(
          FieldPath("spec", "clusterIPs"), [.string(wanted)],
          "failed to allocate IP \(wanted): provided IP is already allocated"))
    }
  }

  /// The pod network of this version has IPv4 addresses only.
  private static func assignFamilies(_ spec: inout JSONObject, _ root: JSONObject) throws(StatusError) {
    let isHeadless = spec["clusterIP"]?.string == "None"
    let path = FieldPath("spec", "ipFamilies")
    if spec["ipFamilyPolicy"]?.string == "RequireDualStack", !isHeadless {
      throw invalid(
        root,
        .invalid(
          FieldPath("spec", "ipFamilyPolicy"), "RequireDualStack",
          "this cluster is not configured for dual-stack services"))
    }
    for (index, family) in (spec["ipFamilies"]?.array ?? []).enumerated() where family.string != "IPv4" && !isHeadless {
      throw invalid(root, .invalid(path.appending(index: index), family, "not configured on this cluster"))
    }
    if spec["ipFamilies"] == nil { spec["ipFamilies"] = ["IPv4"] }
    if spec["ipFamilyPolicy"] == nil { spec["ipFamilyPolicy"] = "SingleStack" }
  }

  // MARK: Node ports

  private static func assignNodePorts(
    _ spec: inout JSONObject, _ previous: JSONObject, _ root: JSONObject, _ allocations: ServiceAllocations
  ) throws(StatusError) {
    guard var ports = spec["ports"]?.array else { return }
    let type = spec["type"]?.string
    guard type == "NodePort" || type == "LoadBalancer" else {
      spec["ports"] = .array(ports.map(withoutNodePort))
      return
    }
    let held = Dictionary(
      (previous["ports"]?.array ?? []).compactMap { port in
        nodePort(of: port).map { (PortIdentity(port), $0) }
      }, uniquingKeysWith: { first, _ in first })
    var taken = Set(ports.compactMap(nodePort))
    for (index, port) in ports.enumerated() {
      let path = FieldPath("spec", "ports").appending(index: index).appending("nodePort")
      if let wanted = nodePort(of: port) {
        if held.values.contains(wanted) { continue }
        guard allocations.isInRange(nodePort: wanted) else {
          throw invalid(
            root,
            .invalid(
              path, .int(Int64(wanted)),
              "provided port is not in the valid range. The range of valid ports is \(allocations.portRangeText)"))
        }
        if allocations.isTaken(nodePort: wanted) {
          throw invalid(root, .invalid(path, .int(Int64(wanted)), "provided port is already allocated"))
        }
        continue
      }
      guard let free = held[PortIdentity(port)] ?? allocations.freeNodePort(besides: taken) else {
        throw StatusError(.internalError, "no node port is free in \(allocations.portRangeText)")
      }
      taken.insert(free)
      ports[index]["nodePort"] = .int(Int64(free))
    }
    spec["ports"] = .array(ports)
  }

  /// By what a port is known again when a Service changes.
  private struct PortIdentity: Hashable {
    let port: JSONValue?
    let transport: JSONValue?
    init(_ value: JSONValue) {
      port = value["port"]
      transport = value["protocol"]
    }
  }

  private static func nodePort(of port: JSONValue) -> UInt16? {
    port["nodePort"]?.int.flatMap { $0 == 0 ? nil : UInt16(exactly: $0) }
  }

  private static func withoutNodePort(_ port: JSONValue) -> JSONValue {
    guard var members = port.object else { return port }
    members["nodePort"] = nil
    return .object(members)
  }
}
