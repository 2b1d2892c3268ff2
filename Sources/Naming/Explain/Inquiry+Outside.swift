// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// A name that the server answers without asking anybody, though it is not the cluster's.
  mutating func inquire(local answer: OutsideFate.LocalAnswer) {
    switch answer.reason {
    case .staticName(let place):
      let rest = verdict == .noData ? ": it has no \(type) record there, and nobody else is asked for one" : ""
      add(
        Finding(
          .staticName, found: place, "the name has fixed addresses, from \(place)\(rest)",
          remedy: verdict == .noData ? "give it one in \(place), or take it out there" : ""))
    case .specialName(let domain, let meaning):
      add(
        Finding(
          .specialName, found: domain.text,
          "no other server is asked for names at and below \(domain.text): \(meaning)",
          remedy: verdict == .answers
            ? ""
            : "if a server of yours has such names, give them a route: forward.domains: [\"\(domain.text) ADDRESS\"]"))
    }
  }

  /// A name outside the zone.
  mutating func inquireOutside() {
    if case .answered(let answer)? = fate { return inquire(local: answer) }
    addZoneDiffers()
    switch fate {
    case .forwarded(let servers, nil)?:
      add(
        Finding(
          .outsideZone, weight: .note,
          "the name is not below \(zone): it is asked of \(servers.listed), whose answer is passed on"))
    case .forwarded(let servers, let domain?)?: addRoute(servers, domain)
    case .refused(let domain?)?: addRefusal(domain)
    case .off?, .refused(nil)?, .answered?, nil:
      add(
        Finding(
          .outsideZone, weight: hasCause ? .note : .cause,
          "the name is not below \(zone), and names outside the cluster are not asked for elsewhere",
          remedy: hasCause ? "" : "give the server upstreams if it is to resolve names outside the cluster"))
    }
  }

  /// What becomes of the reverse name of an address that the cluster does not have.
  mutating func addForwarding() {
    switch fate {
    case .forwarded(let servers, nil)?:
      add(
        Finding(.outsideZone, weight: .note, "the name is asked of \(servers.listed), whose answer is passed on"))
    case .forwarded(let servers, let domain?)?: addRoute(servers, domain)
    case .refused(let domain?)?: addRefusal(domain)
    case .off?, .refused(nil)?, .answered?, nil: break
    }
  }

  private mutating func addRoute(_ servers: [String], _ domain: Name) {
    add(
      Finding(
        .domainRoute, weight: .note, found: domain.text,
        "names at and below \(domain.text) are asked of \(servers.listed), whose answer is passed on"))
  }

  private mutating func addRefusal(_ domain: Name) {
    add(
      Finding(
        .domainRefused, weight: hasCause ? .note : .cause, found: domain.text,
        "names at and below \(domain.text) are refused by this server",
        remedy: hasCause ? "" : "change forward.domains if it is to resolve names of \(domain.text)"))
  }

  /// The name looks like one of a cluster, and ends with another zone.
  private mutating func addZoneDiffers() {
    let labels = name.labelTexts
    guard let branch = labels.firstIndex(where: { $0 == "svc" || $0 == "pod" }), branch > 0 else { return }
    let suffix = labels[(branch + 1)...].joined(separator: ".")
    let front = labels[...branch].joined(separator: ".")
    let isOurs = objects.namespace(labels[branch - 1]) != nil || suffix == "cluster.local"
      || SpellingDistance.nearest(to: suffix, among: [zone]) != nil
    guard isOurs else { return }
    isNear = true
    add(
      Finding(
        .zoneDiffers, found: suffix, wanted: zone,
        suffix.isEmpty
          ? "the zone is missing at the end: it is \(zone)"
          : "the zone of this cluster is \(zone), not \(suffix)",
        remedy: "ask for \(front).\(zone)"))
  }

  // MARK: What the server does on its own

  /// That a question for the name waits until the pod is there.
  mutating func addHold() {
    let time = evidence.conduct.holdMilliseconds(name, in: evidence.snapshot)
    guard verdict == .nameError, time > 0 else { return }
    add(
      Finding(
        .questionWaits, weight: .note, found: "\(time)",
        "the pod is to come, so a question for this name waits for it, \(time) ms at most (hold.time), before it is "
          + "told that there is none"))
  }
}
