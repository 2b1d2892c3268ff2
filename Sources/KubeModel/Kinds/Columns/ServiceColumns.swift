// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let services: [TableColumn] = [
    .name,
    TableColumn("Type") { object, _ in CellText.text(object[at: "spec", "type"], orElse: "") },
    TableColumn("Cluster-IP") { object, _ in CellText.text(object[at: "spec", "clusterIP"]) },
    TableColumn("External-IP") { object, _ in .string(externalAddress(of: object)) },
    TableColumn("Port(s)") { object, _ in .string(ports(of: object)) },
    .age,
    TableColumn("Selector", wide: true) { object, _ in CellText.labels(object[at: "spec", "selector"]) },
  ]

  private static func externalAddress(of service: KubeObject) -> String {
    let external = (service[at: "spec", "externalIPs"]?.array ?? []).compactMap(\.string)
    switch service[at: "spec", "type"]?.string {
    case "ExternalName": return service[at: "spec", "externalName"]?.string ?? CellText.none
    case "LoadBalancer":
      let ingress = service[at: "status", "loadBalancer", "ingress"]?.array ?? []
      let all = ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string } + external
      return all.isEmpty ? "<pending>" : all.joined(separator: ",")
    default: return external.isEmpty ? CellText.none : external.joined(separator: ",")
    }
  }

  private static func ports(of service: KubeObject) -> String {
    let ports = (service[at: "spec", "ports"]?.array ?? []).map { port in
      let node = port["nodePort"]?.int.map { ":\($0)" } ?? ""
      return "\(port["port"]?.int ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
    }
    return ports.isEmpty ? CellText.none : ports.joined(separator: ",")
  }

  package static let endpoints: [TableColumn] = [
    .name,
    TableColumn("Endpoints") { object, _ in CellText.list(addresses(of: object), orElse: CellText.none) },
    .age,
  ]

  /// `10.244.0.5:80`, each address with each port of its subset.
  private static func addresses(of endpoints: KubeObject) -> [String] {
    (endpoints[at: "subsets"]?.array ?? []).flatMap { subset in
      let addresses = (subset["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
      guard let ports = subset["ports"]?.array else { return addresses }
      return ports.flatMap { port in
        addresses.map { "\($0.contains(":") ? "[\($0)]" : $0):\(port["port"]?.int ?? 0)" }
      }
    }
  }

  package static let endpointSlices: [TableColumn] = [
    .name,
    TableColumn("AddressType") { object, _ in CellText.text(object[at: "addressType"], orElse: "") },
    TableColumn("Ports") { object, _ in
      let ports = (object[at: "ports"]?.array ?? []).map { $0["port"]?.int.map(String.init) ?? "*" }
      return CellText.list(ports, orElse: CellText.unset)
    },
    TableColumn("Endpoints") { object, _ in
      let addresses = (object[at: "endpoints"]?.array ?? []).flatMap {
        ($0["addresses"]?.array ?? []).compactMap(\.string)
      }
      return CellText.list(addresses, orElse: CellText.unset)
    },
    .age,
  ]
}
