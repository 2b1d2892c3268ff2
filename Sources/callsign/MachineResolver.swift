// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import PodRuntime

extension PodRuntime::ResolverConfiguration {
  /// What the machine's own `/etc/resolv.conf` says; nothing where there is none.
  static var ofThisMachine: PodRuntime::ResolverConfiguration {
    PodRuntime::ResolverConfiguration(text: (try? Files.readText("/etc/resolv.conf")) ?? "")
  }
}
