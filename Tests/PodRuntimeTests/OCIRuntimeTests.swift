// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@testable import PodRuntime

/// Which runtime is taken, on machines that have some programs and not others.
@Suite struct OCIRuntimeTests {
  private static let others = ["conmon", "ip", "nft"]
  private static let kernel = "nodev\tsysfs\nnodev\ttmpfs\nnodev\tcgroup\nnodev\tcgroup2\n\text4\n"
  private static let kernelWithoutVersion2 = "nodev\tsysfs\nnodev\tcgroup\n\text4\n"

  /// A machine that has these programs, in a folder that goes with it.
  private static func withMachine<R>(_ programs: [String], _ body: (RuntimePaths) throws -> R) throws -> R {
    let folder = try temporaryFolder()
    defer { try? Files.removeTree(folder) }
    try Files.makeDirectory(folder + "/run")
    for program in programs { try Files.write([], to: "\(folder)/\(program)", mode: 0o755) }
    return try body(RuntimePaths(dataDirectory: folder))
  }

  private static func temporaryFolder() throws -> String {
    let base = ChildProcess.environmentValue("TMPDIR") ?? "/tmp"
    let folder = "\(base)/callsign-runtime-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    try Files.makeDirectory(folder)
    return folder
  }

  private func choice(
    _ programs: [String], kinds: [OCIRuntime.Kind] = OCIRuntime.Kind.allCases, fileSystems: String = Self.kernel
  ) throws -> OCIRuntime {
    try Self.withMachine(programs) { paths in
      try OCIRuntime(paths: paths, kinds: kinds, searchPath: paths.dataDirectory, fileSystems: fileSystems)
    }
  }

  private func complaint(_ programs: [String], fileSystems: String = Self.kernel) throws -> String {
    let error = try #require(
      #expect(throws: RuntimeError.self) { try choice(programs, fileSystems: fileSystems) })
    #expect(error.code == .unsupported)
    return error.message
  }

  @Test(arguments: [
    (["runc"], OCIRuntime.Kind.runc), (["crun"], .crun), (["crun", "runc"], .runc),
  ])
  func runcIsTakenWhereItIsThereElseCrun(programs: [String], expected: OCIRuntime.Kind) throws {
    let runtime = try choice(programs + Self.others)
    #expect(runtime.kind == expected)
    #expect(Files.name(of: runtime.program) == expected.rawValue)
  }

  @Test func runcIsNotTakenForAFolderWithAComma() throws {
    try Self.withMachine(["runc"] + Self.others) { machine in
      func choice() throws -> OCIRuntime {
        try OCIRuntime(
          paths: RuntimePaths(dataDirectory: machine.dataDirectory + "/a,b"), searchPath: machine.dataDirectory,
          fileSystems: Self.kernel)
      }
      let error = #expect(throws: RuntimeError.self) { try choice() }
      #expect(error?.message.contains("whose path has a comma") == true)
      try Files.write([], to: machine.dataDirectory + "/crun", mode: 0o755)
      #expect(try choice().kind == .crun)
    }
  }

  @Test func eachRuntimeIsToldInItsWayToMakeNoControlGroups() throws {
    let runc = try choice(["runc"] + Self.others)
    #expect(runc.command("state", "a").suffix(3) == ["--rootless=true", "state", "a"])
    let crun = try choice(["crun"] + Self.others)
    #expect(crun.command("state", "a").suffix(3) == ["--cgroup-manager=disabled", "state", "a"])
    #expect(crun.options[0].hasPrefix("--root=/"))
  }

  @Test func crunNeedsControlGroupsOfVersion2AndRuncDoesNot() throws {
    let kernel = Self.kernelWithoutVersion2
    #expect(
      try complaint(["crun"] + Self.others, fileSystems: kernel)
        == "crun needs control groups of version 2, which this kernel does not have: apt-get install runc")
    #expect(try choice(["crun", "runc"] + Self.others, fileSystems: kernel).kind == .runc)
  }

  @Test(arguments: [
    ([], "the program runc is missing: apt-get install runc"),
    (["runc", "ip", "nft"], "the program conmon is missing: apt-get install conmon"),
    (["crun", "conmon", "nft"], "the program ip is missing: apt-get install iproute2"),
    (["crun", "conmon", "ip"], "the program nft is missing: apt-get install nftables"),
  ])
  func whatIsMissingIsNamedWithItsPackage(programs: [String], expected: String) throws {
    #expect(try complaint(programs) == expected)
  }

  // MARK: The note

  @Test func containersKeepTheirRuntimeAsLongAsTheirAgentLives() throws {
    try Self.withMachine(["crun"] + Self.others) { paths in
      let folder = paths.dataDirectory
      let crun = try OCIRuntime(paths: paths, searchPath: folder, fileSystems: Self.kernel)
      #expect(try RuntimeNote.agree(on: crun, agent: "1", paths) == crun)
      #expect(RuntimeNote.kind(of: "1", paths) == .crun)

      // With runc there, the next run would choose that.
      try Files.write([], to: folder + "/runc", mode: 0o755)
      let runc = try OCIRuntime(paths: paths, searchPath: folder, fileSystems: Self.kernel)
      #expect(runc.kind == .runc)
      #expect(RuntimeNote.kind(of: "1", paths) == .crun)
      #expect(RuntimeNote.kind(of: "2", paths) == nil)
      #expect(try RuntimeNote.agree(on: runc, agent: "2", paths) == runc)
      #expect(RuntimeNote.kind(of: "2", paths) == .runc)
    }
  }

  @Test(arguments: ["", "1", "1 podman", "1 runc more"])
  func aNoteThatMakesNoSenseIsNone(text: String) throws {
    try Self.withMachine([]) { paths in
      try Files.write(Array(text.utf8), to: paths.runtimeNote)
      #expect(RuntimeNote.kind(of: "1", paths) == nil)
    }
  }
}
