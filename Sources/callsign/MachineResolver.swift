// SPDX-License-Identifier: Apache-2.0
import DNSServer
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
}
