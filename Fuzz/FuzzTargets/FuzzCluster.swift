// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeModel
package import Naming
import OrderedCollections

/// The answerers that messages are put to.
enum MessageSource {
  static let answerer = MessageAnswerer()
  static let forwarding = MessageAnswerer(forwards: true)
}

/// A cluster with every kind of name once, which does not change. Mutated questions are about its names.
package enum FuzzCluster {
  static let settings = NamingSettings(
    serverAddresses: [HostAddress(ipv4: 0x0A60_000A), HostAddress(ipv6High: 0xFD00_0000_0000_0000, low: 10)],
    firstSerial: 1)

  /// Pod names for any address.
  package static let insecure = index(settings)
  /// Pod names for living pods; every name of an address that several Services share.
  static let verified: NameIndex = {
    var settings = Self.settings
    settings.podNames = .verified
    settings.givesAllReverseNames = true
    return index(settings)
  }()

  private static func index(_ settings: NamingSettings) -> NameIndex {
    let index = NameIndex(settings)
    index.apply(objects.map { .updated($0) } + [.synced])
    return index
  }

  private static let objects: [KubeObject] = [
    FuzzObject.namespace("default"), FuzzObject.namespace("empty"),
    FuzzObject.service("web", "default", [
      "clusterIPs": ["10.96.0.20", "fd00::20"],
      "ports": [["name": "http", "port": 80], ["name": "dns", "port": 53, "protocol": "UDP"]],
    ]),
    FuzzObject.service("mysql", "default", ["clusterIP": "None"]),
    FuzzObject.slice(
      "mysql-1", "default", of: "mysql", port: "mysql", (0..<3).map { ("10.244.0.\(7 + $0)", "mysql-\($0)") }),
    FuzzObject.slice(
      "mysql-2", "default", of: "mysql", port: "mysql", [("fd00::7", "mysql-0"), ("fd00::8", "mysql-1")]),
    FuzzObject.service("bare", "default", ["clusterIP": "None"]),
    FuzzObject.slice("bare", "default", of: "bare", port: "", [("10.244.0.8", nil), ("fd00::8", nil)]),
    FuzzObject.service("big", "default", ["clusterIP": "None"]),
    FuzzObject.slice(
      "big", "default", of: "big", port: "p", (0..<300).map { ("10.245.\($0 >> 8).\($0 & 255)", "big-\($0)") }),
    FuzzObject.service("none", "default", ["clusterIP": "None"]),
    alias("chain", "chain-1.default.svc.cluster.local"), alias("chain-1", "mysql.default.svc.cluster.local"),
    alias("loop-a", "loop-b.default.svc.cluster.local"), alias("loop-b", "loop-a.default.svc.cluster.local"),
    alias("away", "www.example.test"), alias("lost", "nothing.default.svc.cluster.local"),
    FuzzObject.pod("mysql-0", "default", ["10.244.0.7", "fd00::7"]),
  ]

  private static func alias(_ name: String, _ target: String) -> KubeObject {
    FuzzObject.service(name, "default", ["type": "ExternalName", "externalName": .string(target)])
  }
}

/// Objects as an API server gives them, as far as names depend on them.
enum FuzzObject {
  static func namespace(_ name: String) -> KubeObject {
    KubeObject(["metadata": ["name": .string(name)]], of: .namespaces)
  }

  static func service(_ name: String, _ namespace: String, _ spec: JSONValue) -> KubeObject {
    KubeObject(["metadata": metadata(name, namespace), "spec": spec], of: .services)
  }

  /// - Parameter of: the Service; nil for a slice of none.
  static func slice(
    _ name: String, _ namespace: String, of service: String?, port: String,
    _ endpoints: [(address: String, hostname: String?)], isReady: Bool = true
  ) -> KubeObject {
    var metadata = metadata(name, namespace)
    if let service { metadata["labels"] = [EndpointSlice.serviceNameLabel: .string(service)] }
    let list = endpoints.map { endpoint -> JSONValue in
      var value: JSONValue = ["addresses": [.string(endpoint.address)], "conditions": ["ready": .bool(isReady)]]
      if let hostname = endpoint.hostname { value["hostname"] = .string(hostname) }
      return value
    }
    let isIPv6 = endpoints.first?.address.utf8.contains(UInt8(ascii: ":")) ?? false
    return KubeObject(
      [
        "metadata": metadata, "addressType": isIPv6 ? "IPv6" : "IPv4", "endpoints": .array(list),
        "ports": [["name": .string(port), "port": 3306, "protocol": "TCP"]],
      ], of: .endpointSlices)
  }

  static func pod(_ name: String, _ namespace: String, _ addresses: [String]) -> KubeObject {
    KubeObject(
      [
        "metadata": metadata(name, namespace),
        "status": ["phase": "Running", "podIPs": .array(addresses.map { ["ip": .string($0)] })],
      ], of: .pods)
  }

  private static func metadata(_ name: String, _ namespace: String) -> JSONValue {
    ["name": .string(name), "namespace": .string(namespace)]
  }
}
