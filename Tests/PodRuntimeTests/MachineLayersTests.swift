// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@testable import PodRuntime

@Suite struct MachineLayersTests {
  private static let directories: [String: [(name: String, kind: Files.Kind)]] = [
    "/var": [("cache", .directory), ("lib", .directory), ("log", .directory), ("run", .symlink), ("note", .file)],
    "/var/lib": [("apt", .directory), ("docker", .directory), ("lxcfs", .directory)],
    "/opt": [("my tool", .directory)],
  ]

  private static func layers(_ mounts: [(path: String, type: String)]) -> MachineLayers {
    let text = mounts.map { "36 35 98:0 / \($0.path) rw,noatime master:1 - \($0.type) /dev/x rw\n" }.joined()
    return MachineLayers(mountInfo: text) { directories[$0] ?? [] }
  }

  @Test func aDirectoryWithoutMountsIsOneOverlay() {
    #expect(Self.layers([("/", "ext4"), ("/variety", "ext4")]).pieces(of: "/var") == [.overlay("/var")])
    #expect(Self.layers([("/usr", "xfs")]).pieces(of: "/usr") == [.overlay("/usr")])
  }

  @Test func aDirectoryWithMountsBelowIsPutTogether() {
    #expect(
      Self.layers([("/var/log", "ext4")]).pieces(of: "/var") == [
        .directory("/var"), .overlay("/var/cache"), .overlay("/var/lib"), .overlay("/var/log"), .link("/var/run"),
      ])
    #expect(
      Self.layers([("/opt/my\\040tool", "ext4")]).pieces(of: "/opt") == [.directory("/opt"), .overlay("/opt/my tool")])
  }

  @Test func whatCannotBeALayerStaysEmpty() {
    let layers = Self.layers([("/var/lib/docker/overlay2/x/merged", "overlay"), ("/var/lib/lxcfs", "fuse.lxcfs")])
    #expect(
      layers.pieces(of: "/var") == [
        .directory("/var"), .overlay("/var/cache"), .directory("/var/lib"), .overlay("/var/lib/apt"),
        .directory("/var/lib/docker"), .directory("/var/lib/lxcfs"), .overlay("/var/log"), .link("/var/run"),
      ])
  }
}
