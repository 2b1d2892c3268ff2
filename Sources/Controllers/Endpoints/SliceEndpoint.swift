// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// One endpoint of a slice as this program writes it: one address and what is known of it.
struct SliceEndpoint: Hashable, Sendable {
  /// What an endpoint is, however its conditions change: an address of a certain target.
  struct Identity: Hashable, Sendable {
    let address: String
    let target: JSONValue?
  }

  var address: String
  var hostname: String?
  var isReady: Bool
  var isServing: Bool
  var isTerminating: Bool
  var nodeName: String?
  /// The object behind the address, as `targetRef` in canonical form.
  var target: JSONValue?

  var identity: Identity { Identity(address: address, target: target) }

  init(
    address: String, hostname: String? = nil, isReady: Bool, isServing: Bool, isTerminating: Bool,
    nodeName: String? = nil, target: JSONValue? = nil
  ) {
    self.address = address
    self.hostname = hostname
    self.isReady = isReady
    self.isServing = isServing
    self.isTerminating = isTerminating
    self.nodeName = nodeName
    self.target = target?.canonical
  }

  /// Reads what a slice holds; nil for an endpoint that this program would not have written.
  init?(_ value: JSONValue) {
    guard let addresses = value["addresses"]?.array, addresses.count == 1, let address = addresses[0].string,
      let conditions = value["conditions"]
    else { return nil }
    self.init(
      address: address, hostname: value["hostname"]?.string, isReady: conditions["ready"]?.bool ?? true,
      isServing: conditions["serving"]?.bool ?? true, isTerminating: conditions["terminating"]?.bool ?? false,
      nodeName: value["nodeName"]?.string, target: value["targetRef"])
  }

  var json: JSONValue {
    var value: JSONValue = [
      "addresses": [.string(address)],
      "conditions": ["ready": .bool(isReady), "serving": .bool(isServing), "terminating": .bool(isTerminating)],
    ]
    if let hostname { value["hostname"] = .string(hostname) }
    if let target { value["targetRef"] = target }
    if let nodeName { value["nodeName"] = .string(nodeName) }
    return value
  }
}

/// One port of a slice.
struct SlicePort: Hashable, Sendable {
  /// Empty for the unnamed one.
  var name: String
  /// `TCP`, `UDP` or `SCTP`.
  var transport: String
  var port: UInt16?
  var appProtocol: String?

  init(name: String, transport: String, port: UInt16?, appProtocol: String? = nil) {
    self.name = name
    self.transport = transport
    self.port = port
    self.appProtocol = appProtocol
  }

  init(_ value: JSONValue) {
    let port = EndpointPort(value)
    self.init(name: port.name, transport: port.transport, port: port.port, appProtocol: value["appProtocol"]?.string)
  }

  var json: JSONValue {
    var value: JSONValue = ["name": .string(name), "protocol": .string(transport)]
    if let port { value["port"] = .int(Int64(port)) }
    if let appProtocol { value["appProtocol"] = .string(appProtocol) }
    return value
  }
}

/// Endpoints that share a family and a set of ports, and so can share slices.
struct EndpointGroup: Hashable, Sendable {
  /// `IPv4` or `IPv6`.
  var addressType: String
  var ports: [SlicePort]
  var endpoints: [SliceEndpoint]
}
