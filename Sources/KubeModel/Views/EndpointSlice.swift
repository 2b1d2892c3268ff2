// SPDX-License-Identifier: Apache-2.0

/// A part of the endpoints of one Service, all of one address family and one set of ports.
package struct EndpointSlice: Sendable {
  /// The label that names the Service.
  package static let serviceNameLabel = "kubernetes.io/service-name"
  /// The label that says who writes the slice.
  package static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
  /// The value of ``managedByLabel`` on the slices of Services with a selector.
  package static let controller = "endpointslice-controller.k8s.io"
  /// The label that slices and Endpoints of headless Services have.
  package static let headlessLabel = "service.kubernetes.io/headless"
  /// When the change that led to this version of the slice happened; RFC 3339.
  package static let triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"

  package let object: KubeObject
  package init(_ object: KubeObject) { self.object = object }

  package var metadata: ObjectMeta { object.metadata }
  /// The name of the Service, in the slice's namespace; nil for a slice of none.
  package var serviceName: String? { metadata.labels[Self.serviceNameLabel] }
  /// `IPv4`, `IPv6` or `FQDN`.
  package var addressType: String { object["addressType"]?.string ?? "" }
  package var endpoints: [Endpoint] { object["endpoints"]?.array?.compactMap { Endpoint($0) } ?? [] }
  package var ports: [EndpointPort] { object["ports"]?.array?.map { EndpointPort($0) } ?? [] }
}

/// One endpoint of a slice.
package struct Endpoint: Sendable {
  package let addresses: [String]
  /// The name under the Service's; nil where the pod has none.
  package let hostname: String?
  /// Takes part in the Service; absent in the object means yes.
  package let isReady: Bool
  /// Would be ready were it not ending.
  package let isServing: Bool
  package let isTerminating: Bool
  package let nodeName: String?
  /// `namespace/name` of the pod; nil for endpoints that are not pods.
  package let pod: (namespace: String, name: String)?

  package init?(_ value: JSONValue) {
    guard let addresses = value["addresses"]?.array?.compactMap(\.string), !addresses.isEmpty else { return nil }
    self.addresses = addresses
    hostname = value["hostname"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    let conditions = value["conditions"]
    isReady = conditions?["ready"]?.bool ?? true
    isServing = conditions?["serving"]?.bool ?? isReady
    isTerminating = conditions?["terminating"]?.bool ?? false
    nodeName = value["nodeName"]?.string
    if let target = value["targetRef"], target["kind"]?.string == "Pod", let name = target["name"]?.string {
      pod = (target["namespace"]?.string ?? "", name)
    } else {
      pod = nil
    }
  }
}

/// One port of all endpoints of a slice.
package struct EndpointPort: Sendable, Hashable {
  /// The name of the Service's port; empty for the unnamed one.
  package let name: String
  /// `TCP`, `UDP` or `SCTP`.
  package let transport: String
  /// nil: all ports.
  package let port: UInt16?

  package init(_ value: JSONValue) {
    name = value["name"]?.string ?? ""
    transport = value["protocol"]?.string ?? "TCP"
    port = value["port"]?.int.flatMap { UInt16(exactly: $0) }
  }
}
