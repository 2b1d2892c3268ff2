// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Naming
import Observability

extension DNSConfiguration {
  /// What fits its range and yet cannot be: one line each.
  func problems() -> [String] {
    var problems = server.problems() + notify.problems() + observability.problems() + placeProblems()
    if !objects.isEmpty, kubernetes.isWanted {
      problems.append("objects and kubernetes: names come from manifests or from a cluster; take one of them away")
    } else if objects.isEmpty, !kubernetes.isWanted, !isInCluster {
      problems.append(
        "there is nothing to serve: name manifests with --objects PATH, or a cluster with --kubernetes-kubeconfig PATH")
    }
    if certificate.isEmpty != key.isEmpty { problems.append("tls.certificate and tls.key belong together") }
    if server.tls == nil {
      if !listenTLS.isEmpty { problems.append("tls.listen needs tls.certificate and tls.key") }
      if !listenHTTPS.isEmpty { problems.append("https.listen needs tls.certificate and tls.key") }
    }
    if let tls = server.tls {
      do { try tls.check() } catch { problems.append("tls: \(error)") }
    }
    if server.cookies.isRequired, !server.cookies.isOn { problems.append("cookies.required needs cookies.enabled") }
    return problems + forwardingProblems
  }

  private var forwardingProblems: [String] {
    let forwarding = server.forwarding
    var problems: [String] = []
    for route in forwarding.routes where !route.upstreams.isEmpty && route.domain.isEqual(toOrBelow: naming.zone) {
      problems.append(
        "forward.domains: names of \(route.domain) are never forwarded, since \(naming.zone) is the zone that is "
          + "served; take it away")
    }
    return problems
  }

  // MARK: Places

  /// A place for TCP, and the setting that names it.
  private struct NamedPlace {
    var key: String
    var listen: ListenAddress
  }

  /// Places of which only one could be opened.
  private func placeProblems() -> [String] {
    let listening: [(String, [ListenAddress])] = [
      ("listen", listen), ("tls.listen", listenTLS), ("https.listen", listenHTTPS), ("http.listen", listenHTTP),
    ]
    var places = listening.flatMap { key, places in places.map { NamedPlace(key: key, listen: $0) } }
    var known: Set<ListenAddress> = []
    for endpoint in ObservabilitySettings.Endpoint.allCases {
      guard let place = observability.places[endpoint] else { continue }
      let listen = ListenAddress(place.address.flatMap { HostAddress($0) }, port: place.port)
      // One of them may have the place of another.
      if known.insert(listen).inserted { places.append(NamedPlace(key: endpoint.rawValue, listen: listen)) }
    }
    return places.indices.compactMap { index in
      places[..<index].first { $0.listen.overlaps(places[index].listen) }.map { Self.clash($0, places[index]) }
    }
  }

  private static func clash(_ first: NamedPlace, _ second: NamedPlace) -> String {
    let keys = first.key == second.key ? first.key : "\(first.key) and \(second.key)"
    if first.listen == second.listen { return "\(keys): the settings name \(first.listen) twice" }
    // One is every address, or every one of its family.
    let isWide = first.listen.address?.isUnspecified ?? true
    let (wide, narrow) = isWide ? (first.listen, second.listen) : (second.listen, first.listen)
    return "\(keys): the settings name \(narrow) twice, since \(wide) holds it too"
  }
}
