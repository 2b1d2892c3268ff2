// SPDX-License-Identifier: Apache-2.0
package import DNSWire
import KubeModel

/// What names depend on in an EndpointSlice, packed: about twelve octets an endpoint. Two are equal when they give the
/// same names.
package struct SliceFacts: Hashable, Sendable {
  /// The Service, in the slice's namespace.
  package let service: String
  /// `PackedFacts` describes the form.
  let packed: [UInt8]
  /// Addresses of all endpoints, ready or not.
  let addressCount: Int

  /// - Parameter endpoints: how many the slice is going to have, roughly.
  package init(
    service: String, ports: [ServiceFacts.Port] = [], endpoints: Int = 0,
    _ fill: (inout Endpoints) -> Void = { _ in }
  ) {
    self.service = service
    var list = Endpoints(ports, capacity: endpoints)
    fill(&list)
    packed = list.packed
    addressCount = list.addressCount
  }

  /// `nil` for a slice that names no Service. Slices of type FQDN have addresses that are no addresses, and so no
  /// endpoints here.
  init?(_ slice: EndpointSlice) {
    guard let service = slice.serviceName else { return nil }
    let ports = slice.ports.compactMap { port in
      port.port.map { ServiceFacts.Port(name: port.name, transport: port.transport, number: $0) }
    }
    let endpoints = slice.endpoints
    self.init(service: service, ports: ports, endpoints: endpoints.count) { list in
      for endpoint in endpoints {
        list.append(
          endpoint.addresses.compactMap { HostAddress($0) }, hostname: endpoint.hostname, isReady: endpoint.isReady)
      }
    }
  }

  /// The endpoints of a slice while it is put together.
  package struct Endpoints {
    fileprivate var packed: [UInt8] = []
    fileprivate var addressCount = 0

    fileprivate init(_ ports: [ServiceFacts.Port], capacity: Int) {
      packed.reserveCapacity(32 * ports.count + 16 * capacity)
      packed.appendPacked(ports)
    }

    /// - Parameter hostname: the name under the Service's; without one the endpoint is named by its address. One that
    ///   is no label gives the endpoint no name at all.
    package mutating func append(_ addresses: [HostAddress], hostname: String?, isReady: Bool) {
      guard !addresses.isEmpty else { return }
      guard let hostname else {
        for address in addresses {
          let label = address.dashedLabel
          appendHead(PackedFacts.Endpoint.flags([address], isReady: isReady, hasHostname: false), label)
          packed.appendPacked([address])
        }
        addressCount += addresses.count
        return
      }
      let label = hostname.utf8
      guard (1...Name.maximumLabelLength).contains(label.count) else { return }
      appendHead(PackedFacts.Endpoint.flags(addresses, isReady: isReady, hasHostname: true), label)
      packed.appendPacked(addresses)
      addressCount += addresses.count
    }

    private mutating func appendHead(_ flags: UInt8, _ label: some Collection<UInt8>) {
      packed.append(flags)
      packed.append(UInt8(label.count))
      for octet in label { packed.append(octet.asciiLowercased) }
    }
  }
}
