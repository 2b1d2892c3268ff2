// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// What the cluster sees of the machine's control groups: one hierarchy of version 2, in which nothing can be made.
///
/// Containers go without control groups of their own, alike for every user, so that none can be left behind.
enum ControlGroupView {
  static let place = "/sys/fs/cgroup"

  /// Makes the view in the caller's mount namespace, which must be its own.
  static func make() {
    // Machines mount version 1, version 2, or both ("hybrid"), and crun refuses the last. Not so where the kernel is
    // without version 2: then the machine's own view stays, which is of version 1 alone.
    do {
      // An ordinary user may mount it as seen from a namespace of their own only.
      try Namespaces.unshare(.controlGroups)
      try Namespaces.mount("cgroup2", at: place)
    } catch {
      try? Descriptor.standardOutput.write(Array("control groups stay as the machine has them: \(error)\n".utf8))
    }
    // An OCI runtime does without where it may not write. No control groups at all is as good.
    try? Namespaces.makeReadOnly(place)
  }
}
