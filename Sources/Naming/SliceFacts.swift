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
    var list = Endpoints(ports, capacity: endpoints)
    fill(&list)
    self.init(service: service, list)
  }

  /// The same of endpoints that were put together before.
  package init(service: String, _ list: Endpoints) {
    self.service = service
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

    /// - Parameter capacity: how many there are going to be, roughly.
    package init(_ ports: [ServiceFacts.Port], capacity: Int) {
      packed.reserveCapacity(32 * ports.count + 16 * capacity)
      packed.appendPacked(ports)
    }

    /// - Parameter hostname: the name under the Service's; without one the endpoint is named by its address. One that
    ///   is no label gives the endpoint no name at all.
    package mutating func append(_ addresses: [HostAddress], hostname: String?, isReady: Bool) {
      guard !addresses.isEmpty else { return }
      guard let hostname else {
        for address in addresses { append(address, isReady: isReady) }
        addressCount += addresses.count
        return
      }
      let label = hostname.utf8
      guard (1...Name.maximumLabelLength).contains(label.count) else { return }
      appendHead(PackedFacts.Endpoint.flags(addresses, isReady: isReady, hasHostname: true), label)
      packed.appendPacked(addresses)
      addressCount += addresses.count
    }

    /// An endpoint that is named by its address. Most are such, so it takes no memory but for the facts themselves.
    private mutating func append(_ address: HostAddress, isReady: Bool) {
      typealias Flags = PackedFacts.Endpoint
      packed.append((isReady ? Flags.isReady : 0) | (address.family == .ipv4 ? Flags.isOneIPv4 : Flags.isOneIPv6))
      let place = packed.count
      packed.append(0)
      if address.family == .ipv4 {
        for shift in stride(from: 24 as UInt64, through: 0, by: -8) {
          appendDecimal(UInt8(truncatingIfNeeded: address.low >> shift))
          if shift > 0 { packed.append(UInt8(ascii: "-")) }
        }
      } else {
        packed += address.dashedLabel
      }
      packed[place] = UInt8(packed.count - place - 1)
      packed.append(address)
    }

    private mutating func appendDecimal(_ number: UInt8) {
      if number >= 100 { packed.append(UInt8(ascii: "0") + number / 100) }
      if number >= 10 { packed.append(UInt8(ascii: "0") + number / 10 % 10) }
      packed.append(UInt8(ascii: "0") + number % 10)
    }

    private mutating func appendHead(_ flags: UInt8, _ label: some Collection<UInt8>) {
      packed.append(flags)
      packed.append(UInt8(label.count))
      for octet in label { packed.append(octet.asciiLowercased) }
    }
  }
}
