// SPDX-License-Identifier: Apache-2.0

/// A Service: one name, and where it is not headless one address, for a set of endpoints.
package struct Service: Sendable {
  package let object: KubeObject
  package init(_ object: KubeObject) { self.object = object }

  package var metadata: ObjectMeta { object.metadata }
  private var spec: JSONValue? { object["spec"] }

  /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
  package var type: String { spec?["type"]?.string ?? "ClusterIP" }
  package var isExternalName: Bool { type == "ExternalName" }
  package var externalName: String { spec?["externalName"]?.string ?? "" }

  /// The addresses of the Service, one a family; `["None"]` where it is headless, empty for ExternalName.
  package var clusterIPs: [String] {
    if let list = spec?["clusterIPs"]?.array { return list.compactMap(\.string) }
    return spec?["clusterIP"]?.string.map { $0.isEmpty ? [] : [$0] } ?? []
  }
  package var isHeadless: Bool { clusterIPs.first == "None" }

  /// The labels that its pods carry; nil where endpoints are written by someone else.
  package var selector: LabelSelector? {
    guard let labels = spec?["selector"]?.stringMap, !labels.isEmpty else { return nil }
    return LabelSelector(labels: labels)
  }
  package var publishesNotReadyAddresses: Bool { spec?["publishNotReadyAddresses"]?.bool ?? false }
  /// `IPv4`, `IPv6`: the first is the main one.
  package var ipFamilies: [String] { spec?["ipFamilies"]?.array?.compactMap(\.string) ?? [] }
  /// `None` or `ClientIP`.
  package var sessionAffinity: String { spec?["sessionAffinity"]?.string ?? "None" }
  /// Seconds that a client stays with its endpoint.
  package var sessionAffinityTimeout: Int64 {
    spec?["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"]?.int ?? 10_800
  }
  package var ports: [ServicePort] { spec?["ports"]?.array?.compactMap { ServicePort($0) } ?? [] }
}

/// One port of a Service.
package struct ServicePort: Sendable, Hashable {
  /// Empty where the Service has one port only and does not name it.
  package let name: String
  /// `TCP`, `UDP` or `SCTP`.
  package let transport: String
  package let port: UInt16
  package let targetPort: PortReference
  /// 0 where there is none.
  package let nodePort: UInt16
  package let appProtocol: String?

  package init?(_ value: JSONValue) {
    guard let port = value["port"]?.int.flatMap({ UInt16(exactly: $0) }) else { return nil }
    name = value["name"]?.string ?? ""
    transport = value["protocol"]?.string ?? "TCP"
    self.port = port
    targetPort = value["targetPort"].flatMap { PortReference($0) } ?? .number(port)
    nodePort = value["nodePort"]?.int.flatMap { UInt16(exactly: $0) } ?? 0
    appProtocol = value["appProtocol"]?.string
  }
}

/// A port of a pod, by number or by the name that its container gives it.
package enum PortReference: Sendable, Hashable {
  case number(UInt16)
  case name(String)

  package init?(_ value: JSONValue) {
    switch value {
    case .int(let number):
      guard let port = UInt16(exactly: number), port > 0 else { return nil }
      self = .number(port)
    case .string(let text):
      if let port = UInt16(text), port > 0 { self = .number(port) } else { self = .name(text) }
    default: return nil
    }
  }
}
