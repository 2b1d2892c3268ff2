// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// A Service as the store holds it.
func service(
  _ name: String, _ clusterIP: String, ports: [JSONValue] = [["port": 80, "protocol": "TCP"]],
  _ more: [String: JSONValue] = [:]
) -> KubeObject {
  var spec: JSONValue = ["clusterIP": .string(clusterIP), "clusterIPs": [.string(clusterIP)], "ports": .array(ports)]
  for (member, value) in more { spec[member] = value }
  return KubeObject(
    ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec], of: .services)
}

/// An endpoint in a slice: an address and its conditions.
struct TestEndpoint {
  var address: String
  var isReady = true
  var isServing = true
  var isTerminating = false

  var json: JSONValue {
    [
      "addresses": [.string(address)],
      "conditions": ["ready": .bool(isReady), "serving": .bool(isServing), "terminating": .bool(isTerminating)],
    ]
  }
}

func slice(
  _ service: String, _ endpoints: [TestEndpoint], ports: [JSONValue] = [["port": 8080, "protocol": "TCP"]],
  suffix: String = "a", type: String = "IPv4"
) -> KubeObject {
  KubeObject(
    [
      "metadata": [
        "name": .string("\(service)-\(suffix)"), "namespace": "default",
        "labels": ["kubernetes.io/service-name": .string(service)],
      ],
      "addressType": .string(type), "endpoints": .array(endpoints.map(\.json)), "ports": .array(ports),
    ], of: .endpointSlices)
}

func slice(_ service: String, _ addresses: [String], ports: [JSONValue]? = nil) -> KubeObject {
  slice(service, addresses.map { TestEndpoint(address: $0) }, ports: ports ?? [["port": 8080, "protocol": "TCP"]])
}
