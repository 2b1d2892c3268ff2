// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// A cluster of many Services, as facts: what the names are made from.
struct ClusterShape {
  /// Endpoints of one slice; Kubernetes' controller makes them no larger.
  private static let sliceLength = 100
  private static let ports = [ServiceFacts.Port(name: "http", transport: "TCP", number: 80)]

  var title: String
  /// Services with a ClusterIP and no slices.
  var plain: Int
  var headless: Int
  /// Ready endpoints with a hostname, of each headless Service.
  var endpoints: Int
  var namespaces: Int
  /// Whether each endpoint has an IPv6 address too, in slices of their own.
  var isDualStack = false

  var endpointCount: Int { headless * endpoints }

  func namespace(of service: Int) -> String { "ns-\(service % namespaces)" }

  /// Everything there is, in the order in which an API server lists it: kind after kind.
  var changes: [NameChange] {
    var all: [NameChange] = (0..<namespaces).map { .namespace("ns-\($0)", exists: true) }
    for service in 0..<plain {
      let address = HostAddress(ipv4: 0x0A60_0000 | UInt32(service + 1))
      let facts = ServiceFacts(kind: .clusterIP([address]), ports: Self.ports)
      all.append(.service(namespace: namespace(of: service), name: "svc-\(service)", facts))
    }
    for service in 0..<headless {
      let facts = ServiceFacts(kind: .headless, ports: Self.ports)
      all.append(.service(namespace: namespace(of: service), name: "hs-\(service)", facts))
    }
    for service in 0..<headless {
      for first in stride(from: 0, to: endpoints, by: Self.sliceLength) { all += slices(service, from: first) }
    }
    return all + [.synced]
  }

  private func slices(_ service: Int, from first: Int) -> [NameChange] {
    (isDualStack ? [HostAddress.Family.ipv4, .ipv6] : [.ipv4]).map { family in
      slice(service, family, from: first)
    }
  }

  /// One slice.
  /// - Parameter moved: added to the address of its first endpoint, or of all: a pod that came back.
  func slice(
    _ service: Int, _ family: HostAddress.Family = .ipv4, from first: Int = 0, moved: UInt32 = 0, all: Bool = false
  ) -> NameChange {
    let end = min(first + Self.sliceLength, endpoints)
    let facts = SliceFacts(service: "hs-\(service)", ports: Self.ports, endpoints: end - first) { list in
      for endpoint in first..<end {
        let number = UInt32(service * endpoints + endpoint) + (endpoint == first || all ? moved : 0)
        let address = family == .ipv4
          ? HostAddress(ipv4: 0x0B00_0000 + number)
          : HostAddress(ipv6High: 0xFD00_0000_0000_0001, low: UInt64(number))
        list.append([address], hostname: "pod-\(endpoint)", isReady: true)
      }
    }
    let name = "hs-\(service)-\(first)" + (family == .ipv6 ? "-6" : "")
    return .slice(namespace: namespace(of: service), name: name, facts)
  }
}
