// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// What a machine may lack: programs, or space on its disk.
  @Suite(.timeLimit(.minutes(2)), .enabled(if: Program.isRoot, "needs root, for mounts")) struct MachineTests {
    /// Starts a program where some others cannot be found: in a mount namespace that hides them.
    private static func without(_ programs: String...) -> [String] {
      let hide = programs.compactMap { Machine.program($0) }.map { "mount --bind /dev/null \($0) && " }.joined()
      return ["unshare", "--mount", "sh", "-c", hide + "exec \"$@\"", "sh"]
    }

    @Test("A program for pods is missing", .enabled(if: Machine.runsPods, Machine.needs), arguments: [
      ("runc", "runc"), ("conmon", "conmon"), ("nft", "nftables"), ("ip", "iproute2"),
    ])
    func missing(program: String, package: String) async throws {
      // crun would do in the place of runc.
      let hidden = program == "runc" ? Self.without("runc", "crun") : Self.without(program)
      try await Site.with(wrapper: hidden) { site in
        let remedy = "the program \(program) is missing: apt-get install \(package)"
        try await site.callsign("up", "--runtime", "oci", "--api-port", "0", "--dns-port", "0").failed(
          saying: "pods cannot run: \(remedy)")
        try await site.up("--runtime", "auto", "-f", CommandTests.headless) { up in
          #expect(up.lines[2] == "pods get addresses and names but do not run: \(remedy)")
          try await site.wait("--for=condition=Ready", "pod/myapp-pod")
          try await eventually { try await up.names("mysql-pod.headless-svc").count == 1 }
          #expect(try await site.callsign("status").succeeded().lines[2] == "runtime  none")
        }
      }
    }

    @Test(.enabled(if: Machine.runsPods && Machine.program("crun") != nil, "needs crun, conmon, nft and ip"))
    func crunRunsPodsWhereRuncIsMissing() async throws {
      try await Site.with(wrapper: Self.without("runc")) { site in
        try await site.up("--runtime", "oci", "-f", CommandTests.headless) { _ in
          try await site.wait("--for=condition=Ready", "pod/myapp-pod")
          let name = try await site.callsign("exec", "myapp-pod", "--", "sh", "-c", "hostname; exit 3")
          #expect(name.status == 3)
          #expect(name.output == "mysql-pod\n")
        }
      }
    }

    @Test func aFullDiskRefusesWritesAndLosesNone() async throws {
      try await Site.with { site in
        try await site.withSmallDisk {
          try await site.up("--runtime", "none") { up in
            try await site.kubectl("create", "configmap", "before", "--from-literal=a=1").succeeded()
            try await site.fillDisk()
            let refused = try await site.kubectl("create", "configmap", "refused", "--from-literal=a=1")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("the write could not be made durable and was undone: "))
            #expect(refused.errors.contains("database or disk is full"))
            // Reading and names go on.
            try await site.kubectl("get", "configmap", "before").succeeded()
            #expect(try await up.dig("+short", "kubernetes.default.svc.cluster.local") == ["10.96.0.1"])

            try FileManager.default.removeItem(atPath: site.filler)
            try await site.kubectl("create", "configmap", "after", "--from-literal=a=1").succeeded()
          }
          try await site.fillDisk()
          let ended = try await site.callsign("up", "--runtime", "none", "--api-port", "0", "--dns-port", "0")
          #expect(ended.status == 1)
          #expect(ended.errors.hasPrefix("Error: "))
          #expect(ended.errors.contains("disk is full"), "\(ended.errors)")
          #expect(ended.errors.split(separator: "\n").count == 1)

          try FileManager.default.removeItem(atPath: site.filler)
          try await site.up("--runtime", "none") { _ in
            let kept = try await site.kubectl("get", "configmaps", "-o", "name").succeeded().lines
            #expect(kept == ["configmap/after", "configmap/before", "configmap/kube-root-ca.crt"])
          }
        }
      }
    }
  }
}

extension Site {
  /// Lies in the data folder and takes all its space.
  fileprivate var filler: String { "\(folder)/filler" }

  fileprivate func fillDisk() async throws {
    let full = try await Program.run(["dd", "if=/dev/zero", "of=\(filler)", "bs=4k"])
    try #require(full.errors.contains("No space left on device"))
  }

  /// Puts the data folder on a file system of its own, of 1 MiB, while `body` runs.
  fileprivate func withSmallDisk(_ body: () async throws -> Void) async throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try await Program.run(["mount", "-t", "tmpfs", "-o", "size=1m", "callsign-test", folder]).succeeded()
    do {
      try await body()
    } catch {
      // Lazily: what failed may still run there.
      await Task { _ = try? await Program.run(["umount", "--lazy", folder]) }.value
      throw error
    }
    try await Program.run(["umount", folder]).succeeded()
  }
}
