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
      func part(_ path: String) throws -> VolumePart {
        let mount = #"{"name": "v", "mountPath": "/v", "subPath": "\#(path)"}"#
        let (mounts, parts) = try volumes.mounts(of: Samples.json(#"{"name": "c", "volumeMounts": [\#(mount)]}"#))
        // The container's mount is made from where no container reaches.
        #expect(mounts.map(\.source) == [paths.volumePart(volumes.pod.metadata.uid, container: "c", 0)])
        #expect(parts.map(\.volume) == [place] && parts.map(\.isMade) == [true])
        return try #require(parts.first)
      }
      let made = try part("a/./b").open()
      #expect(Files.kind(place + "/a/b") == .directory)
      try Files.makeSymlink(place + "/out", to: paths.dataDirectory)
      for path in ["out", "out/new", "./out/new"] {
        let error = #expect(throws: SystemError.self) { try part(path).open() }
        #expect(error?.leadsAway == true)
      }
      #expect(throws: RuntimeError.self) { try part("a/../out") }
      #expect(!Files.exists(paths.dataDirectory + "/new"))
      // A link that takes the place of what was opened changes nothing any more.
      try Files.removeTree(place + "/a")
      try Files.makeSymlink(place + "/a", to: paths.dataDirectory)
      #expect(throws: SystemError.self) { try made.makeDirectory("c", mode: 0o777) }
      #expect(!Files.exists(paths.dataDirectory + "/b"))
      var missing = try part("nothing/here")
      missing.isMade = false
      let error = #expect(throws: SystemError.self) { try missing.open() }
      #expect(error.map(missing.explanation)?.contains("has no \"nothing/here\"") == true)
    }
  }

  @Test func aSubPathMayHoldVariables() throws {
    try with(#"[{"name": "v", "emptyDir": {}}]"#) { volumes, paths in
      _ = try volumes.make()
      let container = try Samples.json(
        #"{"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(POD)/logs"}]}"#)
      let parts = try volumes.mounts(of: container, variables: ["POD": "db-0"]).parts
      #expect(parts.map(\.path) == ["db-0/logs"])
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
