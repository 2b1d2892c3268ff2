// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Testing

@testable import PodRuntime

/// What volumes hold before a container sees them.
@Suite struct VolumesTests {
  /// Runs `body` with a folder for the pod's files that goes with it.
  private func with(
    _ volumes: String, map: @escaping (APIResource, String) -> KubeObject? = { _, _ in nil },
    _ body: (Volumes, RuntimePaths) throws -> Void
  ) throws {
    let base = ChildProcess.environmentValue("TMPDIR") ?? "/tmp"
    let folder = "\(base)/callsign-volumes-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    defer { try? Files.removeTree(folder) }
    let paths = RuntimePaths(dataDirectory: folder)
    let pod = try Samples.pod("\"volumes\": \(volumes)")
    try body(Volumes(pod: pod, paths: paths, map: map), paths)
  }

  @Test func keysWhoseNamesAreLikeEachOtherAreAllThere() throws {
    let keys = ["a", "a.new", "a.new.new", "b", "b.new"]
    let data = keys.map { "\"\($0)\": \"\($0)\"" }.joined(separator: ",")
    let object = try Samples.object(
      .configMaps, #"{"metadata": {"name": "m", "namespace": "default"}, "data": {\#(data)}}"#)
    // The order in which keys are written differs from run to run.
    for _ in 0..<8 {
      try with(#"[{"name": "v", "configMap": {"name": "m"}}]"#, map: { _, _ in object }) { volumes, paths in
        _ = try volumes.make()
        let place = paths.pod(volumes.pod.metadata.uid) + "/volumes/v"
        #expect(try Files.list(place) == keys)
        for key in keys { #expect(try Files.readText(place + "/" + key) == key) }
      }
    }
  }

  @Test func aClaimHasToBeThere() throws {
    let claim = #"[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]"#
    try with(claim) { volumes, _ in
      let error = #expect(throws: RuntimeError.self) { try volumes.make() }
      #expect(error?.message == #"persistentvolumeclaim "data" not found"#)
    }
  }

  @Test func aSubPathLeadsOverNoLink() throws {
    try with(#"[{"name": "v", "emptyDir": {}}]"#) { volumes, paths in
      _ = try volumes.make()
      let place = paths.pod(volumes.pod.metadata.uid) + "/volumes/v"
      func mounts(_ part: String) throws -> [OCIMount] {
        try volumes.mounts(
          of: Samples.json(#"{"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "\#(part)"}]}"#))
      }
      #expect(try mounts("a/b").first?.source == place + "/a/b")
      #expect(Files.mode(place + "/a/b") == 0o777)
      try Files.makeSymlink(place + "/out", to: paths.dataDirectory)
      for part in ["out", "out/new", "a/../out", "./out/new"] {
        #expect(throws: RuntimeError.self) { try mounts(part) }
      }
      #expect(!Files.exists(paths.dataDirectory + "/new"))
    }
  }

  @Test func aSubPathMayHoldVariables() throws {
    try with(#"[{"name": "v", "emptyDir": {}}]"#) { volumes, paths in
      _ = try volumes.make()
      let container = try Samples.json(
        #"{"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(POD)/logs"}]}"#)
      let mounts = try volumes.mounts(of: container, variables: ["POD": "db-0"])
      #expect(mounts.first?.source == paths.pod(volumes.pod.metadata.uid) + "/volumes/v/db-0/logs")
      #expect(throws: RuntimeError.self) { try volumes.mounts(of: container) }
      #expect(throws: RuntimeError.self) { try volumes.mounts(of: container, variables: ["POD": ".."]) }
    }
  }

  @Test func aFileIsReplacedWithoutATrace() throws {
    try with("[]") { _, paths in
      try Files.makeDirectory(paths.run)
      for text in ["one", "two"] {
        try Files.replace(paths.run + "/file", with: Array(text.utf8), mode: 0o640)
        #expect(try Files.readText(paths.run + "/file") == text)
        #expect(Files.mode(paths.run + "/file") == 0o640)
      }
      #expect(try Files.list(paths.run) == ["file"])
    }
  }
}
