// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// The names below `svc.cluster.local` as plain zone data, made from the objects in the slowest and shortest way: a
/// second opinion on what an index answers. It follows the Kubernetes DNS specification 1.1.0, and shares no code with
/// `Naming`.
struct ReferenceZone {
  /// What is expected: code and records of the answer, each `OWNER TYPE DATA`.
  struct Answer: Equatable {
    var code: ResponseCode
    var records: Set<String>
  }

  private static let zone = "cluster.local."
  private static let linkLimit = 8

  private var records: [String: [RecordType: Set<String>]] = [:]
  /// Names that exist, whether they have records or not: those with others below them, namespaces, Services.
  private var existing: Set<String> = []

  init(_ objects: [KubeObject]) {
    let services = objects.filter { $0.resource == .services && Self.isLabel($0.metadata.name) }
    for namespace in Set(
      objects.filter { $0.resource == .namespaces }.map(\.metadata.name) + services.map(\.metadata.namespace)) {
      existing.insert("\(namespace).svc.\(Self.zone)")
    }
    for object in services {
      let slices = objects.filter {
        $0.resource == .endpointSlices && $0.metadata.namespace == object.metadata.namespace
          && EndpointSlice($0).serviceName == object.metadata.name
      }
      add(Service(object), slices.map { EndpointSlice($0) })
    }
  }

  private static func isLabel(_ text: String) -> Bool { (1...63).contains(text.utf8.count) }

  private mutating func add(_ name: String, _ type: RecordType, _ data: String) {
    records[name, default: [:]][type, default: []].insert(data)
    var rest = name[...]
    while rest != Self.zone[...], let dot = rest.firstIndex(of: ".") {
      existing.insert(String(rest))
      rest = rest[rest.index(after: dot)...]
    }
  }

  private mutating func add(_ name: String, _ address: HostAddress) {
    add(name, address.family == .ipv4 ? .a : .aaaa, address.description)
  }

  private mutating func add(_ service: Service, _ slices: [EndpointSlice]) {
    let name = "\(service.metadata.name).\(service.metadata.namespace).svc.\(Self.zone)"
    if service.isExternalName {
      let target = (try? Name(service.externalName)).flatMap { $0 == .root ? nil : $0.description }
      if let target { add(name, .cname, target) } else { existing.insert(name) }
      return
    }
    if !service.isHeadless {
      existing.insert(name)
      for address in service.clusterIPs.compactMap({ HostAddress($0) }) { add(name, address) }
      for port in service.ports { addPort(port.name, port.transport, port.port, of: name, target: name) }
    }
    for slice in slices {
      for endpoint in slice.endpoints where endpoint.isReady || service.publishesNotReadyAddresses {
        for address in endpoint.addresses.compactMap({ HostAddress($0) }) {
          let dashed = address.description.map { $0 == "." || $0 == ":" ? "-" : String($0) }.joined()
          let host = "\(endpoint.hostname?.lowercased() ?? dashed).\(name)"
          add(host, address)
          guard service.isHeadless else { continue }
          add(name, address)
          for port in slice.ports {
            if let number = port.port { addPort(port.name, port.transport, number, of: name, target: host) }
          }
        }
      }
    }
  }

  private mutating func addPort(
    _ port: String, _ transport: String, _ number: UInt16, of name: String, target: String
  ) {
    add(name, .srv, "0 0 \(number) \(target)")
    guard !port.isEmpty else { return }
    add("_\(port.lowercased())._\(transport.lowercased()).\(name)", .srv, "0 0 \(number) \(target)")
  }

  /// The answer to a question for a name in lower case; nil where it is not to be found in here.
  func answer(_ question: String, _ type: RecordType) -> Answer? {
    var found: Set<String> = []
    var name = question
    for link in 0...Self.linkLimit {
      guard name.hasSuffix(".svc.\(Self.zone)") else { return nil }
      guard let sets = records[name] else {
        // ANY for a Service without any record is answered, for other names without one it is not.
        if type == .any, existing.contains(name) { return nil }
        return Answer(code: existing.contains(name) ? .noError : .nameError, records: found)
      }
      guard let target = sets[.cname]?.first, type != .cname else {
        if type == .any { return Answer(code: .noError, records: ["\(name) HINFO \"RFC8482\" \"\""]) }
        found.formUnion((sets[type] ?? []).map { "\(name) \(type) \($0)" })
        return Answer(code: .noError, records: found)
      }
      if link == Self.linkLimit { break }
      found.insert("\(name) CNAME \(target)")
      guard type == .a || type == .aaaa else { return Answer(code: .noError, records: found) }
      name = target
    }
    return Answer(code: .serverFailure, records: found)
  }
}
