// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// Objects as a manifest would give them, and the names that come of them.
struct Cluster {
  let index: NameIndex

  init(_ settings: NamingSettings = Self.settings, synced: Bool = true, _ objects: KubeObject...) {
    index = NameIndex(settings)
    index.apply(objects.map { .updated($0) } + (synced ? [.synced] : []))
  }

  static let settings = NamingSettings(
    serverAddresses: [HostAddress("10.96.0.10")!, HostAddress("fd00::a")!], firstSerial: 1000)

  static func namespace(_ name: String) -> KubeObject {
    KubeObject(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]], of: .namespaces)
  }

  static func service(_ name: String, namespace: String = "default", _ spec: JSONValue) -> KubeObject {
    KubeObject(
      [
        "apiVersion": "v1", "kind": "Service",
        "metadata": ["name": .string(name), "namespace": .string(namespace)], "spec": spec,
      ], of: .services)
  }

  /// - Parameter endpoints: `address`, `address=hostname`, `!address` for one that is not ready; several addresses
  ///   with `+` between.
  static func slice(
    _ name: String, of service: String, namespace: String = "default", family: String = "IPv4", ports: JSONValue = [],
    _ endpoints: String...
  ) -> KubeObject {
    let list = endpoints.map { text -> JSONValue in
      let isReady = !text.hasPrefix("!")
      let parts = text.drop { $0 == "!" }.split(separator: "=")
      let addresses = parts[0].split(separator: "+").map { JSONValue.string(String($0)) }
      var endpoint: JSONValue = ["addresses": .array(addresses), "conditions": ["ready": .bool(isReady)]]
      if parts.count > 1 { endpoint["hostname"] = .string(String(parts[1])) }
      return endpoint
    }
    return KubeObject(
      [
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": .string(family),
        "metadata": [
          "name": .string(name), "namespace": .string(namespace),
          "labels": ["kubernetes.io/service-name": .string(service)],
        ],
        "ports": ports, "endpoints": .array(list),
      ], of: .endpointSlices)
  }

  static func pod(
    _ name: String, namespace: String = "default", phase: String = "Running", _ ips: String...
  ) -> KubeObject {
    KubeObject(
      [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "namespace": .string(namespace)],
        "status": [
          "phase": .string(phase), "podIP": .string(ips[0]), "podIPs": .array(ips.map { ["ip": .string($0)] }),
        ],
      ], of: .pods)
  }

  /// An answer in a form that can be compared.
  struct Reply: Equatable, CustomStringConvertible {
    var resolution: Resolution
    /// `OWNER TTL IN TYPE DATA`, in order of text.
    var answers: [String]
    var authorities: [String]
    var additionals: [String]
    var isTruncated: Bool
    var size: Int

    var description: String { "\(resolution) \(answers) \(authorities) \(additionals)" }

    /// The data of the answers alone.
    var data: [String] { answers.map { $0.split(separator: " ").dropFirst(4).joined(separator: " ") } }
  }

  /// Asks the snapshot and reads the answer back from the wire.
  func ask(_ name: String, _ type: RecordType = .a, limit: Int = 65_535, random: UInt32 = 0) throws -> Reply {
    try Self.ask(index.snapshot, name, type, limit: limit, random: random)
  }

  static func ask(
    _ snapshot: NameSnapshot, _ name: String, _ type: RecordType, limit: Int = 65_535, random: UInt32 = 0
  ) throws -> Reply {
    let name = try Name(name)
    var buffer = MessageBuffer(capacity: 65_535)
    buffer.append(Message(id: 1, question: Question(name: name, type: type), edns: nil).encoded)
    var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: limit)
    let resolution = snapshot.answer(QueryName(name), type, into: &writer, random: random)
    writer.writeHeader(id: 1, flags: .authoritative, responseCode: .noError)
    let octets = writer.finish().octets
    let message = try Message(parsing: octets)
    return Reply(
      resolution: resolution, answers: message.answers.map(\.description).sorted(),
      authorities: message.authorities.map(\.description), additionals: message.additionals.map(\.description).sorted(),
      isTruncated: message.header.flags.contains(.truncated), size: octets.count)
  }
}
