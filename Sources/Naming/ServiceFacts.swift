// SPDX-License-Identifier: Apache-2.0
package import DNSWire
import KubeModel

/// What names depend on in a Service: read from the object once, when it changes.
package struct ServiceFacts: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case clusterIP([HostAddress])
    case headless
    /// `nil`: the object's `externalName` is no domain name.
    case externalName(Name?)
  }

  package struct Port: Hashable, Sendable {
    /// Empty: unnamed.
    package var name: String
    /// `tcp`, `udp`, `sctp`, in any letter case.
    package var transport: String
    package var number: UInt16

    package init(name: String, transport: String, number: UInt16) {
      self.name = name
      self.transport = transport
      self.number = number
    }
  }

  package var kind: Kind
  package var publishesNotReady: Bool
  package var ports: [Port]

  package init(kind: Kind, publishesNotReady: Bool = false, ports: [Port] = []) {
    self.kind = kind
    self.publishesNotReady = publishesNotReady
    self.ports = ports
  }

  /// What an ExternalName Service stands for.
  package static func alias(_ text: String) -> Kind {
    let target = try? Name(text)
    return .externalName(target == .root ? nil : target)
  }

  init(_ service: Service) {
    if service.isExternalName {
      kind = Self.alias(service.externalName)
    } else if service.isHeadless {
      kind = .headless
    } else {
      kind = .clusterIP(service.clusterIPs.compactMap { HostAddress($0) })
    }
    publishesNotReady = service.publishesNotReadyAddresses
    ports = service.ports.map { Port(name: $0.name, transport: $0.transport, number: $0.port) }
  }
}
