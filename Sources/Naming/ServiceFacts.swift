// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// What names depend on in a Service: read from the object once, when it changes.
struct ServiceFacts: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case clusterIP([HostAddress])
    case headless
    /// `nil`: the object's `externalName` is no domain name.
    case externalName(Name?)
  }

  struct Port: Hashable, Sendable {
    /// Empty: unnamed.
    var name: String
    /// Lower case: `tcp`, `udp`, `sctp`.
    var transport: String
    var number: UInt16
  }

  var kind: Kind
  var publishesNotReady: Bool
  var ports: [Port]

  init(kind: Kind, publishesNotReady: Bool = false, ports: [Port] = []) {
    self.kind = kind
    self.publishesNotReady = publishesNotReady
    self.ports = ports
  }

  init(_ service: Service) {
    if service.isExternalName {
      let target = try? Name(service.externalName)
      kind = .externalName(target == .root ? nil : target)
    } else if service.isHeadless {
      kind = .headless
    } else {
      kind = .clusterIP(service.clusterIPs.compactMap { HostAddress($0) })
    }
    publishesNotReady = service.publishesNotReadyAddresses
    ports = service.ports.map { Port(name: $0.name, transport: $0.transport.lowercased(), number: $0.port) }
  }
}

/// What names depend on in an EndpointSlice.
struct SliceFacts: Hashable, Sendable {
  struct Endpoint: Hashable, Sendable {
    var addresses: [HostAddress]
    /// Lower case; `nil` for an endpoint that is named by its address.
    var hostname: String?
    var isReady: Bool
  }

  var endpoints: [Endpoint]
  var ports: [ServiceFacts.Port]

  init(endpoints: [Endpoint], ports: [ServiceFacts.Port] = []) {
    self.endpoints = endpoints
    self.ports = ports
  }

  /// Slices of type FQDN have addresses that are no addresses, and so no endpoints here.
  init(_ slice: EndpointSlice) {
    endpoints = slice.endpoints.compactMap { endpoint in
      let addresses = endpoint.addresses.compactMap { HostAddress($0) }
      guard !addresses.isEmpty else { return nil }
      return Endpoint(addresses: addresses, hostname: endpoint.hostname?.lowercased(), isReady: endpoint.isReady)
    }
    ports = slice.ports.compactMap { port in
      port.port.map { ServiceFacts.Port(name: port.name, transport: port.transport.lowercased(), number: $0) }
    }
  }
}
