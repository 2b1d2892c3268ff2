// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  private static let transports = ["tcp", "udp", "sctp"]

  /// `_tcp.SVC…`, which has names below it and no records.
  mutating func inquire(transport label: String, _ service: Service) {
    let ports = service.ports.filter { !$0.name.isEmpty }.map(portLabels)
    guard verdict == .noData else {
      let named = service.ports.filter { "_" + $0.transport.lowercased() == label }
      if named.isEmpty || named.contains(where: { $0.name.isEmpty }) { addUnnamed(service) }
      if !hasCause {
        add(
          Finding(
            .portMissing, object: service.id.object, field: "spec.ports", found: label,
            "has no named port of the protocol \(label)",
            remedy: ports.isEmpty ? "" : "ask for SRV of \(ports[0]).\(dnsName(service.id))"))
      }
      return
    }
    add(
      Finding(
        .noRecords, object: service.id.object, field: "spec.ports",
        "has its SRV records at the names of its ports: \(ports.listed)",
        remedy: ports.first.map { "ask for SRV of \($0).\(dnsName(service.id))" } ?? ""))
  }

  /// `_http._tcp`
  private func portLabels(_ port: ServicePort) -> String { "_\(port.name)._\(port.transport.lowercased())" }

  /// `_PORT._PROTO.SVC.NS.svc.ZONE`
  mutating func inquire(port portLabel: String, transport: String, _ id: ServiceID) {
    guard let service = requireService(id) else { return }
    if service.isExternalName {
      add(
        Finding(
          .nothingThere, object: id.object, field: "spec.type", found: "ExternalName",
          "is another name for \(service.externalName); there are no names below it"))
      return
    }
    guard verdict != .answers, verdict != .noData else {
      depth = max(depth, 5)
      let port = service.ports.first { portLabels($0).lowercased() == "\(portLabel).\(transport)" }
      if let port { check(id.object, "has the port \"\(port.name)\": \(port.port)/\(port.transport)") }
      return
    }
    guard verdict == .nameError else { return }
    let isPort = Self.transports.contains(transport.hasPrefix("_") ? String(transport.dropFirst()) : transport)
    guard portLabel.hasPrefix("_"), transport.hasPrefix("_"), isPort else {
      addNoPortName(portLabel, transport, isPort: isPort, service)
      return
    }
    inquire(port: String(portLabel.dropFirst()), String(transport.dropFirst()), of: service)
  }

  /// The labels are not written as a port's are.
  private mutating func addNoPortName(_ port: String, _ transport: String, isPort: Bool, _ service: Service) {
    guard isPort else {
      add(
        Finding(
          .tooManyLabels, found: "\(port).\(transport)",
          "two labels before a Service are those of a port, _PORT._PROTOCOL, where the protocol is _tcp, _udp or "
            + "_sctp; "
            + "one is that of a pod"))
      return
    }
    isNear = true
    let labels = [port, transport].map { $0.hasPrefix("_") ? $0 : "_" + $0 }.joined(separator: ".")
    add(
      Finding(
        .underscoreMissing, found: "\(port).\(transport)", wanted: labels,
        "the names of ports begin with an underscore, and so do those of protocols",
        remedy: "ask for SRV of \(labels).\(dnsName(service.id))"))
  }

  private mutating func inquire(port name: String, _ transport: String, of service: Service) {
    let object = service.id.object
    if let port = service.ports.first(where: { $0.name == name && $0.transport.lowercased() == transport }) {
      return inquire(unserved: port, service)
    }
    if let index = service.ports.firstIndex(where: { $0.name == name }) {
      let port = service.ports[index]
      isNear = true
      add(
        Finding(
          .protocolDiffers, object: object, field: "spec.ports[\(index)].protocol", found: port.transport,
          wanted: transport.uppercased(),
          "has the port \"\(name)\" for \(port.transport), not for \(transport.uppercased())",
          remedy: "ask for SRV of \(portLabels(port)).\(dnsName(service.id))"))
      return
    }
    addUnnamed(service)
    let names = service.ports.map(\.name).filter { !$0.isEmpty }
    guard !names.isEmpty || !hasCause else { return }
    let byNumber = service.ports.first { String($0.port) == name && !$0.name.isEmpty }
    let nearest = byNumber?.name ?? SimilarName.nearest(to: name, among: names)
    isNear = isNear || nearest != nil
    let right = nearest.flatMap { nearest in service.ports.first { $0.name == nearest } }
    add(
      Finding(
        .portMissing, object: object, field: "spec.ports", found: names.isEmpty ? nil : names.joined(separator: ","),
        wanted: name,
        byNumber.map { "has the port \(name) under the name \"\($0.name)\", and SRV goes by names" }
          ?? "has no port \"\(name)\"; " + (names.isEmpty ? "it has none" : "its ports are \(names.listed)"),
        remedy: right.map { "ask for SRV of \(portLabels($0)).\(dnsName(service.id))" }
          ?? "name a port of \(object) \"\(name)\""))
  }

  /// Ports without a name have no SRV record of this form (specification §2.3.2).
  private mutating func addUnnamed(_ service: Service) {
    for (index, port) in service.ports.enumerated() where port.name.isEmpty {
      isNear = true
      add(
        Finding(
          .portUnnamed, object: service.id.object, field: "spec.ports[\(index)].name",
          "has the port \(port.port)/\(port.transport) without a name, and so without an SRV record _NAME._PROTOCOL",
          remedy: "give spec.ports[\(index)] of \(service.id.object) a name"))
    }
  }

  /// A port that the Service has, and no answer: it is headless, and no ready endpoint serves it.
  private mutating func inquire(unserved port: ServicePort, _ service: Service) {
    check(service.id.object, "has the port \"\(port.name)\": \(port.port)/\(port.transport)")
    let slices = objects.slices(of: service.id)
    let hasReady = slices.contains { slice in
      slice.endpoints.contains { $0.isReady || service.publishesNotReadyAddresses }
    }
    guard hasReady else { return inquire(endpointsOf: service, .cause) }
    if case .name(let target) = port.targetPort {
      add(
        Finding(
          .targetPortMissing, object: service.id.object, field: "spec.ports[\(port.name)].targetPort", found: target,
          "sends this port to \"\(target)\", and no container of its pods has a port of that name for "
            + "\(port.transport)",
          remedy: "write the number of the container's port as targetPort, or name it \"\(target)\" in pods made anew"))
    } else {
      add(
        Finding(
          .endpointsMissing, object: service.id.object, field: "spec.ports", found: port.name,
          "has the port \"\(port.name)\" in none of its EndpointSlices",
          remedy: "write the port into the EndpointSlices, where they are written by hand"))
    }
  }
}
