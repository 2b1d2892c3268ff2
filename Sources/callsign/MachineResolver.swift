// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeModel
import LinuxSystem
import PodRuntime

extension PodRuntime::ResolverConfiguration {
  /// What the machine's own `/etc/resolv.conf` says; nothing where there is none.
  static var ofThisMachine: PodRuntime::ResolverConfiguration {
    PodRuntime::ResolverConfiguration(text: (try? Files.readText("/etc/resolv.conf")) ?? "")
  }
}

extension DNSServer::ResolverConfiguration {
  /// What a pod's `/etc/resolv.conf` says to its programs.
  init(of pod: Pod, zone: String) {
    let file = PodRuntime::ResolverConfiguration(
      pod: pod, clusterDomain: zone, clusterDNS: NodeNetwork().dnsAddress, machine: .ofThisMachine)
    self.init(parsing: file.text)
  }

  /// The same, of a pod on a machine whose own settings are not known here.
  /// - Parameter servers: the cluster's DNS, as far as it is known.
  init(of pod: Pod, zone: Name, servers: [HostAddress]) {
    let file = PodRuntime::ResolverConfiguration(
      pod: pod, clusterDomain: String("\(zone)".dropLast()), clusterDNS: servers.first?.description ?? "",
      machine: PodRuntime::ResolverConfiguration())
    self.init(parsing: file.text)
  }
}
