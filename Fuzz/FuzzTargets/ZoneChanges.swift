// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Changes of a small cluster, read from octets. Names and addresses are few, so that they meet often.
struct ZoneChanges {
  static let namespaces = ["default", "a", String(repeating: "n", count: 63)]
  static let services = [
    "web", "db", "x", "web-2", String(repeating: "s", count: 63), String(repeating: "t", count: 64),
  ]
  static let hosts = ["h-0", "h-1", "H-1", "10-0-0-1", "_tcp"]
  static let ports = ["", "http", "dns"]
  static let addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2", "10.96.0.1"]
  private static let slices = ["web-a", "web-b", "db-a", "x"]
  private static let pods = ["p-0", "p-1"]
  /// Changes that are read at most.
  private static let limit = 48
  private static let endpointLimit = 4

  /// What came together: an index takes in each batch at once.
  private(set) var batches: [[ObjectChange]] = [[]]
  /// The objects that are there after all changes.
  private(set) var objects: [ObjectKey: KubeObject] = [:]

  init(_ octets: [UInt8]) {
    var choices = ByteChoices(octets)
    for _ in 0..<Self.limit where !choices.isAtEnd {
      let word = choices.below(16)
      if word & 8 != 0 { batches.append([]) }
      let object = Self.object(word & 3, &choices)
      if word & 4 == 0 {
        objects[object.key] = object
        batches[batches.count - 1].append(.updated(object))
      } else if let last = objects.removeValue(forKey: object.key) {
        batches[batches.count - 1].append(.deleted(last))
      }
    }
    batches[batches.count - 1].append(.synced)
  }

  private static func object(_ kind: Int, _ choices: inout ByteChoices) -> KubeObject {
    let namespace = choices.one(of: namespaces)
    switch kind {
    case 0: return FuzzObject.namespace(namespace)
    case 1: return FuzzObject.service(choices.one(of: services), namespace, spec(&choices))
    case 2:
      let owner = choices.below(services.count + 1)
      let name = choices.one(of: slices)
      let isReady = choices.below(4) != 0
      let endpoints = (0..<choices.below(endpointLimit)).map { _ in
        (address: choices.one(of: addresses), hostname: choices.below(2) == 0 ? nil : choices.one(of: hosts))
      }
      return FuzzObject.slice(
        name, namespace, of: owner < services.count ? services[owner] : nil, port: choices.one(of: ports), endpoints,
        isReady: isReady)
    default:
      let name = choices.one(of: pods)
      return FuzzObject.pod(name, namespace, (0..<choices.below(3)).map { _ in choices.one(of: addresses) })
    }
  }

  private static func spec(_ choices: inout ByteChoices) -> JSONValue {
    let ports: JSONValue = .array(
      (0..<choices.below(3)).map { index in
        ["name": .string(choices.one(of: Self.ports)), "port": .int(Int64(80 + index))]
      })
    switch choices.below(5) {
    case 0, 1: return ["clusterIP": "None", "publishNotReadyAddresses": .bool(choices.below(2) == 1), "ports": ports]
    case 2: return ["clusterIPs": [.string(choices.one(of: addresses))], "ports": ports]
    case 3:
      let target = "\(choices.one(of: services)).\(choices.one(of: namespaces)).svc.cluster.local"
      return ["type": "ExternalName", "externalName": .string(target)]
    default:
      let target = choices.one(of: ["example.test", "", "a..b", "."])
      return ["type": "ExternalName", "externalName": .string(target)]
    }
  }
}
