// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Where the pods of a Service are: Endpoints (v1, older) and EndpointSlices (discovery.k8s.io/v1).
extension ObjectType {
  package static let endpoints = ObjectType(
    .core, "Endpoints", "The addresses of a Service of the same name (older form of EndpointSlices).",
    [
      .apiVersion, .kind, .metadata,
      Field("subsets", 2, .objects(.endpointSubset), "Sets of addresses that have the same ports."),
    ])

  package static let endpointSubset = ObjectType(
    .core, "EndpointSubset", "Addresses that have the same ports.",
    [
      Field("addresses", 1, .objects(.endpointAddress), "Addresses that are ready."),
      Field("notReadyAddresses", 2, .objects(.endpointAddress), "Addresses that are not ready."),
      Field("ports", 3, .objects(.coreEndpointPort), "Ports of the addresses."),
    ],
    validation: { subset, path, errors in
      if subset["addresses"] == nil, subset["notReadyAddresses"] == nil {
        errors.append(.required(path, "must specify `addresses` or `notReadyAddresses`"))
      }
      let ports = subset["ports"]?.array ?? []
      for (index, port) in ports.enumerated() where ports.count > 1 && (port["name"]?.string ?? "").isEmpty {
        errors.append(.required(path.appending("ports").appending(index: index).appending("name")))
      }
    })

  package static let endpointAddress = ObjectType(
    .core, "EndpointAddress", "One address.",
    [
      Field("ip", 1, .string, "The IP address.").required().rule(.format(.ipAddress)),
      Field("hostname", 3, .string, "Name of the endpoint below the Service's.").rule(.format(.dnsLabel)),
      Field("nodeName", 4, .string, "Node of the endpoint.").explicit(),
      Field("targetRef", 2, .object(.objectReference), "The object behind the address."),
    ], atomic: true)

  package static let coreEndpointPort = ObjectType(
    .core, "EndpointPort", "One port of the addresses.",
    [
      Field("name", 1, .string, "Name of the Service's port.").rule(.format(.dnsLabel)),
      Field("port", 2, .int32, "Number of the port.").required().rule(.port),
      Field("protocol", 3, .string, "Transport protocol.").defaulted("TCP").rule(.transportProtocol),
      Field("appProtocol", 4, .string, "Protocol that is spoken, as a hint.").explicit(),
    ], atomic: true)

  package static let endpointSlice = ObjectType(
    .discovery, "EndpointSlice", "A part of the endpoints of a Service.",
    [
      .apiVersion, .kind, .metadata,
      Field("endpoints", 2, .objects(.endpoint), "The endpoints.").explicit().defaulted([]).rule(.atMost(1000)),
      Field("ports", 3, .objects(.endpointPort), "Ports of every endpoint.").rule(.atMost(20_000), .unique(["name"])),
      Field("addressType", 4, .string, "What the addresses are.").required().rule(.oneOf(["FQDN", "IPv4", "IPv6"])),
    ],
    validation: { slice, path, errors in
      guard let type = slice["addressType"]?.string else { return }
      for (index, endpoint) in (slice["endpoints"]?.array ?? []).enumerated() {
        for (position, address) in (endpoint["addresses"]?.array ?? []).enumerated() {
          guard let text = address.string, let problem = problem(of: text, as: type) else { continue }
          let place = path.appending("endpoints").appending(index: index)
          errors.append(.invalid(place.appending("addresses").appending(index: position), address, problem))
        }
      }
    })

  /// What is wrong with an address of an EndpointSlice of the given type.
  private static func problem(of address: String, as type: String) -> String? {
    let family = IPAddress(address)?.family
    return switch type {
    case "IPv4": family == .ipv4 ? nil : "must be a valid IPv4 address"
    case "IPv6": family == .ipv6 ? nil : "must be a valid IPv6 address"
    case "FQDN": ValueFormat.dnsSubdomain.problem(of: address)
    default: nil
    }
  }

  package static let endpoint = ObjectType(
    .discovery, "Endpoint", "One backend of a Service.",
    [
      Field("addresses", 1, .stringSet, "Its addresses; they are interchangeable, and only the first need be used.")
        .required().rule(.notEmpty, .atMost(100), .unique([])),
      Field("conditions", 2, .object(.endpointConditions), "Its state.").defaulted([:]),
      Field("hostname", 3, .string, "Its name below the Service's.").explicit().rule(.format(.dnsLabel)),
      Field("targetRef", 4, .object(.objectReference), "The object behind it."),
      Field("deprecatedTopology", 5, .stringMap, "Left from v1beta1; cannot be written.").rule(.atMost(16)),
      Field("nodeName", 6, .string, "Its node.").explicit().rule(.format(.dnsSubdomain)),
      Field("zone", 7, .string, "Its zone.").explicit(),
      Field("hints", 8, .object(.endpointHints), "By whom it is preferred."),
    ])

  package static let endpointConditions = ObjectType(
    .discovery, "EndpointConditions", "The state of an endpoint.",
    [
      Field("ready", 1, .bool, "Whether it takes new traffic; true if absent.").explicit(),
      Field("serving", 2, .bool, "Whether it can answer, terminating or not; `ready` if absent.").explicit(),
      Field("terminating", 3, .bool, "Whether it is ending; false if absent.").explicit(),
    ])

  package static let endpointHints = ObjectType(
    .discovery, "EndpointHints", "By whom an endpoint is preferred.",
    [
      Field("forZones", 1, .objects(.forZone), "Clients in these zones.").rule(.atMost(8)),
      Field("forNodes", 2, .objects(.forNode), "Clients on these nodes.").rule(.atMost(8)),
    ])

  package static let forZone = ObjectType(
    .discovery, "ForZone", "Names a zone.", [Field("name", 1, .string, "Name of the zone.").required()])

  package static let forNode = ObjectType(
    .discovery, "ForNode", "Names a node.", [Field("name", 1, .string, "Name of the node.").required()])

  package static let endpointPort = ObjectType(
    .discovery, "EndpointPort", "One port of the endpoints of a slice.",
    [
      Field("name", 1, .string, "Name of the Service's port.").explicit().defaulted("").rule(.format(.emptyOrDNSLabel)),
      Field("protocol", 2, .string, "Transport protocol.").explicit().defaulted("TCP").rule(.transportProtocol),
      Field("port", 3, .int32, "Number of the port; every port if absent.").explicit().rule(.port),
      Field("appProtocol", 4, .string, "Protocol that is spoken, as a hint.").explicit().rule(.format(.qualifiedName)),
    ], atomic: true)
}
