// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

extension EndToEnd {
  /// The root folder that `deploy/Containerfile` makes an image of, run by runc as the manifests ask for it.
  @Suite(.enabled(if: Program.isRoot && Machine.runsPods, Machine.needs), .timeLimit(.minutes(2))) struct ImageTests {
    /// Another user than root without any right but one, and a file system that cannot be written.
    private static func configuration(_ capability: String) -> String {
      """
      {"ociVersion": "1.0.2",
       "process": {
         "user": {"uid": 65532, "gid": 65532}, "cwd": "/", "env": ["PATH=/"], "noNewPrivileges": true,
         "args": ["/usr/local/bin/callsign", "dns", "--listen", "127.0.0.1:53", "--objects", "/etc/callsign"],
         "capabilities": {"bounding": [\(capability)], "effective": [\(capability)], "permitted": [\(capability)]}},
       "root": {"path": "rootfs", "readonly": true},
       "mounts": [
         {"destination": "/proc", "type": "proc", "source": "proc"},
         {"destination": "/etc/callsign", "type": "bind", "source": "settings", "options": ["bind", "ro"]}],
       "linux": {"namespaces": [
         {"type": "pid"}, {"type": "ipc"}, {"type": "mount"}, {"type": "network"}, {"type": "uts"}]}}
      """
    }

    /// A folder with the image's root and what runc has to know.
    private func bundle(_ site: Site, capability: String) async throws -> String {
      let bundle = "\(site.root)/bundle"
      let script = "\(Program.project)/Scripts/image-root.sh"
      try await Program.run([script, Program.callsign, "\(bundle)/rootfs"]).succeeded()
      for folder in ["settings", "rootfs/proc", "rootfs/etc/callsign"] {
        try FileManager.default.createDirectory(atPath: "\(bundle)/\(folder)", withIntermediateDirectories: true)
      }
      try Data(NameServerTests.service("10.96.0.20").utf8).write(to: URL(filePath: "\(bundle)/settings/web.yaml"))
      try Data(Self.configuration(capability).utf8).write(to: URL(filePath: "\(bundle)/config.json"))
      return bundle
    }

    @Test("it answers on port 53 without root's rights")
    func answers() async throws {
      try await Site.with { site in
        let bundle = try await bundle(site, capability: "\"CAP_NET_BIND_SERVICE\"")
        let id = site.root.split(separator: "/").last.map(String.init) ?? "callsign"
        let runc = ["runc", "--root", "\(site.root)/runc"]
        let words = runc + ["run", "--bundle", bundle, id]
        let result = try await Subprocess.run(
          .name("env"), arguments: Arguments(words), input: .none, output: .sequence, error: .combinedWithOutput
        ) { execution in
          do {
            var output = execution.standardOutput.strings().makeAsyncIterator()
            var lines: [String] = []
            while lines.last != "ready", let line = try await output.next() { lines.append(line) }
            #expect(lines.last == "ready", "\(lines)")
            let state = try await Program.run(runc + ["state", id]).succeeded().output
            let number = try #require(state.firstMatch(of: /"pid": (\d+)/)?.1)
            for transport in ["+notcp", "+tcp"] {
              let answer = try await Program.run([
                "nsenter", "--net", "--target", String(number), "dig", "@127.0.0.1", "+short", "+tries=1", transport,
                "web.default.svc.cluster.local",
              ]).succeeded()
              #expect(answer.output == "10.96.0.20\n", "\(transport)")
            }
            try await Program.run(runc + ["kill", id, "TERM"]).succeeded()
            while try await output.next() != nil {}
          } catch {
            _ = try? await Program.run(runc + ["delete", "--force", id])
            throw error
          }
        }
        #expect(result.terminationStatus == .exited(0))
      }
    }

    /// The program asks for the right by its file, so it is started with it or not at all.
    @Test("without the right to port 53 it is not started")
    func withoutTheCapability() async throws {
      try await Site.with { site in
        let bundle = try await bundle(site, capability: "")
        let id = "\(site.root.split(separator: "/").last ?? "callsign")-none"
        let ended = try await Program.run(["runc", "--root", "\(site.root)/runc", "run", "--bundle", bundle, id])
        #expect(ended.status != 0)
        #expect((ended.output + ended.errors).contains("operation not permitted"), "\(ended)")
      }
    }
  }
}
