// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// The names of a pod as its processes see them.
package struct PodIdentity: Sendable, Hashable {
  /// Octets of a hostname (RFC 1123, and the kernel).
  static let maximumHostname = 63

  /// The short hostname: `spec.hostname` or the pod's name.
  package let hostname: String
  /// `HOST.SUBDOMAIN.NAMESPACE.svc.DOMAIN`; nil for a pod without a subdomain.
  package let fullName: String?
  /// Whether the kernel's hostname is the full name.
  private let usesFullName: Bool

  package init(pod: Pod, clusterDomain: String) {
    let name = pod.hostname.isEmpty ? pod.metadata.name : pod.hostname
    var short = Substring(name).prefix(Self.maximumHostname)
    while short.last == "-" || short.last == "." { short.removeLast() }
    hostname = String(short)
    let subdomain = pod.subdomain
    fullName = subdomain.isEmpty
      ? nil : "\(short).\(subdomain).\(pod.metadata.namespace).svc.\(clusterDomain)"
    usesFullName = pod.spec["setHostnameAsFQDN"]?.bool ?? false
  }

  /// What `hostname` prints in the pod.
  package var kernelHostname: String { usesFullName ? fullName ?? hostname : hostname }

  /// The pod's `/etc/hosts` (hosts(5)).
  package func hosts(addresses: [String], aliases: [JSONValue]) -> String {
    var text = """
      # Kubernetes-managed hosts file.
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      fe00::0\tip6-mcastprefix
      fe00::1\tip6-allnodes
      fe00::2\tip6-allrouters

      """
    for address in addresses {
      // The full name first: it is the canonical one that resolvers give.
      text += "\(address)\t\(fullName.map { $0 + "\t" } ?? "")\(hostname)\n"
    }
    return text + Self.aliases(aliases)
  }

  /// The part of `/etc/hosts` that `spec.hostAliases` asks for.
  static func aliases(_ aliases: [JSONValue]) -> String {
    let lines = aliases.compactMap { alias -> String? in
      guard let address = alias["ip"]?.string else { return nil }
      return ([address] + (alias["hostnames"]?.array?.compactMap(\.string) ?? [])).joined(separator: "\t") + "\n"
    }
    return lines.isEmpty ? "" : "\n# Entries added by HostAliases.\n" + lines.joined()
  }
}
