// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// What `callsign status` says of one Service.
struct ServiceReport: Sendable {
  var namespace: String
  var name: String
  /// `ClusterIP`, `Headless`, `NodePort`, `LoadBalancer` or `ExternalName`.
  var type: String
  /// The cluster IP, `None`, or the external name.
  var address: String
  var ready: Int
  var all: Int
  /// The Service's own name first, then one for each endpoint that has a hostname.
  var names: [String]

  /// `2/3`; a dash for ExternalName, which has none.
  var endpoints: String { type == "ExternalName" ? "-" : "\(ready)/\(all)" }

  /// One report for each Service, in the order given.
  static func make(services: [KubeObject], slices: [KubeObject], zone: String) -> [ServiceReport] {
    let byService = Dictionary(grouping: slices.map(EndpointSlice.init)) {
      "\($0.metadata.namespace)/\($0.serviceName ?? "")"
    }
    return services.map { object in
      let service = Service(object)
      let own = byService["\(service.metadata.namespace)/\(service.metadata.name)"] ?? []
      // A pod stands in several slices where its ports or families differ: it counts once.
      var ready: [String: Bool] = [:]
      var hostnames: Set<String> = []
      for endpoint in own.flatMap(\.endpoints) {
        let identity = endpoint.pod.map { "\($0.namespace)/\($0.name)" } ?? endpoint.addresses[0]
        ready[identity] = (ready[identity] ?? false) || endpoint.isReady
        if endpoint.isReady, let hostname = endpoint.hostname { hostnames.insert(hostname) }
      }
      let name = "\(service.metadata.name).\(service.metadata.namespace).svc.\(zone)"
      return ServiceReport(
        namespace: service.metadata.namespace, name: service.metadata.name,
        type: service.isHeadless ? "Headless" : service.type,
        address: service.isExternalName ? service.externalName : service.clusterIPs.joined(separator: ","),
        ready: ready.values.filter { $0 }.count, all: ready.count,
        names: [name] + hostnames.sorted().map { "\($0).\(name)" })
    }
  }

  /// The whole of `callsign status --output json`.
  static func json(_ reports: [ServiceReport], _ addresses: ClusterAddresses, kubeconfig: String) -> JSONValue {
    [
      "apiPort": .int(Int64(addresses.apiPort)), "dnsPort": .int(Int64(addresses.dnsPort)),
      "zone": .string(addresses.zone), "runtime": .string(addresses.runtime), "kubeconfig": .string(kubeconfig),
      "services": .array(
        reports.map { report in
          [
            "namespace": .string(report.namespace), "name": .string(report.name), "type": .string(report.type),
            "address": .string(report.address), "ready": .int(Int64(report.ready)), "all": .int(Int64(report.all)),
            "names": .array(report.names.map { .string($0) }),
          ]
        }),
    ]
  }
}
