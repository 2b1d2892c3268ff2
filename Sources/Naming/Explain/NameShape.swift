// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// A Service by its name, whether there is one or not.
struct ServiceID: Hashable, Sendable {
  var name: String
  var namespace: String

  var object: ObjectName { ObjectName("Service", namespace, name) }
}

/// What a name in the zone stands for by its form alone, whether it exists or not. Labels are in lower case.
enum NameShape: Hashable, Sendable {
  case apex
  /// `ns.dns.ZONE`, `dns-version.ZONE`
  case server
  /// `svc.ZONE`, `pod.ZONE`, `dns.ZONE`
  case branch(String)
  /// `NS.svc.ZONE`, `NS.pod.ZONE`
  case namespace(String, branch: String)
  case service(ServiceID)
  /// One label below a Service: a pod's hostname, an address with dashes, or `_tcp`.
  case below(String, ServiceID)
  /// Two labels below a Service: `_http._tcp`.
  case port(String, transport: String, ServiceID)
  /// `10-244-0-7.NS.pod.ZONE`
  case pod(String, namespace: String)
  /// More labels than any name has. `below`: how many labels the longest name of this kind has in front of its branch.
  case deeper(branch: String, longest: Int)
  /// Below none of the zone's branches.
  case unknown

  /// - Parameter labels: those in front of the zone, from left to right, in lower case.
  init(_ labels: [String]) {
    guard let branch = labels.last else {
      self = .apex
      return
    }
    let front = Array(labels.dropLast())
    switch (branch, front.count) {
    case ("svc", 0), ("pod", 0), ("dns", 0): self = .branch(branch)
    case ("svc", 1), ("pod", 1): self = .namespace(front[0], branch: branch)
    case ("svc", 2): self = .service(ServiceID(name: front[0], namespace: front[1]))
    case ("svc", 3): self = .below(front[0], ServiceID(name: front[1], namespace: front[2]))
    case ("svc", 4): self = .port(front[0], transport: front[1], ServiceID(name: front[2], namespace: front[3]))
    case ("svc", _): self = .deeper(branch: branch, longest: 4)
    case ("pod", 2): self = .pod(front[0], namespace: front[1])
    case ("pod", _): self = .deeper(branch: branch, longest: 2)
    case ("dns", 1) where front[0] == "ns", ("dns-version", 0): self = .server
    default: self = .unknown
    }
  }
}

extension Name {
  /// The name as people write it: without the dot at its end.
  var text: String { wire.count > 1 ? String(description.dropLast()) : "." }

  /// The labels in presentation format, in lower case: whatever a client asked for is text that can be shown.
  var labelTexts: [String] { labels.map { Self.text(ofLabel: $0.lazy.map(\.asciiLowercased)) } }
}
