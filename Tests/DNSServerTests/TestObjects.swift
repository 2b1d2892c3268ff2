// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections

/// A small cluster, and one large Service.
enum TestObjects {
  static let settings = NamingSettings(serverAddresses: [HostAddress("10.96.0.10")!], firstSerial: 1)

  static func index(
    _ settings: NamingSettings = Self.settings, zone: String = "cluster.local", adding more: [KubeObject] = []
  ) -> NameIndex {
    var settings = settings
    if let name = try? Name(zone) { settings.zone = name }
    let index = NameIndex(settings)
    index.apply((objects + more).map { .updated($0) } + [.synced])
    return index
  }

  static let objects: [KubeObject] = [
    KubeObject(["kind": "Namespace", "metadata": ["name": "default"]], of: .namespaces),
    service("web", ["clusterIPs": ["10.96.0.20"], "ports": [["name": "http", "port": 80]]]),
    service("mysql", ["clusterIP": "None"]),
    slice("mysql", (0..<3).map { ("10.244.0.\(7 + $0)", "mysql-\($0)") }),
    service("big", ["clusterIP": "None"]),
    slice("big", (0..<300).map { ("10.245.\($0 >> 8).\($0 & 255)", "big-\($0)") }),
    service("away", ["type": "ExternalName", "externalName": "web.default.svc.upstream.test"]),
    service("lost", ["type": "ExternalName", "externalName": "x.default.svc.upstream.test"]),
  ]

  /// Knows one pod, by its address.
  static func directory(pod address: String, in namespace: String) -> PodDirectory {
    let directory = PodDirectory()
    let metadata: JSONValue = ["name": "a", "namespace": .string(namespace)]
    directory.apply([
      .updated(
        KubeObject(["metadata": metadata, "status": ["phase": "Running", "podIP": .string(address)]], of: .pods))
    ])
    return directory
  }

  static func service(_ name: String, _ spec: JSONValue) -> KubeObject {
    KubeObject(["metadata": ["name": .string(name), "namespace": "default"], "spec": spec], of: .services)
  }

  static func slice(_ service: String, _ endpoints: [(address: String, hostname: String)]) -> KubeObject {
    let list = endpoints.map { endpoint -> JSONValue in
      ["addresses": [.string(endpoint.address)], "hostname": .string(endpoint.hostname)]
    }
    return KubeObject(
      [
        "metadata": [
          "name": .string(service), "namespace": "default", "labels": ["kubernetes.io/service-name": .string(service)],
        ],
        "addressType": "IPv4", "ports": [["name": "p", "port": 3306, "protocol": "TCP"]], "endpoints": .array(list),
      ], of: .endpointSlices)
  }
}
