// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// A pod's `/etc/resolv.conf` (resolv.conf(5); Kubernetes: "DNS for Services and Pods").
package struct ResolverConfiguration: Sendable, Hashable {
  /// What Kubernetes allows; more is left out, as resolvers would.
  static let maximumServers = 3
  static let maximumSearches = 32
  static let maximumSearchLength = 2048

  package var servers: [String]
  package var searches: [String]
  /// `ndots:5`, `edns0`.
  package var options: [String]

  package init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
    self.servers = servers
    self.searches = searches
    self.options = options
  }

  /// Reads the machine's own file.
  package init(text: String) {
    self.init()
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      switch words.first {
      case "nameserver": servers += words.dropFirst().prefix(1)
      case "search", "domain": searches = Array(words.dropFirst())
      case "options": options += words.dropFirst()
      default: break
      }
    }
  }

  /// What the pod gets.
  /// - Parameter machine: the machine's own configuration.
  package init(pod: Pod, clusterDomain: String, clusterDNS: String, machine: ResolverConfiguration) {
    switch Self.effectivePolicy(of: pod) {
    case .none: self.init()
    case .machine: self = machine
    case .cluster:
      let services = "svc." + clusterDomain
      self.init(
        servers: [clusterDNS],
        searches: [pod.metadata.namespace + "." + services, services, clusterDomain] + machine.searches,
        options: ["ndots:5"])
    }
    if let extra = pod.spec["dnsConfig"] { append(extra) }
    limit()
  }

  /// Whether a pod's settings begin with those of its node.
  package static func isOfNode(_ pod: Pod) -> Bool { effectivePolicy(of: pod) == .machine }

  private enum Policy { case cluster, machine, none }

  private static func effectivePolicy(of pod: Pod) -> Policy {
    switch pod.spec["dnsPolicy"]?.string ?? "ClusterFirst" {
    case "None": .none
    case "Default": .machine
    case "ClusterFirstWithHostNet": .cluster
    // On the node's network, only the policy above asks for the cluster's names.
    default: pod.usesHostNetwork ? .machine : .cluster
    }
  }

  /// Adds a pod's `dnsConfig`; an option of the same name takes the place of one before.
  private mutating func append(_ configuration: JSONValue) {
    servers += configuration["nameservers"]?.array?.compactMap(\.string) ?? []
    searches += configuration["searches"]?.array?.compactMap(\.string) ?? []
    for option in configuration["options"]?.array ?? [] {
      guard let name = option["name"]?.string else { continue }
      options.removeAll { $0 == name || $0.hasPrefix(name + ":") }
      let value = option["value"]?.string ?? ""
      options.append(value.isEmpty ? name : "\(name):\(value)")
    }
  }

  private mutating func limit() {
    servers = Array(Self.unique(servers).prefix(Self.maximumServers))
    searches = Array(Self.unique(searches).prefix(Self.maximumSearches))
    while searches.joined(separator: " ").utf8.count > Self.maximumSearchLength { searches.removeLast() }
  }

  private static func unique(_ list: [String]) -> [String] {
    var seen: Set<String> = []
    return list.filter { seen.insert($0).inserted }
  }

  /// The file.
  package var text: String {
    var lines = servers.map { "nameserver \($0)" }
    if !searches.isEmpty { lines.append("search " + searches.joined(separator: " ")) }
    if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
    return lines.map { $0 + "\n" }.joined()
  }
}
