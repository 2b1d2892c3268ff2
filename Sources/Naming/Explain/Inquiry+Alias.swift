// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// A Service of type ExternalName, whose name is asked for.
  mutating func inquire(alias service: Service) {
    guard let target = externalName(of: service) else { return }
    guard type == .a || type == .aaaa else { return }  // A CNAME answers, and clients follow it.
    switch verdict {
    case .serverFailure: addLoop(from: service)
    case .forwarded: addLeaving(service)
    case .noData where leavesZone: addLeaving(service)
    case .answers where leavesZone: addLeaving(service)
    case .nameError where leavesZone: addLeaving(service)
    case .answers: addChain(from: service)
    default: addBroken(service, target)
    }
  }

  /// Whether the names lead out of the zone.
  var leavesZone: Bool { if case .alias = answer.resolution { true } else { false } }

  /// Whether they lead to a name outside that nobody is asked for, so that the CNAME records are the whole answer.
  var leadsToNobody: Bool {
    switch fate {
    case .off?, .refused?: leavesZone
    case .forwarded?, .answered?, nil: false
    }
  }

  /// Where the Service points to; a cause where that is no name.
  private mutating func externalName(of service: Service) -> Name? {
    let text = service.externalName
    if HostAddress(text) != nil {
      add(
        Finding(
          .aliasIsAddress, object: service.id.object, field: "spec.externalName", found: text, wanted: "a domain name",
          "has the externalName \"\(text)\", which is an address; a CNAME record can only hold a name",
          remedy: "use a Service without selector, and an EndpointSlice with the address \(text)"))
      return nil
    }
    guard let target = try? Name(text), target != .root else {
      add(
        Finding(
          .aliasInvalid, object: service.id.object, field: "spec.externalName", found: text, wanted: "a domain name",
          "has the externalName \"\(text)\", which is no domain name",
          remedy: "set spec.externalName of \(service.id.object)"))
      return nil
    }
    return target
  }

  /// Services that follow on each other.
  private struct Chain {
    /// The one that was asked for first.
    var services: [Service]
    /// Where the last one leads; nil where that is not known.
    var end: Name?
    var isLoop = false
    /// The namespace of the Service that it leads to, where that is not read.
    var unread: String?
  }

  private func chain(from service: Service) -> Chain {
    var services = [service]
    for _ in 0...NameSnapshot.maximumAliasLinks {
      guard let end = try? Name(services[services.count - 1].externalName) else {
        return Chain(services: services)
      }
      guard end.isEqual(toOrBelow: evidence.settings.zone),
        case .service(let id) = NameShape(Array(end.labelTexts.dropLast(evidence.settings.zone.labels.count)))
      else { return Chain(services: services, end: end) }
      guard let next = objects.service(id) else {
        let isRead = objects.reads(.services, in: id.namespace)
        return Chain(services: services, end: end, unread: isRead ? nil : id.namespace)
      }
      guard next.isExternalName else { return Chain(services: services, end: end) }
      if services.contains(where: { $0.id == id }) { return Chain(services: services + [next], end: end, isLoop: true) }
      services.append(next)
    }
    return Chain(services: services)
  }

  private mutating func addLoop(from service: Service) {
    let chain = chain(from: service)
    if let unread = chain.unread, !knows(.services, in: unread) { return }
    let names = chain.services.map(\.id.object.description).joined(separator: " → ")
    add(
      Finding(
        .aliasLoop, object: service.id.object, field: "spec.externalName", found: service.externalName,
        chain.isLoop
          ? "leads back to where it began: \(names)"
          : "leads over more than \(NameSnapshot.maximumAliasLinks) names: \(names)",
        remedy: "set spec.externalName of one of them to a name that is not an ExternalName Service"))
  }

  /// The chain leaves the zone.
  private mutating func addLeaving(_ service: Service) {
    let chain = chain(from: service)
    for link in chain.services.dropFirst() { check(link.id.object, "is another name for \(link.externalName)") }
    if let unread = chain.unread, !knows(.services, in: unread) { return }
    let target = chain.end?.text ?? service.externalName
    let last = chain.services[chain.services.count - 1]
    func outside(_ text: String, remedy: String = "") -> Finding {
      Finding(
        .aliasOutside, object: last.id.object, field: "spec.externalName", found: target, "leads to \(target), \(text)",
        remedy: remedy)
    }
    switch fate {
    case .forwarded(let servers, _)?:
      add(outside("which is asked of \(servers.listed): their answer is passed on"))
    case .answered(let local)?:
      add(outside("outside the cluster, which this server answers itself"))
      inquire(local: local)
    case .refused(let domain?)?:
      add(
        outside(
          "and names at and below \(domain.text) are refused by this server: the answer is the CNAME alone",
          remedy: "change forward.domains, so that it follows the name"))
    case .off?, .refused(nil)?, nil:
      add(
        outside(
          "outside the cluster, where names are not asked for: the answer is the CNAME alone",
          remedy: "give the server upstreams, so that it follows the name"))
    }
  }

  private mutating func addChain(from service: Service) {
    let chain = chain(from: service)
    for link in chain.services.dropFirst() { check(link.id.object, "is another name for \(link.externalName)") }
  }

  /// The chain ends inside the zone, without an answer: what is wrong with its end is the cause.
  private mutating func addBroken(_ service: Service, _ target: Name) {
    let chain = chain(from: service)
    for link in chain.services.dropFirst() { check(link.id.object, "is another name for \(link.externalName)") }
    let last = chain.services[chain.services.count - 1]
    let end = chain.end ?? target
    let there = Inquiry.run(end, type, evidence)
    add(
      Finding(
        .aliasTargetMissing, object: last.id.object, field: "spec.externalName", found: end.text,
        there.verdict == .noData
          ? "leads to \(end.text), which has no \(type) record" : "leads to \(end.text), which does not exist"))
    for check in there.checks where !checks.contains(check) { checks.append(check) }
    findings += there.findings
  }
}
